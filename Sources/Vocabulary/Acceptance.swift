/// What an image must be to count, and how hard a batch tries to get it.
///
/// The images of a slot (a batch index) are tried one after the other with the seeds of a fixed sequence, and each is judged
/// by itself alone. Only when every slot has an image or no try left, near-duplicates are looked for, in the order of the
/// slots; those that are found are tried again in the same way. So the accepted set depends neither on workers nor on their
/// interruptions.
package struct Acceptance: Codable, Hashable, Sendable {
  /// What is asked of an image, in the order in which it is looked at.
  package enum Criterion: String, Codable, CaseIterable, Hashable, Sendable {
    case notBlank = "not_blank"
    case emotionProbability = "emotion_probability"
    case content
    case decodes
    /// Decided when every slot of the batch is settled.
    case noDuplicate = "no_duplicate"
    /// Somebody looked at an accepted image and wants another one. No specification asks for it.
    case byHand = "by_hand"

    /// Those that a specification can ask for.
    package static let specified = allCases.filter { $0 != .byHand }
  }

  /// What becomes of a batch with slots whose every try was rejected.
  package enum Shortage: String, Codable, CaseIterable, Hashable, Sendable {
    /// Their jobs fail, and with them the batch.
    case fail
    /// The batch is done without them.
    case partial
  }

  /// The file's pixels are read back and are those that were rendered.
  package var decodes: Bool
  /// The picture is not of one colour.
  package var notBlank: Bool
  /// The least probability of the emotion that is asked for, of several the dominant one; nil for any.
  package var emotionProbability: Double?
  /// The least probability of the surest content; nil for any.
  package var content: Double?
  /// The share of equal bits from which on two perceptual hashes of a cell's images are those of near-duplicates, of which
  /// the one with the lower index counts; nil for any.
  package var noDuplicate: Double?
  /// Seeds of each slot.
  package var tries: Int
  package var onShortage: Shortage

  package init(
    decodes: Bool = false, notBlank: Bool = false, emotionProbability: Double? = nil, content: Double? = nil,
    noDuplicate: Double? = nil, tries: Int = 3, onShortage: Shortage = .fail
  ) {
    self.decodes = decodes
    self.notBlank = notBlank
    self.emotionProbability = emotionProbability
    self.content = content
    self.noDuplicate = noDuplicate
    self.tries = tries
    self.onShortage = onShortage
  }

  package enum CodingKeys: String, CodingKey, CaseIterable {
    case decodes
    case notBlank = "not_blank"
    case emotionProbability = "emotion_probability"
    case content
    case noDuplicate = "no_duplicate"
    case tries
    case onShortage = "on_shortage"
  }

  package static let mostTries = 20
  /// Bounds of ``noDuplicate``: below them most pictures of one subject would be duplicates.
  package static let duplicateBounds = 0.85...1.0
  /// What ``noDuplicate`` usually is: three bits may differ.
  package static let usualLikeness = 0.95

  /// Whether classifiers decide.
  package var usesClassifiers: Bool { emotionProbability != nil || content != nil }

  /// The first criterion that an image fails, apart from ``Criterion/decodes``, ``Criterion/noDuplicate`` and
  /// ``Criterion/byHand``.
  ///
  /// - Parameters:
  ///   - isBlank: whether the picture is of one colour.
  ///   - emotion: the probability of the emotion that is asked for.
  ///   - content: the probability of the surest content.
  package func judge(isBlank: Bool, emotion: Double?, content: Double?) -> Rejection? {
    if notBlank, isBlank { return Rejection(criterion: .notBlank) }
    if let emotionProbability, let emotion, emotion < emotionProbability {
      return Rejection(criterion: .emotionProbability, value: emotion)
    }
    if let least = self.content, let content, content < least { return Rejection(criterion: .content, value: content) }
    return nil
  }
}

/// Why an image does not count.
package struct Rejection: Hashable, Sendable {
  package let criterion: Acceptance.Criterion
  /// What was measured; nil if the criterion has no number.
  package let value: Double?

  package init(criterion: Acceptance.Criterion, value: Double? = nil) {
    self.criterion = criterion
    self.value = value
  }
}
