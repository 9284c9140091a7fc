/// Where a page of a gallery ends: the key of its last image in the page's order.
///
/// As text, for addresses: `17` in the order of indices, `0.25:17` in that of doubt, `17:2` among rejected tries.
package enum GalleryPlace: Hashable, Sendable {
  case index(Int)
  case doubt(Float, Int)
  case trial(Int, Int)

  /// nil if the text is no place in an order.
  package init?(_ text: String, in order: GalleryOrder) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let bounds = -1...Int(Int32.max)
    switch order {
    case .index:
      guard parts.count == 1, let index = Int(text), bounds.contains(index) else { return nil }
      self = .index(index)
    case .doubt:
      guard parts.count == 2, let probability = Float(parts[0]), probability.isFinite, let index = Int(parts[1]),
        bounds.contains(index)
      else { return nil }
      self = .doubt(probability, index)
    case .rejected:
      guard parts.count == 2, let index = Int(parts[0]), bounds.contains(index), let trial = Int(parts[1]),
        (-1...Int(Int16.max)).contains(trial)
      else { return nil }
      self = .trial(index, trial)
    }
  }

  package var text: String {
    switch self {
    case .index(let index): "\(index)"
    case .doubt(let probability, let index): "\(probability):\(index)"
    case .trial(let index, let trial): "\(index):\(trial)"
    }
  }
}

/// What a gallery shows, and in which order.
package enum GalleryOrder: String, CaseIterable, Sendable {
  /// Accepted images by index.
  case index
  /// Measured images of an emotion: those first to whose emotion the classifier gives the least probability.
  case doubt
  /// Images that the batch did not accept, by index and try.
  case rejected
}

extension GalleryOrder {
  /// The later of a place and what lies before some indices.
  func start(_ place: GalleryPlace?, of indices: Range<Int>) -> GalleryPlace? {
    let before = indices.lowerBound - 1
    switch (self, place) {
    case (.index, .index(let index)): return .index(max(index, before))
    case (.index, _): return .index(before)
    case (.doubt, _): return place
    case (.rejected, .trial(let index, _)) where index > before: return place
    case (.rejected, _): return .trial(before, Int(Int16.max))
    }
  }

  /// The last place that some indices can have; nil if the order says nothing of them.
  func end(of indices: Range<Int>) -> GalleryPlace? {
    switch self {
    case .index: .index(indices.upperBound - 1)
    case .doubt: nil
    case .rejected: .trial(indices.upperBound - 1, Int(Int16.max))
    }
  }

  /// Whether something may lie between a place and an end.
  func isBefore(_ place: GalleryPlace, _ end: GalleryPlace?) -> Bool {
    switch (place, end) {
    case (.index(let index), .index(let last)): index < last
    case (.trial(let index, let trial), .trial(let last, let lastTrial)): (index, trial) < (last, lastTrial)
    default: true
    }
  }
}
