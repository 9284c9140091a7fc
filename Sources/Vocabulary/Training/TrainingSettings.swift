/// The settings common to all stages: duration, learning rate, batch size and seed.
package struct TrainingSettings: Hashable, Sendable {
  /// An optimizer, as written in flags.
  package enum OptimizerName: String, CaseIterable, Sendable { case adamw, sgd }

  package var steps: Int
  /// The number of samples per batch.
  package var batch: Int
  /// The maximum learning rate.
  package var rate: Double
  package var optimizer = OptimizerName.adamw
  package var weightDecay: Double?
  package var warmUp: Int
  package var schedule: LearningRate.Shape
  package var seed: UInt64 = 0
  package var checkpointEvery = 100
  /// The number of batches whose gradients are averaged in a step, for steps too large to fit in memory at once.
  package var accumulate = 1
  /// The maximum global norm of the gradients; nil for no limit.
  package var clip: Double?

  package init(
    steps: Int, batch: Int, rate: Double, warmUp: Int, schedule: LearningRate.Shape, clip: Double? = nil
  ) {
    self.steps = steps
    self.batch = batch
    self.rate = rate
    self.warmUp = warmUp
    self.schedule = schedule
    self.clip = clip
  }

  package func check() throws(SettingError) {
    for (key, value) in [
      ("steps", steps), ("batch", batch), ("accumulate", accumulate), ("checkpoint_every", checkpointEvery),
    ] where !(1...Int(Int32.max)).contains(value) {
      throw SettingError(key, "must be a number above 0")
    }
    guard rate > 0, rate.isFinite else { throw SettingError("learning_rate", "must be a number above 0") }
    guard weightDecay.map({ $0 >= 0 && $0.isFinite }) ?? true else {
      throw SettingError("weight_decay", "is 0 or more")
    }
    guard clip.map({ $0 > 0 && $0.isFinite }) ?? true else {
      throw SettingError("gradient_clip", "must be a number above 0")
    }
    guard warmUp >= 0 else { throw SettingError("warm_up", "is 0 or more") }
  }
}

extension TrainingSettings: WrittenSettings {
  package enum Key: String, CodingKey, CaseIterable, Sendable {
    case steps, batch
    case rate = "learning_rate"
    case optimizer
    case weightDecay = "weight_decay"
    case warmUp = "warm_up"
    case schedule, accumulate
    case clip = "gradient_clip"
    case checkpointEvery = "checkpoint_every"
  }

  package mutating func read<Value: WrittenValue>(_ key: Key, from value: Value) throws(Value.Failure) {
    switch key {
    case .steps: steps = try value.integer()
    case .batch: batch = try value.integer()
    case .rate: rate = try value.number()
    case .optimizer: optimizer = try value.name()
    case .weightDecay: weightDecay = try value.number()
    case .warmUp: warmUp = try value.integer()
    case .schedule: schedule = try value.name()
    case .accumulate: accumulate = try value.integer()
    case .clip: clip = try value.number()
    case .checkpointEvery: checkpointEvery = try value.integer()
    }
  }

  package func written(_ key: Key) -> (any Encodable)? {
    switch key {
    case .steps: steps
    case .batch: batch
    case .rate: rate
    case .optimizer: optimizer.rawValue
    case .weightDecay: weightDecay
    case .warmUp: warmUp
    case .schedule: schedule.rawValue
    case .accumulate: accumulate
    case .clip: clip
    case .checkpointEvery: checkpointEvery
    }
  }
}
