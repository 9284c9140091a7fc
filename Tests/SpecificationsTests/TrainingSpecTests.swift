import Files
import Foundation
import Specifications
import TestSupport
import Testing
import Vocabulary

@Suite struct TrainingSpecTests {
  private func parse(_ text: String) throws -> BatchSpec { try BatchSpec(parsing: text, named: "spec.yaml") }

  private static let encoder = """
    name: stage 1
    seed: 9
    training:
      stage: encoder
      data: /sets/EmoSet
      size: 128
      out: trained/encoder
      steps: 2_000
      batch: 32
      learning_rate: 1e-3
      optimizer: sgd
      weight_decay: 0.0005
      warm_up: 10
      schedule: constant
      checkpoint_every: 25
      classes: attributes
      width: 64
      layers: [3, 4, 6, 3]
      embedding: 768
      image_size: 224
      from: weights/resnet50.safetensors
      dropout: 0.1
      flip: 0
      shift: 0.1
      crop: 0.5
      jitter: 0.2
      blur: 0.3
      inputs:
        data: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
    """
  private static let mapper = """
    {"name": "stage 2", "training": {"stage": "mapper", "model": "demo", "variant": "fp16", "preset": "official-code", "vector_noise": 0.1,
      "confidence": false, "hidden": 512, "attributes": ["tree", "dog"]}}
    """

  @Test func everyKeyOfAnEncoderIsRead() throws {
    let spec = try parse(Self.encoder)
    let plan = try #require(spec.training)
    var encoder = EncoderPlan()
    encoder.classes = .attributes
    encoder.width = 64
    encoder.layers = [3, 4, 6, 3]
    encoder.embedding = 768
    encoder.imageSize = 224
    encoder.from = "weights/resnet50.safetensors"
    encoder.dropout = 0.1
    encoder.augmentation = Augmentation(flip: 0, shift: 0.1, crop: 0.5, jitter: 0.2, blur: 0.3)
    #expect(plan.stage == .encoder(encoder))
    #expect(plan.data == TrainingPictures(folder: "/sets/EmoSet", size: 128))
    #expect(plan.out == "trained/encoder")
    #expect(plan.inputs == [.data: "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"])
    let settings = plan.settings
    #expect((settings.steps, settings.batch, settings.rate, settings.warmUp) == (2000, 32, 1e-3, 10))
    #expect((settings.optimizer, settings.weightDecay, settings.schedule) == (.sgd, 0.0005, .constant))
    #expect(settings.checkpointEvery == 25)
    #expect(settings.clip == EncoderPlan.settings.clip)
  }

  @Test func aMappersPresetProvidesItsDefaults() throws {
    let plan = try #require(try parse(Self.mapper).training)
    var mapper = MapperPlan(model: "demo", loss: MapperSettings.Preset.officialCode.settings)
    mapper.variant = "fp16"
    mapper.loss.vectorNoise = 0.1
    mapper.loss.usesConfidence = false
    mapper.hidden = 512
    mapper.attributes = ["tree", "dog"]
    #expect(plan.stage == .mapper(mapper))
    #expect(plan.out == "demo/mapper")
    #expect(plan.settings == MapperPlan.settings)
  }

  private static let adapted = """
    name: stage 2 on a style
    training:
      stage: mapper
      model: demo
      vae: vae.safetensors
      lora: [style.safetensors:0.8, /loras/other.safetensors]
      embedding: cat.pt:<cat>
      sha256: [\(digest("a")), \(digest("b")), \(digest("c")), \(digest("d"))]
    """

  private static func digest(_ digit: String) -> String { String(repeating: digit, count: 64) }

  @Test func filesThatAreAddedToTheBaseHaveTheirDigests() throws {
    let plan = try #require(try parse(Self.adapted).training).relative(to: "/home")
    guard case .mapper(let own) = plan.stage else { throw NotObserved(description: "another stage") }
    let expected = Additions(
      vae: AddedFile(path: "/home/vae.safetensors", sha256: Self.digest("a")),
      loras: [
        LoRAUse(file: AddedFile(path: "/home/style.safetensors", sha256: Self.digest("b")), weight: 0.8),
        LoRAUse(file: AddedFile(path: "/loras/other.safetensors", sha256: Self.digest("c"))),
      ], embeddings: [EmbeddingUse(file: AddedFile(path: "/home/cat.pt", sha256: Self.digest("d")), token: "<cat>")])
    #expect(own.additions == expected)
  }

  @Test func aMapperWithoutAddedFilesIsWrittenAsBefore() throws {
    let json = try parse(Self.mapper).json
    for key in ["vae", "lora", "embedding", "sha256"] { #expect(!json.contains("\"\(key)\"")) }
  }

  private static let classifier =
    "{name: classifier, training: {stage: classifier, clip: demo/clip, out: demo/classifier}}"

  @Test(arguments: [encoder, classifier, mapper, adapted]) func parsingTheWrittenFormReturnsAnEqualValue(_ text: String)
    throws
  {
    let spec = try parse(text)
    #expect(try parse(try spec.json) == spec)
  }

  @Test func theExampleIsATraining() throws {
    let file = SourceTree.root.appending(path: "config/example-training.yaml")
    let spec = try parse(try String(contentsOf: file, encoding: .utf8))
    #expect(spec.training?.stageName == .encoder)
  }

  @Test func relativePathsAreResolvedAgainstTheDataFolder() throws {
    let encoder = try #require(try parse(Self.encoder).training).relative(to: "/home")
    #expect(encoder.out == "/home/trained/encoder")
    #expect(encoder.data.folder == "/sets/EmoSet")
    guard case .encoder(let own) = encoder.stage else { throw NotObserved(description: "another stage") }
    #expect(own.from == "/home/weights/resnet50.safetensors")
    let mapper = try #require(try parse(Self.mapper).training).relative(to: "/home")
    guard case .mapper(let other) = mapper.stage else { throw NotObserved(description: "another stage") }
    #expect(other.model == "/home/demo")
    #expect(mapper.out == "/home/demo/mapper")
  }

  /// The schema used by editors and the parser must have the same keys.
  @Test(arguments: TrainingPlan.StageName.allCases)
  func schemaAndParserAgree(_ stage: TrainingPlan.StageName) throws {
    let data = try Data(contentsOf: SourceTree.root.appending(path: "config/batch.schema.json"))
    let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let definitions = try #require(schema["$defs"] as? [String: Any])
    let properties = try #require((definitions[stage.rawValue] as? [String: Any])?["properties"] as? [String: Any])
    #expect(Set(properties.keys) == Set(TrainingPlan.keys(of: stage)))
  }

  @Test(arguments: [
    ("name: x\ntraining:\n  out: o", "spec.yaml:3: training has no 'stage'"),
    (
      "name: x\ntraining: {stage: encodr, out: o}",
      "training.stage is 'encodr', but must be one of encoder, classifier, mapper"
    ),
    ("name: x\ntraining: {stage: encoder}", "training has no 'out'"),
    ("name: x\ntraining: {stage: classifier, out: o}", "training has no 'clip'"),
    ("name: x\ntraining: {stage: mapper, out: o}", "training has no 'model'"),
    ("name: x\ntraining: {stage: encoder, out: o, model: m}", "unknown key 'model' in training"),
    ("name: x\ntraining: {stage: encoder, out: o, seed: 1}", "unknown key 'seed' in training"),
    ("name: x\ntraining: {stage: encoder, out: ''}", "training.out must name a folder"),
    (
      "name: x\ntraining:\n  stage: encoder\n  out: o\n  steps: 0",
      "spec.yaml:5: training.steps must be a number above 0"
    ),
    (
      "name: x\ntraining:\n  stage: encoder\n  width: 5000\n  out: o",
      "spec.yaml:4: training.width must be a number from 1 to 4096"
    ),
    ("name: x\ntraining: {stage: encoder, out: o, layers: 3}", "training.layers must be a list"),
    ("name: x\ntraining: {stage: encoder, out: o, layers: [1, 1, x]}", "training.layers[2] is 'x'"),
    ("name: x\ntraining: {stage: encoder, out: o, optimizer: adam}", "did you mean 'adamw'?"),
    ("name: x\ntraining: {stage: encoder, out: o, dropout: 1}", "training.dropout must be at least 0 and below 1"),
    ("name: x\ntraining: {stage: encoder, out: o, learning_rate: .inf}", "must be a finite number"),
    ("name: x\ntraining: {stage: mapper, model: m, confidence: 1}", "training.confidence is '1', but must be true or"),
    ("name: x\ntraining: {stage: mapper, model: m, hidden: 0}", "training.hidden must be a number from 1 to 65536"),
    ("name: x\ntraining: {stage: mapper, model: m, lora: ''}", "training.lora is '', but must be FILE or FILE:WEIGHT"),
    ("name: x\ntraining: {stage: mapper, model: m, lora: 'a:1e9'}", "training.lora"),
    ("name: x\ntraining: {stage: encoder, out: o, lora: a}", "unknown key 'lora' in training"),
    (
      "name: x\ntraining:\n  stage: mapper\n  model: m\n  lora: a\n  sha256: [zz]",
      "spec.yaml:6: training.sha256[0] is 'zz', but must be a SHA-256 of 64 lower-case hexadecimal digits"
    ),
    (
      "name: x\ntraining: {stage: mapper, model: m, lora: [a, b], sha256: [\(digest("a"))]}",
      "training.sha256 has 1 digests for 2 files"
    ),
    ("name: x\nmodel: tiny\ntraining: {stage: encoder, out: o}", "spec.yaml:2: model belongs to a batch of images"),
    ("name: x\nchunk: 4\ntraining: {stage: encoder, out: o}", "chunk belongs to a batch of images"),
    (
      "name: x\ncells: [{emotion: awe, count: 1}]\ntraining: {stage: encoder, out: o}",
      "spec.yaml:2: cells and training make different batches"
    ),
  ]) func whatIsWrongIsNamed(_ text: String, _ message: String) throws {
    let error = #expect(throws: BatchSpecError.self) { try parse(text) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
