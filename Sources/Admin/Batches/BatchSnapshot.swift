package import Farm
package import Vocabulary

/// A batch at one moment, as commands show it: counts and current activity.
package struct BatchSnapshot: Sendable {
  package let status: BatchStatus
  /// Additional data for a detailed view; nil in lists.
  package let details: Details?

  package struct Details: Sendable {
    package let emotions: [EmotionProgress]
    package let running: [RunningJob]
    /// Quarantined jobs, at most a screenful.
    package let stopped: [StoppedJob]
    /// Images per second; nil if there is nothing to measure yet.
    package let rate: Double?
    /// Why workers returned jobs that are ready, with their number.
    package let waits: [String: Int]
    /// How often the batch's classifiers recognised each emotion, by the emotion that was asked for; nil if they measure
    /// nothing.
    package let recognised: [Emotion: [Int]]?
    /// The images that the batch did not accept; nil if it accepts any.
    package let rejects: RejectCounts?

    package init(
      emotions: [EmotionProgress], running: [RunningJob], stopped: [StoppedJob], rate: Double?,
      waits: [String: Int] = [:], recognised: [Emotion: [Int]]? = nil,
      rejects: RejectCounts? = nil
    ) {
      self.waits = waits
      self.recognised = recognised
      self.rejects = rejects
      self.emotions = emotions
      self.running = running
      self.stopped = stopped
      self.rate = rate
    }
  }

  /// The images of an emotion that are measured, and how many of them the classifier recognises; nil if none is.
  package func accuracy(_ emotion: String?) -> (measured: Int, right: Int)? {
    guard let emotion = emotion.flatMap({ Emotion(rawValue: $0) }), let counts = details?.recognised?[emotion] else {
      return nil
    }
    return (counts.reduce(0, +), counts[emotion.index])
  }

  package init(_ status: BatchStatus, details: Details? = nil) {
    self.status = status
    self.details = details
  }

  /// Images that may still come: those of quarantined jobs do not.
  package var imagesLeft: Int {
    guard !status.isFinished else { return 0 }
    return max(0, status.images - status.imagesDone - (details?.emotions.reduce(0) { $0 + $1.imagesFailed } ?? 0))
  }

  /// Seconds until the last image or step at the present rate; nil if there is no rate or no job is running.
  package var secondsLeft: Double? {
    if let training = status.training { return status.state == .running ? training.secondsLeft : nil }
    guard let rate = details?.rate, rate > 0, imagesLeft > 0, status.state == .running else { return nil }
    return Double(imagesLeft) / rate
  }
}
