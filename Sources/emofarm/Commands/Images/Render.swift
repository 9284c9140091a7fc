import Admin
import ArgumentParser
import Checkpoints
import EmoGen
import Engine
import Files
import Foundation
import Imaging
import Loaders
import Provenance
import Signing
import Vocabulary

struct Render: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Render images on this machine, without a database.",
    discussion: """
      Renders image k with seed + k and writes it to the folder as 000000.png, 000001.png, …; the same seed, settings \
      and model give the same bytes. Settings that are not given come from the model's emogen.json.

      Examples:
        emofarm render --emotion awe --out pictures
        emofarm render --emotion awe=0.7,fear=0.3 --count 8 --seed 42 --out pictures
        emofarm render --emotion contentment+awe --prompt "bag" --steps 30
        emofarm render --emotion-image holiday.jpg --top-k 3 --count 8 --out pictures
        emofarm render --text "an image of awe" --negative "blurry" --out baseline
        emofarm render --emotion fear --model /models/emogen-sd15 --size 512x512
        emofarm render --emotion awe --init photos --strength 0.6 --out pictures
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    help: ArgumentHelp("The emotion: one, a mixture (awe=0.7,fear=0.3) or a fusion (awe+fear).", valueName: "spec"))
  var emotion: String?

  @Option(
    help: ArgumentHelp(
      "A PNG or JPEG: render the mixture of emotions that the model's encoder finds in it.", valueName: "file"),
    completion: .file(extensions: ["png", "jpg", "jpeg"]))
  var emotionImage: String?

  @Option(help: ArgumentHelp("How many of the picture's strongest emotions to mix.", valueName: "k"))
  var topK = 3

  @Option(help: ArgumentHelp("Words after the emotion, to transfer it to an object.", valueName: "words"))
  var prompt: String?

  @Option(help: ArgumentHelp("A plain text prompt instead of an emotion, for baselines.", valueName: "words"))
  var text: String?

  @Option(help: ArgumentHelp("The first image's seed, below 2^63.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("How many images.", valueName: "n"))
  var count = 1

  @Option(
    help: ArgumentHelp(
      "A safetensors file with emotion_vector [T, D], used instead of sampling one.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var emotionVector: String?

  @Option(
    help: ArgumentHelp(
      "A safetensors file with latents_init [1, C, h, w], used instead of sampling them.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var latents: String?

  @Option(help: ArgumentHelp("Write the first image's tensors to this safetensors file.", valueName: "file"))
  var trace: String?

  @Option(help: ArgumentHelp("Cores to render with; 0 for all. The images do not depend on it.", valueName: "n"))
  var threads = 0

  @Flag(
    help: "Transform weights again for each convolution instead of keeping them: less memory, slower, the same images.")
  var lowMemory = false

  @Option(
    help: ArgumentHelp("The folder for the images; created if it is missing.", valueName: "dir"), completion: .directory
  )
  var out: String = "."

  @OptionGroup var signed: SignFlag
  @OptionGroup var signing: SigningOptions

  @OptionGroup(title: "Render settings") var settings: RenderOptions
  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  private static let largestCount = 1_000_000

  func validate() throws {
    guard [emotion, emotionImage, text].count(where: { $0 != nil }) == 1 else {
      throw ValidationError("Name what to render: one of --emotion SPEC, --emotion-image FILE and --text TEXT.")
    }
    guard text == nil || prompt == nil else {
      throw ValidationError("--prompt requires --emotion: put all words into --text.")
    }
    guard (1...8).contains(topK) else { throw ValidationError("--top-k \(topK): must be from 1 to 8.") }
    guard (1...Self.largestCount).contains(count) else {
      throw ValidationError("--count \(count): must be from 1 to \(Measure.count(Self.largestCount)).")
    }
    guard seed < 1 << 63 else { throw ValidationError("--seed \(seed): seeds must be below 2^63.") }
    guard (0...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): must be 0 (all cores) or a number up to 1024.")
    }
  }

  func run() async throws {
    let folder = try await global.modelFolder(model)
    let compute = try Compute(
      threads: threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount, savesMemory: lowMemory)
    let subject = try subject(folder, on: compute)
    let requests = try requests(subject, folder)
    let isSigned = requests.contains { $0.settings.sign }
    let signer = isSigned ? try signing.signer(await global.settings()) : nil
    if isSigned { try MarkedImage.check(signer) }
    let images = requests.count * count
    let additions = requests[0].settings.additions
    try trace.map { try OutputFile.check($0, replacing: .trace) }
    for position in 0..<images {
      try OutputFile.check("\(out)/\(ImageName.ofRender(position))", replacing: .render)
    }
    try Folder.make(out)
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    progress.show("loading \(folder.path)")
    let pipeline = try EmoGenPipeline.load(folder, additions: additions, on: compute) {
      try interrupt.check()
    }
    progress.clear()
    folder.base.sayNotes()
    Console.warn(try pipeline.warnings(for: requests[0]))
    let recorder = trace.map { _ in RenderTrace() }
    var meter = RenderMeter(images: images)
    var documents: [JSONDocument] = []
    let start = ContinuousClock.now
    for (number, request) in requests.enumerated() {
      let first = number * count
      try pipeline.render(request, trace: number == 0 ? recorder : nil) { block in
        try interrupt.check()
        meter.note(block.moved(by: first))
        progress.show(meter.line(elapsed: start.duration(to: .now).inSeconds, paint: Console.errorPaint))
      } onImage: { rendered in
        let record = ProvenanceRecord(of: rendered, request: request, model: pipeline.model)
        let bytes = try MarkedImage.encode(rendered.image, record, signer: signer)
        let file = "\(out)/\(ImageName.ofRender(first + rendered.position))"
        try OutputFile.write(bytes, to: file, replacing: .render)
        meter.noteFinished()
        progress.clear()
        if output.json {
          documents.append(RenderedFile(file: file, seed: rendered.seed, bytes: bytes, record: record).json)
        } else {
          try Console.print(file)
        }
      }
    }
    if let trace, let recorder {
      try Safetensors.write(path: trace, tensors: recorder.tensors.map { ($0.name, $0.tensor) })
    }
    progress.clear()
    if output.json { try Console.print(["images": .array(documents)] as JSONDocument) }
    let seconds = start.duration(to: .now).inSeconds
    let kind = try compute.with(requests[0].settings.shortcuts.precision).kind
    Console.say("rendered \(Measure.count(images, "image")) in \(Measure.duration(seconds)) with \(kind)")
  }

  private func subject(_ folder: ModelFolder, on compute: Compute) throws -> Subject {
    if let text { return .text(text) }
    if let emotionImage {
      let emotions = try PictureEmotions(
        of: ImageFile.readUpright(emotionImage), encoder: "\(folder.path)/emotion_encoder", on: compute)
      let spec = try emotions.mixture(strongest: topK)
      let found = emotions.found.prefix(topK).map { String(format: "%@ %.3f", $0.emotion.rawValue, $0.probability) }
      Console.say("\(TerminalText.safe(emotionImage)): \(found.joined(separator: ", ")); rendering \(spec)")
      return .emotion(spec, prompt: prompt ?? "")
    }
    let spec = emotion ?? ""
    if spec.lowercased() == "all" {
      throw ValidationError("--emotion all: one render shows one emotion; 'all' is for emofarm enqueue.")
    }
    return .emotion(try EmotionSpec(parsing: spec), prompt: prompt ?? "")
  }

  /// A request for each picture to start from, with seeds that count on; one request without pictures.
  private func requests(_ subject: Subject, _ folder: ModelFolder) throws -> [RenderRequest] {
    let given = signed.added(to: settings.override)
    let pictures: [AddedFile?] = try given.source.map { try SourcePictures.files(at: $0) } ?? [nil]
    var known: [AddedFile: AddedFile] = [:]
    let all = try pictures.map { picture in
      var own = given
      own.source = picture
      if given.size == nil {
        own.size = try picture.map { try SourcePictures.size(of: $0, multiple: folder.multiple) }
      }
      return try folder.settings(own).mapFiles { file in
        let identified = try known[file] ?? file.identified()
        known[file] = identified
        return identified
      }
    }
    guard all.count * count <= Self.largestCount else {
      throw ValidationError(
        "--count \(count) of \(Measure.count(all.count, "picture")): at most \(Measure.count(Self.largestCount)) images."
      )
    }
    let (vector, noise) = (
      try emotionVector.map { try RenderInputs.emotionVector(file: $0) },
      try latents.map { try RenderInputs.latents(file: $0) }
    )
    return try all.enumerated().map { number, settings in
      try folder.check(subject, settings)
      var request = RenderRequest(
        subject: subject, settings: settings,
        seeds: (0..<count).map { ImageSeed.of(number * count + $0, startingAt: seed) })
      (request.emotionVector, request.latents) = (vector, noise)
      return request
    }
  }
}
