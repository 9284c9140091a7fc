import ArgumentParser

struct Train: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train the parts of an EmoGen model: base model, encoder, emotion space and mapper.",
    subcommands: [
      TrainBase.self, TrainEncoder.self, TrainSpace.self, TrainConfidence.self, TrainClassifier.self, TrainMapper.self,
    ])
}
