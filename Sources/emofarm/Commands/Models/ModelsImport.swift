import Admin
import ArgumentParser
import Releases

struct ModelsImport: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import EmoGen's released files, or those of trainings with its code, into a model folder.",
    discussion: """
      A source is a file that PyTorch or Python's pickle wrote, or a folder of such files. They are recognised by what \
      they hold: emotion vectors (all of {emotion}_{mean,std}_v2.pt) and confidence tables become emotion_space, encoders \
      (cnn.* or backbone.*, fc_1.*, fc_2.2.*) emotion_encoder, classifiers (fc.weight [8, N]) emotion_classifier, \
      mappers (mlp.N.*) mapper. Where confidence tables name the same attribute, the later one counts. import.json says \
      what came from where.

      Nothing in a file is executed: it may hold numbers, containers and tensors, and one that holds anything else is \
      refused by name. A single file that is refused or unknown ends the import before anything is written: where others \
      stand in the same folder, name the files.

      Examples:
        emofarm models import EmoGen/emo_space EmoGen/weights --out emogen-sd15
        emofarm models import mapper.pth --out emogen-sd15 --replace
      """)

  @Argument(help: ArgumentHelp("A file, or a folder of files.", valueName: "source"), completion: .file())
  var sources: [String]

  @Option(
    help: ArgumentHelp("The model's folder; made where it is missing.", valueName: "dir"), completion: .directory)
  var out: String

  @Flag(help: "Overwrite parts that are there already.")
  var replace = false

  @Option(help: ArgumentHelp("Pixels of a side of an encoder's pictures.", valueName: "n"))
  var imageSize = EncoderPicture().size

  @Option(help: ArgumentHelp("What an encoder wants taken off pixels from 0 to 1.", valueName: "x"))
  var mean = EncoderPicture().mean

  @Option(help: ArgumentHelp("What an encoder wants them divided by then.", valueName: "x"))
  var std = EncoderPicture().deviation

  @OptionGroup(title: "Output options") var output: OutputOptions

  func validate() throws {
    guard (1...4096).contains(imageSize) else {
      throw ValidationError("--image-size \(imageSize): a number from 1 to 4096 is needed.")
    }
    guard mean.isFinite else { throw ValidationError("--mean \(mean): a number is needed.") }
    guard std.isFinite, std > 0 else { throw ValidationError("--std \(std): a number above 0 is needed.") }
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
