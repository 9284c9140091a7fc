/// A job that no worker can do: trying again would not help.
struct ImpossibleJob: Error {
  let reason: String
}
