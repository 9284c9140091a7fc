extension TrainingPlan {
  /// What a training reads, beside the files that are added to a model, by the key that names its path.
  package enum Input: String, CaseIterable, Sendable { case data, from, clip, model }

  /// The path of an input; nil if the training has none.
  package func path(of input: Input) -> String? {
    switch (input, stage) {
    case (.data, _): data.folder
    case (.from, .encoder(let plan)): plan.from
    case (.clip, .classifier(let plan)): plan.clip
    case (.model, .mapper(let plan)): plan.model
    default: nil
    }
  }

  /// Reads an input elsewhere; does nothing if the training has none.
  package mutating func read(_ input: Input, at path: String) {
    switch (input, stage) {
    case (.data, _): data.folder = path
    case (.from, .encoder(var plan)):
      plan.from = path
      stage = .encoder(plan)
    case (.clip, .classifier(var plan)):
      plan.clip = path
      stage = .classifier(plan)
    case (.model, .mapper(var plan)):
      plan.model = path
      stage = .mapper(plan)
    default: break
    }
  }

  /// What the training writes below one of its inputs, relative to that, such as the mapper of a model.
  package func written(below path: String) -> [String] {
    [out, run].compactMap(\.self).filter { $0.hasPrefix("\(path)/") }.map { String($0.dropFirst(path.count + 1)) }
  }
}
