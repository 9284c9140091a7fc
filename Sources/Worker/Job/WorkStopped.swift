/// Thrown to stop a render, a training or the loading of a model; the job's course holds the reason.
struct WorkStopped: Error {}
