import Files
import Vocabulary

extension TrainingPlan {
  /// Parses the entry `training` of a specification. Omitted settings have the defaults of the commands.
  init(_ node: SpecNode) throws(BatchSpecError) {
    guard let name = node.entry("stage") else { throw node.error("has no 'stage': say what is trained") }
    let stage: StageName = try name.name()
    let entries = try node.mapping(keys: Self.keys(of: stage))
    func required(_ key: String, _ help: String) throws(BatchSpecError) -> String {
      guard let entry = entries[key] else { throw node.error("has no '\(key)': \(help)") }
      return try entry.string()
    }
    switch stage {
    case .encoder:
      let out = try required("out", "say where the files go")
      var plan = EncoderPlan()
      try plan.read(entries)
      self.init(stage: .encoder(plan), settings: EncoderPlan.settings, out: out)
    case .classifier:
      let out = try required("out", "say where the files go")
      let plan = ClassifierPlan(clip: try required("clip", "name the CLIP model's folder"))
      self.init(stage: .classifier(plan), settings: ClassifierPlan.settings, out: out)
    case .mapper:
      var plan = MapperPlan(model: try required("model", "name the model's folder"))
      try plan.read(entries)
      let out = try entries["out"]?.string() ?? "\(plan.model)/mapper"
      self.init(stage: .mapper(plan), settings: MapperPlan.settings, out: out)
    }
    if let node = entries["inputs"] {
      for (key, value) in try node.mapping(keys: Input.allCases.map(\.rawValue)) {
        guard let input = Input(rawValue: key) else { continue }
        inputs[input] = try value.parsed("a SHA-256 of 64 lower-case hexadecimal digits") { text in
          text.wholeMatch(of: #/[0-9a-f]{64}/#).map { String($0.output) }
        }
      }
    }
    try data.read(entries)
    try settings.read(entries)
  }
}
