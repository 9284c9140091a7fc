/// A complete training, as requested by a command's flags or a job's specification.
package struct TrainingPlan: Hashable, Sendable {
  /// The stage to train, with its own settings.
  package enum Stage: Hashable, Sendable {
    case encoder(EncoderPlan)
    case classifier(ClassifierPlan)
    case mapper(MapperPlan)
  }

  package var stage: Stage
  package var data: TrainingPictures
  package var settings: TrainingSettings
  /// The folder for the stage's files, which are replaced only when the training has ended.
  package var out: String
  /// The run's folder; nil selects `<out>/run`.
  package var run: String?
  /// The digests of what the training reads; empty if it is known by its paths alone.
  package var inputs: [Input: String] = [:]

  package init(
    stage: Stage, data: TrainingPictures = TrainingPictures(), settings: TrainingSettings, out: String,
    run: String? = nil
  ) {
    self.stage = stage
    self.data = data
    self.settings = settings
    self.out = out
    self.run = run
  }

  package func check() throws(SettingError) {
    guard !out.isEmpty else { throw SettingError("out", "must name a folder") }
    try data.check()
    try settings.check()
    switch stage {
    case .encoder(let plan): try plan.check()
    case .classifier(let plan): try plan.check()
    case .mapper(let plan): try plan.check()
    }
  }

  /// The plan with relative paths resolved against a folder.
  package func relative(to base: String) -> TrainingPlan {
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(base)/\(path)" }
    var plan = self
    plan.out = absolute(out)
    plan.run = run.map(absolute)
    plan.data.folder = data.folder.map(absolute)
    switch stage {
    case .encoder(var own):
      own.from = own.from.map(absolute)
      plan.stage = .encoder(own)
    case .classifier(var own):
      own.clip = absolute(own.clip)
      plan.stage = .classifier(own)
    case .mapper(var own):
      own.model = absolute(own.model)
      own.additions = own.additions.map { $0.relative(to: base) }
      plan.stage = .mapper(own)
    }
    return plan
  }

  /// The plan with each file added to a base model replaced, for example by the same file with its digest.
  package func mapFiles<E: Error>(_ change: (AddedFile) throws(E) -> AddedFile) throws(E) -> TrainingPlan {
    guard case .mapper(var own) = stage else { return self }
    own.additions = try own.additions.map(change)
    var plan = self
    plan.stage = .mapper(own)
    return plan
  }
}

extension TrainingPlan {
  /// The stages that a specification can name.
  package enum StageName: String, CaseIterable, Sendable { case encoder, classifier, mapper }

  package var stageName: StageName {
    switch stage {
    case .encoder: .encoder
    case .classifier: .classifier
    case .mapper: .mapper
    }
  }

  /// The keys of a training in a specification; `config/batch.schema.json` has the same keys.
  package static func keys(of stage: StageName) -> [String] {
    let own =
      switch stage {
      case .encoder: EncoderPlan.keys
      case .classifier: ClassifierPlan.keys
      case .mapper: MapperPlan.keys
      }
    return ["stage"] + TrainingPictures.keys + ["out", "inputs"] + TrainingSettings.keys + own
  }
}

/// Every setting is written explicitly, so that a job continues with its original settings even if a newer program has
/// other defaults. The seed is the batch's, and the worker chooses the run's folder.
extension TrainingPlan: Encodable {
  private enum CodingKeys: String, CodingKey { case stage, out, inputs }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(stageName.rawValue, forKey: .stage)
    try container.encode(out, forKey: .out)
    if !inputs.isEmpty {
      try container.encode(
        Dictionary(uniqueKeysWithValues: inputs.map { ($0.rawValue, $1) }), forKey: .inputs)
    }
    try data.encode(to: encoder)
    try settings.encode(to: encoder)
    switch stage {
    case .encoder(let plan): try plan.encode(to: encoder)
    case .classifier(let plan): try plan.encode(to: encoder)
    case .mapper(let plan): try plan.encode(to: encoder)
    }
  }
}
