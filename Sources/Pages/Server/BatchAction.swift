import Farm
import Foundation

/// What a form can ask of a batch.
enum BatchAction: String, CaseIterable, Sendable {
  case pause, resume, cancel, retry

  /// For the description of the interface.
  var summary: String {
    switch self {
    case .pause: "Claims no further job of a batch; running jobs go on."
    case .resume: "Goes on with a paused batch."
    case .cancel: "Ends a batch; its running jobs stop between two steps, and its finished images stay."
    case .retry: "Tries quarantined jobs again, or those of a cancelled batch."
    }
  }

  func perform(_ id: Int64, _ batches: BatchStore) async throws {
    switch self {
    case .pause: try await batches.pause(id)
    case .resume: try await batches.resume(id)
    case .cancel: try await batches.cancel(id)
    case .retry: try await batches.retry(id)
    }
  }

  /// Whether the action makes sense now; the batch's state machine decides when it is performed.
  func isOffered(_ status: BatchStatus) -> Bool {
    switch self {
    case .pause: status.state == .queued || status.state == .running
    case .resume: status.state == .paused
    case .cancel: !status.isFinished && status.state != .cancelling
    case .retry: status.jobs.failed > 0 || status.state == .cancelled
    }
  }
}

/// The forms that steer a batch.
enum ActionForms {
  static func html(_ status: BatchStatus, _ secret: FormSecret) -> HTML {
    let buttons: [HTML] = BatchAction.allCases.filter { $0.isOffered(status) }.map { action in
      "<button name=\"action\" value=\"\(action.rawValue)\">\(action.rawValue.capitalized)</button>"
    }
    guard !buttons.isEmpty else { return .empty }
    return """
      <form class="actions" method="post" action="/batches/\(status.id)/actions" aria-label="Steer the batch">
      \(secret.field)\(buttons)</form>
      """
  }
}
