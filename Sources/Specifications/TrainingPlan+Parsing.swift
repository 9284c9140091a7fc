package import Vocabulary

extension TrainingPlan {
  /// The stages that a specification can name.
  package enum StageName: String, CaseIterable, Sendable { case encoder, classifier, mapper }

  /// The keys of a training by stage; `config/batch.schema.json` has the same.
  package static func keys(of stage: StageName) -> [String] {
    let common = [
      "stage", "data", "per_attribute", "size", "out", "steps", "batch", "learning_rate", "optimizer", "weight_decay",
      "warm_up", "schedule", "accumulate", "gradient_clip", "checkpoint_every",
    ]
    switch stage {
    case .encoder:
      return common + [
        "classes", "width", "layers", "embedding", "image_size", "from", "dropout", "flip", "shift", "crop", "jitter",
        "blur",
      ]
    case .classifier:
      return common + ["clip"]
    case .mapper:
      return common + [
        "model", "preset", "pooling", "attribute_weight", "attribute_temperature", "vector_noise", "confidence",
        "hidden", "attributes",
      ]
    }
  }

  package var stageName: StageName {
    switch stage {
    case .encoder: .encoder
    case .classifier: .classifier
    case .mapper: .mapper
    }
  }

  /// Reads the entry `training` of a specification; what it leaves out is what the commands leave it at.
  init(_ node: SpecNode) throws(BatchSpecError) {
    guard let name = node.entry("stage") else { throw node.error("has no 'stage': say what is trained") }
    let stage: StageName = try name.name()
    let entries = try node.mapping(keys: Self.keys(of: stage))
    var data = TrainingPictures()
    data.folder = try entries["data"]?.string()
    data.perAttribute = try entries["per_attribute"]?.integer() ?? data.perAttribute
    data.size = try entries["size"]?.integer() ?? data.size
    let out = try entries["out"]?.string()
    switch stage {
    case .encoder:
      guard let out else { throw node.error("has no 'out': say where the files go") }
      self.init(
        stage: .encoder(try EncoderPlan(entries)), data: data,
        settings: try EncoderPlan.settings.changed(by: entries), out: out)
    case .classifier:
      guard let out else { throw node.error("has no 'out': say where the files go") }
      guard let clip = entries["clip"] else { throw node.error("has no 'clip': name the CLIP model's folder") }
      self.init(
        stage: .classifier(ClassifierPlan(clip: try clip.string())), data: data,
        settings: try ClassifierPlan.settings.changed(by: entries), out: out)
    case .mapper:
      let plan = try MapperPlan(entries, node)
      self.init(
        stage: .mapper(plan), data: data, settings: try MapperPlan.settings.changed(by: entries),
        out: out ?? "\(plan.model)/mapper")
    }
  }
}

extension TrainingSettings {
  fileprivate func changed(by entries: [String: SpecNode]) throws(BatchSpecError) -> TrainingSettings {
    var settings = self
    settings.steps = try entries["steps"]?.integer() ?? steps
    settings.batch = try entries["batch"]?.integer() ?? batch
    settings.rate = try entries["learning_rate"]?.number() ?? rate
    settings.optimizer = try entries["optimizer"]?.name() ?? optimizer
    settings.weightDecay = try entries["weight_decay"]?.number() ?? weightDecay
    settings.warmUp = try entries["warm_up"]?.integer() ?? warmUp
    settings.schedule = try entries["schedule"]?.name() ?? schedule
    settings.accumulate = try entries["accumulate"]?.integer() ?? accumulate
    settings.clip = try entries["gradient_clip"]?.number() ?? clip
    settings.checkpointEvery = try entries["checkpoint_every"]?.integer() ?? checkpointEvery
    return settings
  }
}

extension EncoderPlan {
  fileprivate init(_ entries: [String: SpecNode]) throws(BatchSpecError) {
    self.init()
    classes = try entries["classes"]?.name() ?? classes
    width = try entries["width"]?.integer() ?? width
    if let list = entries["layers"] {
      layers = []
      for element in try list.elements(limit: 6) { layers.append(try element.integer()) }
    }
    embedding = try entries["embedding"]?.integer() ?? embedding
    imageSize = try entries["image_size"]?.integer() ?? imageSize
    from = try entries["from"]?.string()
    if let dropout = entries["dropout"] { self.dropout = Float(try dropout.number()) }
    augmentation.flip = try entries["flip"]?.number() ?? augmentation.flip
    augmentation.shift = try entries["shift"]?.number() ?? augmentation.shift
    augmentation.crop = try entries["crop"]?.number() ?? augmentation.crop
    augmentation.jitter = try entries["jitter"]?.number() ?? augmentation.jitter
    augmentation.blur = try entries["blur"]?.number() ?? augmentation.blur
  }
}

extension MapperPlan {
  fileprivate init(_ entries: [String: SpecNode], _ node: SpecNode) throws(BatchSpecError) {
    guard let model = entries["model"] else { throw node.error("has no 'model': name the model's folder") }
    let preset: MapperSettings.Preset = try entries["preset"]?.name() ?? .paper
    self.init(model: try model.string(), loss: preset.settings)
    loss.pooling = try entries["pooling"]?.name() ?? loss.pooling
    if let weight = entries["attribute_weight"] { loss.attributeWeight = Float(try weight.number()) }
    if let temperature = entries["attribute_temperature"] {
      loss.attributeTemperature = Float(try temperature.number())
    }
    if let noise = entries["vector_noise"] { loss.vectorNoise = Float(try noise.number()) }
    loss.usesConfidence = try entries["confidence"]?.boolean() ?? loss.usesConfidence
    hidden = try entries["hidden"]?.integer() ?? hidden
    if let list = entries["attributes"] {
      var names: [String] = []
      for element in try list.elements() { names.append(try element.string()) }
      attributes = names
    }
  }
}
