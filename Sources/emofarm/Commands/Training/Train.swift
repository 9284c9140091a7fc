import ArgumentParser

struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train an EmoGen: its base model, its encoder, its emotion space and its mapper.",
    subcommands: [
      TrainBase.self, TrainEncoder.self, TrainSpace.self, TrainConfidence.self, TrainClassifier.self, TrainMapper.self,
    ])
}
