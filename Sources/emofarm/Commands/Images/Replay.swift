import Admin
import ArgumentParser
import Engine
import Files
import Foundation
import Provenance
import Signing

struct Replay: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Render an image again from its provenance and compare the bytes.",
    discussion: """
      The model's files must be identical to those that rendered the image. Without --model, it is found by its digest: \
      the default model, or one that is registered with the farm, which is fetched from the store if its folder is not \
      here. With the same version and engine kind \
      (instruction set, BLAS, precision) the bytes must match; otherwise the exit code is 1. If the version or the \
      engine kind differs, the command says so, reports how much the pixels differ and exits with 0.

      A signed image is signed again with the key of --signing-key or the setting signing_key; without that key, the \
      files are compared without their signatures.

      LoRAs, embeddings, a VAE and a picture that the image started from must have the recorded digests; --moved names \
      those that lie elsewhere now.

      Examples:
        emofarm replay pictures/000000.png
        emofarm replay pictures/000000.png --model /models/emogen-sd15
        emofarm replay pictures/000000.png --moved /archive/loras
      """)

  @Argument(help: ArgumentHelp("The image.", valueName: "file.png"), completion: .file(extensions: ["png"]))
  var file: String

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp(
      "The latents file given to render --latents, if the image was rendered with one.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var latents: String?

  @Option(
    help: ArgumentHelp(
      "Where a LoRA, an embedding, a VAE or the picture lies now: the file or its folder; may be repeated.",
      valueName: "path"),
    completion: .file())
  var moved: [String] = []

  @OptionGroup var signing: SigningOptions

  @Option(help: ArgumentHelp("Cores to render with; 0 for all.", valueName: "n"))
  var threads = 0

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard (0...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): must be 0 (all cores) or a number up to 1024.")
    }
  }

  func run() async throws {
    let original = try File.readStream(file)
    // This check precedes the search for a model: most files that cannot be replayed are not EmoFarm's.
    if ImageProvenance.isConversion(original) {
      throw InputError("\(file) is a conversion, which cannot be rendered again byte by byte: replay the rendered PNG")
    }
    let record = try PNGProvenance.read(original, named: file)
    let signer = try signing.signer(await global.settings())
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    var recorded: RecordedModel?
    if model.model == nil {
      recorded = try await RecordedModel(record, global, model.weights) {
        try interrupt.check()
        progress.show("fetching the model")
      }
    }
    // Holds a copy from the store until the end.
    defer { withExtendedLifetime(recorded) {} }
    let folder = if let recorded { recorded.folder } else { try await global.modelFolder(model) }
    var meter = RenderMeter(images: 1)
    let start = ContinuousClock.now
    let compute = try Compute(threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount)
    let comparison = try ImageReplay.run(
      original, named: file, folder: folder, compute: compute,
      latents: try latents.map { try RenderInputs.latents(file: $0) }, signer: signer, moved: try MovedFiles(moved)
    ) { block in
      try interrupt.check()
      meter.note(block)
      progress.show(meter.line(elapsed: start.duration(to: .now).inSeconds, paint: Console.errorPaint))
    }
    progress.clear()
    if output.json {
      try Console.print(ReplayReport(file: file, comparison).json)
    } else {
      try Console.print("\(file): \(comparison)")
    }
    if comparison.isBreach { throw ExitCode(1) }
  }
}
