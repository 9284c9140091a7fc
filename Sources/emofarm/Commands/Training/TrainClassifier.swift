import ArgumentParser
import Engine
import Vocabulary

struct TrainClassifier: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classifier",
    abstract: "Train the classifier for evaluating generated images: one layer on CLIP's image features.",
    discussion: """
      It is trained separately from the encoder, so that the encoder does not evaluate itself.

      Example:
        emofarm train classifier --clip demo/clip --out demo/emotion_classifier
      """)

  @Option(help: ArgumentHelp("The CLIP model's folder.", valueName: "dir"), completion: .directory)
  var clip: String

  @Option(help: ArgumentHelp("The folder for the classifier.", valueName: "dir"), completion: .directory)
  var out: String

  @OptionGroup(title: "Data options") var data: TrainingData
  @OptionGroup(title: "Training options") var training: TrainingFlags

  func run() async throws {
    let plan = TrainingPlan(
      stage: .classifier(ClassifierPlan(clip: clip)), data: data.pictures,
      settings: training.settings(over: ClassifierPlan.settings), out: out)
    try training.follow(plan, on: Compute(threads: training.threadCount))
  }
}
