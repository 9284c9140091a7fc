import Checkpoints
import EmoGen
import Engine
import Files
import Foundation
import Loaders
import TestSupport
import Testing
import Training
import Vocabulary

/// Trains the mapper on the shipped model with files added to it.
struct AdaptedBaseTests {
  private static let kohya = SourceTree.fixture("additions/kohya.safetensors")
  private static let peft = SourceTree.fixture("additions/peft.safetensors")
  private static let cat = SourceTree.fixture("additions/cat.bin")

  private static func loras(_ uses: String...) -> Additions {
    Additions(loras: uses.compactMap(LoRAUse.init))
  }

  private static func plan(_ additions: Additions, model: String = SourceTree.tinyModel, out: String) -> TrainingPlan {
    var mapper = MapperPlan(model: model)
    mapper.additions = additions
    var settings = MapperPlan.settings
    (settings.steps, settings.batch, settings.checkpointEvery) = (4, 4, 2)
    return TrainingPlan(
      stage: .mapper(mapper), data: TrainingPictures(perAttribute: 1), settings: settings, out: out)
  }

  /// Trains to the end.
  ///
  /// - Returns: the exported weights and the messages.
  private static func train(_ plan: TrainingPlan) throws -> (weights: Data, notices: [String]) {
    var notices: [String] = []
    let prepared = try plan.prepare(on: Compute(threads: 2), notice: { notices.append($0) })
    #expect(try prepared.run.run(exportTo: prepared.out) == .finished)
    return (try weights(plan.out), notices)
  }

  private static func weights(_ folder: String) throws -> Data {
    try Data(contentsOf: URL(filePath: "\(folder)/model.safetensors"))
  }

  /// A copy of the shipped model into whose weights the LoRAs are merged; its other parts are links.
  private static func merged(_ additions: Additions, at folder: String) throws {
    let files = FileManager.default
    let parts: [ModelPart] = [.unet, .textEncoder]
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for part in try files.contentsOfDirectory(atPath: SourceTree.tinyModel)
    where !parts.map(\.rawValue).contains(part) {
      try files.createSymbolicLink(
        atPath: "\(folder)/\(part)", withDestinationPath: "\(SourceTree.tinyModel)/\(part)")
    }
    let model = try AdaptedModel(BaseModel(SourceTree.tinyModel), additions, on: Compute(threads: 1))
    for part in parts {
      let (from, to) = ("\(SourceTree.tinyModel)/\(part.rawValue)", "\(folder)/\(part.rawValue)")
      try files.createDirectory(atPath: to, withIntermediateDirectories: true)
      try files.copyItem(atPath: "\(from)/config.json", toPath: "\(to)/config.json")
      let weights = try model.weights(part)
      let file = try #require(try files.contentsOfDirectory(atPath: from).first { $0.hasSuffix(".safetensors") })
      try Safetensors.write(
        path: "\(to)/\(file)",
        tensors: weights.names.map { ($0, try weights.tensor($0, weights.shape(of: $0) ?? [])) })
    }
  }

  @Test func trainingWithLoRAsEqualsTrainingOnAFolderIntoWhichTheyAreMerged() async throws {
    try await TestFolder.with { folder in
      let additions = Self.loras("\(Self.kohya):0.7", "\(Self.peft):-0.4")
      try Self.merged(additions, at: "\(folder)/merged")
      let expected = try Self.train(Self.plan(.none, model: "\(folder)/merged", out: "\(folder)/a")).weights
      let (found, notices) = try Self.train(Self.plan(additions, out: "\(folder)/b"))
      #expect(found == expected)
      let said = notices.filter { $0.contains("is trained with the LoRA") }
      #expect(said.count == 2 && said[0].contains("kohya.safetensors:0.7 (SHA-256 "), "\(notices)")

      let plain = try Self.train(Self.plan(.none, out: "\(folder)/c"))
      #expect(plain.weights != found)
      let idle = try Self.train(Self.plan(Self.loras("\(Self.kohya):0"), out: "\(folder)/d"))
      #expect(idle.weights == plain.weights)
      #expect(idle.notices.contains { $0.contains("kohya.safetensors:0.0, which changes nothing") })
      #expect(plain.notices.isEmpty, "\(plain.notices)")
    }
  }

  @Test func anInterruptedTrainingContinuesWithItsFilesAndRefusesOthers() async throws {
    try await TestFolder.with { folder in
      let (lora, moved) = ("\(folder)/style.safetensors", "\(folder)/moved.safetensors")
      for path in [lora, moved] { try FileManager.default.copyItem(atPath: Self.kohya, toPath: path) }
      let plan = Self.plan(Self.loras("\(lora):0.8"), out: "\(folder)/mapper")
      try Self.interrupt(plan)

      for other in [.none, Self.loras("\(lora):0.7"), Self.loras("\(Self.peft):0.8")] {
        let prepared = try Self.plan(other, out: plan.out).prepare(on: Compute(threads: 1))
        let error = #expect(throws: TrainingError.self) { try prepared.run.run(exportTo: plan.out) }
        #expect(error?.message.contains("belongs to another run, which differs in: inputs") == true, "\(error as Any)")
      }
      // The path does not count.
      let again = Self.plan(Self.loras("\(moved):0.8"), out: plan.out)
      let prepared = try again.prepare(on: Compute(threads: 1))
      var steps: [Int] = []
      #expect(try prepared.run.run(exportTo: plan.out, report: { steps.append($0.step) }) == .finished)
      #expect(steps == [2, 3, 4])
      let whole = try Self.train(Self.plan(Self.loras("\(lora):0.8"), out: "\(folder)/whole"))
      #expect(try Self.weights(plan.out) == whole.weights)
    }
  }

  /// Trains one step, saves the state and releases the run's folder.
  private static func interrupt(_ plan: TrainingPlan) throws {
    let prepared = try plan.prepare(on: Compute(threads: 1))
    #expect(try prepared.run.run(exportTo: plan.out, shouldStop: { true }) == .interrupted(step: 1))
  }

  @Test func anotherFileThanTheOneAskedForIsRefused() async throws {
    try await TestFolder.with { folder in
      let lora = "\(folder)/style.safetensors"
      try FileManager.default.copyItem(atPath: Self.kohya, toPath: lora)
      let plan = try Self.plan(Self.loras(lora), out: "\(folder)/mapper").mapFiles { try $0.identified() }
      try FileManager.default.removeItem(atPath: lora)
      try FileManager.default.copyItem(atPath: Self.peft, toPath: lora)
      let error = #expect(throws: CheckpointError.self) { try plan.prepare(on: Compute(threads: 1)) }
      #expect(error?.file == lora && error?.message.hasPrefix("the file has changed: its SHA-256 is") == true)
    }
  }

  @Test func aVAEGivesTheLatents() async throws {
    try await TestFolder.with { folder in
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/vae", toPath: "\(folder)/vae")
      let file = URL(filePath: "\(folder)/vae/config.json")
      let data = try Data(contentsOf: file)
      var config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      let factor = try #require(config["scaling_factor"] as? Double)
      let same = Additions(vae: AddedFile(path: "\(folder)/vae"))
      let expected = try Self.train(Self.plan(.none, out: "\(folder)/a")).weights
      #expect(try Self.train(Self.plan(same, out: "\(folder)/b")).weights == expected)
      config["scaling_factor"] = factor * 2
      try JSONSerialization.data(withJSONObject: config).write(to: file)
      #expect(try Self.train(Self.plan(same, out: "\(folder)/c")).weights != expected)
    }
  }

  /// `<cat>` is an attribute of the table; its embedding changes what the mapper is compared with.
  @Test func anEmbeddingStandsForItsTokenInAttributes() async throws {
    try await TestFolder.with { folder in
      let model = "\(folder)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: model)
      let table = "\(model)/emotion_space/confidence.json"
      let confidence = try Confidence(file: table, emotions: Emotion.names)
      let name = try #require(confidence.table.keys.sorted().first)
      let additions = Additions(embeddings: [EmbeddingUse(file: AddedFile(path: Self.cat))])
      let plain = try Self.train(Self.plan(.none, model: model, out: "\(folder)/a"))
      let unused = try Self.train(Self.plan(additions, model: model, out: "\(folder)/b"))
      #expect(unused.weights == plain.weights)
      #expect(unused.notices.contains { $0.hasPrefix("no attribute's name contains the embedding's token '<cat>'") })

      let renamed = try String(contentsOfFile: table, encoding: .utf8).replacing("\"\(name)\"", with: "\"<cat>\"")
      try #require(try renamed != String(contentsOfFile: table, encoding: .utf8))
      try Data(renamed.utf8).write(to: URL(filePath: table))
      let words = try Self.train(Self.plan(.none, model: model, out: "\(folder)/c"))
      let used = try Self.train(Self.plan(additions, model: model, out: "\(folder)/d"))
      #expect(used.weights != words.weights)
      #expect(!used.notices.contains { $0.contains("no attribute's name") }, "\(used.notices)")
    }
  }

  @Test func aTrainedMapperSaysWhatItWasTrainedWith() async throws {
    try await TestFolder.with { folder in
      let model = "\(folder)/model"
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: model)
      let additions = Self.loras("\(Self.kohya):0.8", "\(Self.peft):0")
      _ = try Self.train(Self.plan(additions, model: model, out: "\(model)/mapper"))

      func warnings(_ additions: Additions, _ subject: Subject = .emotion(EmotionSpec(.awe), prompt: "")) throws
        -> [String]
      {
        let pipeline = try EmoGenPipeline.load(ModelFolder(model), additions: additions, on: Compute(threads: 1))
        return try pipeline.warnings(
          for: RenderRequest(subject: subject, settings: pipeline.model.defaults, seeds: []))
      }
      let use = "the LoRA \(Self.kohya):0.8, which this request"
      #expect(
        try warnings(.none) == [
          "the mapper was trained with \(use) does not add: add it with --lora as written here, or emotions may look different"
        ])
      #expect(try warnings(Self.loras("\(Self.kohya):0.5")).first?.contains("adds with the weight 0.5") == true)
      #expect(try warnings(Self.loras("\(Self.kohya):0.8")) == [])
      #expect(try warnings(.none, .text("a castle")) == [])

      // Another mapper in the same folder, without a record of its own.
      let mapper = "\(model)/mapper/model.safetensors"
      try FileManager.default.removeItem(atPath: mapper)
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/mapper/model.safetensors", toPath: mapper)
      #expect(try warnings(.none) == [])
      try Data("[]".utf8).write(to: URL(filePath: "\(model)/mapper/training.json"))
      #expect(try warnings(.none).first?.hasPrefix("it is unknown which files were added") == true)
    }
  }

  @Test func withoutAddedFilesTheRecordIsAsBefore() async throws {
    try await TestFolder.with { folder in
      _ = try Self.train(Self.plan(.none, out: folder))
      let data = try Data(contentsOf: URL(filePath: "\(folder)/training.json"))
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(
        Set(object.keys) == [
          "pooling", "attribute_weight", "attribute_temperature", "uses_confidence", "vector_noise",
        ])
    }
  }
}
