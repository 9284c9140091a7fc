import Postgres

extension BatchStore {
  /// Waits until a batch is finished.
  ///
  /// Notifications shorten the wait, but the status decides; it is read at least every `poll` (with jitter). Cancelling
  /// the task ends the wait.
  /// - Parameter onLook: called with the status each time it was read; throwing ends the wait.
  /// - Throws: ``FarmError`` (`notFound`) if the batch does not exist or is deleted during the wait.
  package func waitUntilFinished(
    _ id: Int64, poll: Duration = .seconds(1),
    onLook: (BatchStatus) async throws -> Void = { _ in }
  ) async throws -> BatchStatus {
    try await withThrowingTaskGroup(of: Void.self) { group in
      let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
      let listener = PostgresListener(pool.configuration, channels: [FarmChannel.batches.rawValue])
      group.addTask { for await _ in listener.events() { wake.yield() } }
      group.addTask {
        while !Task.isCancelled {
          try await Task.sleep(for: poll * Double.random(in: 0.75...1.25))
          wake.yield()
        }
      }
      // Neither task outlives the wait.
      defer { group.cancelAll() }
      wake.yield()
      for await _ in wakes {
        let status = try await status(id)
        try await onLook(status)
        if status.isFinished { return status }
      }
      throw CancellationError()
    }
  }
}
