/// A job that no worker can run, so that another attempt would not help.
struct ImpossibleJob: Error {
  let reason: String
}
