import Admin
import ArgumentParser
import Releases

struct ModelsImport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import EmoGen's released files, or files trained with its code, into a model folder.",
    discussion: """
      A source is a file written by PyTorch or Python's pickle, or a folder of such files. Files are recognised by \
      their contents: emotion vectors (all of {emotion}_{mean,std}_v2.pt) and confidence tables become emotion_space, \
      encoders (cnn.* or backbone.*, fc_1.*, fc_2.2.*) emotion_encoder, classifiers (fc.weight [8, N]) \
      emotion_classifier, mappers (mlp.N.*) mapper. If several confidence tables contain the same attribute, the last \
      one is used. import.json records the source of each part.

      Nothing in a file is executed: it may contain numbers, containers and tensors; anything else is refused, and \
      the message names it. A single refused or unknown file stops the import before anything is written: if a folder \
      also contains other files, name the files to import.

      Examples:
        emofarm models import EmoGen/emo_space EmoGen/weights --out emogen-sd15
        emofarm models import mapper.pth --out emogen-sd15 --replace
      """)

  @Argument(help: ArgumentHelp("A file, or a folder of files.", valueName: "source"), completion: .file())
  var sources: [String]

  @Option(
    help: ArgumentHelp("The model's folder; created if it is missing.", valueName: "dir"), completion: .directory)
  var out: String

  @Flag(help: "Overwrite existing parts.")
  var replace = false

  @Option(help: ArgumentHelp("Side of an encoder's input in pixels.", valueName: "n"))
  var imageSize = EncoderPicture().size

  @Option(help: ArgumentHelp("The mean that an encoder subtracts from pixels in the range 0 to 1.", valueName: "x"))
  var mean = EncoderPicture().mean

  @Option(help: ArgumentHelp("The standard deviation that an encoder divides them by.", valueName: "x"))
  var std = EncoderPicture().deviation

  @OptionGroup(title: "Output options") var output: OutputOptions

  func validate() throws {
    guard (1...4096).contains(imageSize) else {
      throw ValidationError("--image-size \(imageSize): must be from 1 to 4096.")
    }
    guard mean.isFinite else { throw ValidationError("--mean \(mean): must be a finite number.") }
    guard std.isFinite, std > 0 else { throw ValidationError("--std \(std): must be greater than 0.") }
  }

  func run() async throws {
    let report = ImportReport(
      try ReleaseImport.run(
        sources, into: out, picture: EncoderPicture(size: imageSize, mean: mean, deviation: std), replacing: replace))
    if output.json {
      try Console.print(report.json())
    } else {
      try Console.print(report.lines)
    }
  }
}
