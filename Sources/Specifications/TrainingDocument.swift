import Vocabulary

/// The JSON layout of a training with every setting spelled out, so that a job goes on with the settings that it began
/// with when a newer program has other defaults.
struct TrainingDocument: Encodable {
  private var values: [(key: String, value: any Encodable)] = []

  init(_ plan: TrainingPlan) {
    func add(_ key: String, _ value: (any Encodable)?) {
      if let value { values.append((key, value)) }
    }
    add("stage", plan.stageName.rawValue)
    add("out", plan.out)
    add("data", plan.data.folder)
    add("per_attribute", plan.data.perAttribute)
    add("size", plan.data.size)
    let settings = plan.settings
    add("steps", settings.steps)
    add("batch", settings.batch)
    add("learning_rate", settings.rate)
    add("optimizer", settings.optimizer.rawValue)
    add("weight_decay", settings.weightDecay)
    add("warm_up", settings.warmUp)
    add("schedule", settings.schedule.rawValue)
    add("accumulate", settings.accumulate)
    add("gradient_clip", settings.clip)
    add("checkpoint_every", settings.checkpointEvery)
    switch plan.stage {
    case .encoder(let own):
      add("classes", own.classes.rawValue)
      add("width", own.width)
      add("layers", own.layers)
      add("embedding", own.embedding)
      add("image_size", own.imageSize)
      add("from", own.from)
      add("dropout", own.dropout)
      add("flip", own.augmentation.flip)
      add("shift", own.augmentation.shift)
      add("crop", own.augmentation.crop)
      add("jitter", own.augmentation.jitter)
      // Younger than the others: documents from before it stay the same.
      if own.augmentation.blur > 0 { add("blur", own.augmentation.blur) }
    case .classifier(let own):
      add("clip", own.clip)
    case .mapper(let own):
      add("model", own.model)
      add("pooling", own.loss.pooling.rawValue)
      add("attribute_weight", own.loss.attributeWeight)
      add("attribute_temperature", own.loss.attributeTemperature)
      add("vector_noise", own.loss.vectorNoise)
      add("confidence", own.loss.usesConfidence)
      add("hidden", own.hidden)
      add("attributes", own.attributes)
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (key, value) in values { try container.encode(value, forKey: Key(stringValue: key)) }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
  }
}
