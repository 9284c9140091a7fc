import Admin
import ArgumentParser
import Crypto
import Files
import Imaging
import Provenance

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print how an image was made.",
    discussion: """
      Reads the provenance that every EmoFarm image carries: the request, the seed, the emotion vector, the steps \
      that ran and the digests of the weights. It does not check the pixels: emofarm verify does.

      Examples:
        emofarm inspect pictures/000000.png
        emofarm inspect pictures/000000.png --json | jq .provenance.spec
      """)

  @Argument(help: ArgumentHelp("The image.", valueName: "file.png"), completion: .file(extensions: ["png"]))
  var file: String

  @OptionGroup(title: "Output options") var output: OutputOptions

  func run() throws {
    let bytes = try File.readStream(file)
    let record = try PNGProvenance.read(bytes, named: file)
    let report = ImageReport(
      file: file, bytes: bytes.count, sha256: Hex.encode(SHA256.hash(data: bytes)), record: record,
      texts: try PNG.texts(bytes, named: file))
    if output.json {
      try Console.print(report.json())
    } else {
      try Console.print(report.lines())
    }
  }
}
