/// The whole state of a live page at one moment, as events.
///
/// Frames are states, so that a viewer that is slow may miss any number of them; who has the frame before gets what is new.
struct LiveFrame: Sendable, Equatable {
  struct Part: Sendable, Equatable {
    let id: String
    /// Brings any viewer to the state.
    let event: String
    /// Brings a viewer to it who has the state of the event `after`; nil if that needs the whole event.
    let update: (after: String, event: String)?
    fileprivate let keys: Set<String>

    fileprivate init(_ part: LivePart, after last: Part?) {
      (id, event, keys) = (part.id, part.event(), part.keys)
      update = last.flatMap { last in
        last.keys.isDisjoint(with: part.keys) ? nil : (last.event, part.event(knowing: last.keys))
      }
    }

    static func == (left: Part, right: Part) -> Bool { left.id == right.id && left.event == right.event }
  }

  /// In the page's order.
  let parts: [Part]
  /// Why there is no state; nil if there is one.
  let problem: String?

  /// - Parameter last: the frame before it.
  init(_ parts: [LivePart], after last: LiveFrame?) {
    self.parts = parts.map { part in Part(part, after: last?.parts.first { $0.id == part.id }) }
    problem = nil
  }

  init(problem: String) {
    parts = []
    self.problem = problem
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
      let update = part.update.flatMap { sent[part.id] == $0.after ? $0.event : nil }
      events += update ?? part.event
      sent[part.id] = part.event
    }
    return events.isEmpty ? ":\n\n" : events
  }
}
