import Admin
import ArgumentParser
import Crypto
import Farm
import Files
import Provenance

struct Inspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print how an image was made.",
    discussion: """
      Reads the provenance that every EmoFarm image carries: the request, the seed, the emotion vector, the steps \
      that ran and the digests of the weights. JPEGs and WebPs of emofarm export carry it, too. It does not check the pixels: emofarm verify does.

      With --database it also says which images of the farm have this file, and what the classifiers of their batch \
      measured of them: the probabilities of the emotions, the surest content, the perceptual hash, the embedding.

      Examples:
        emofarm inspect pictures/000000.png
        emofarm inspect pictures/000000.png --json | jq .provenance.spec
        emofarm inspect pictures/000000.png --database
      """)

  @Argument(help: ArgumentHelp("The image.", valueName: "file"), completion: .file(extensions: ["png", "jpg", "webp"]))
  var file: String

  @Flag(help: "Also look the file up in the farm's database.")
  var database = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let bytes = try File.readStream(file)
    let found = try ImageProvenance.read(bytes, named: file)
    let digest = Hex.encode(SHA256.hash(data: bytes))
    let rows =
      database ? try await global.withFarm { try await FarmImages(withFile: digest, in: $0.database.images) } : nil
    let report = ImageReport(
      file: file, bytes: bytes.count, sha256: digest, record: found.record, texts: found.texts,
      converted: found.converted, farm: rows)
    if output.json {
      try Console.print(report.json())
    } else {
      try Console.print(report.lines())
    }
  }
}
