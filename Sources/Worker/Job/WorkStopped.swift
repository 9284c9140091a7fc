/// Thrown through a render, a training or a model's load to end it; why is in the job's course.
struct WorkStopped: Error {}
