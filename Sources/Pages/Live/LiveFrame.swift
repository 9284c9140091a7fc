/// The whole state of a live page at one moment, as events.
///
/// Frames are states and no differences, so that a viewer that is slow may miss any number of them.
struct LiveFrame: Sendable, Equatable {
  /// The events of the parts by their ids, in the page's order.
  let parts: [(id: String, event: String)]
  /// Why there is no state; nil if there is one.
  let problem: String?

  init(_ parts: [LivePart]) {
    self.parts = parts.map { ($0.id, $0.event) }
    problem = nil
  }

  init(problem: String) {
    parts = []
    self.problem = problem
  }

  static func == (left: LiveFrame, right: LiveFrame) -> Bool {
    left.problem == right.problem && left.parts.elementsEqual(right.parts) { $0 == $1 }
  }
}

/// What one viewer has seen: decides what a new frame sends.
struct LiveViewer: Sendable {
  private var sent: [String: String] = [:]
  private var problem: String?

  init() {}

  /// The events that bring the viewer to the frame's state; a comment, which only shows that the line works, if there
  /// are none.
  mutating func events(for frame: LiveFrame) -> String {
    if let text = frame.problem {
      defer { problem = text }
      return text == problem ? ":\n\n" : "event: problem\ndata: {\"text\":\(LivePart.quoted(text))}\n\n"
    }
    var events = problem == nil && !sent.isEmpty ? "" : "event: open\ndata: {}\n\n"
    problem = nil
    for part in frame.parts where sent[part.id] != part.event {
      events += part.event
      sent[part.id] = part.event
    }
    return events.isEmpty ? ":\n\n" : events
  }
}
