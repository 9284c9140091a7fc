package import Farm

extension BatchStatus {
  /// What jobs of the batch that are ready wait for, if not for the jobs before them: a worker that can do them, or the
  /// user's cap.
  package var waitsFor: String? {
    if let wantedWorker { return wantedWorker }
    guard state == .queued || state == .running, jobs.ready > 0, let userCap, let userRunning, userRunning >= userCap
    else { return nil }
    return userCap == 0
      ? "because no job of \(user) may run: see emofarm users"
      : "for jobs of \(user) to end: at most \(userCap) may run at once"
  }

  /// The worker that the batch waits for, such as "for a worker with the label gpu", if it requires something that no
  /// live worker that takes jobs has; nil otherwise.
  package var wantedWorker: String? {
    guard !isFinished, ableWorkers == 0, !labels.isEmpty || !precisions.isEmpty else { return nil }
    var text = "for a worker"
    if !labels.isEmpty {
      text += " with the label\(labels.count == 1 ? "" : "s") \(labels.joined(separator: ", "))"
    }
    if !precisions.isEmpty {
      text += "\(labels.isEmpty ? "" : " and") whose CPU computes in \(precisions.joined(separator: ", "))"
    }
    let missing = labelsMissing + precisionsMissing
    guard missing.isEmpty else { return text }
    return text + ": those that have all of this are paused, suspended or draining, or none has all"
  }
}
