/// Thrown through a render or a model's load to end it; why is in the job's course.
struct RenderStopped: Error {}
