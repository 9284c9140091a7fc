import EmoGen
import Engine
import Foundation
import TestSupport
import Testing
import Vocabulary
import Worker

/// Loading and eviction of real model folders.
@Suite struct ModelCacheTests {
  /// Copies of the shipped model whose scheduler configurations end in different numbers of line breaks, so that their
  /// digests differ.
  private static func withModels(_ count: Int, _ body: ([Model]) async throws -> Void) async throws {
    try await TestFolder.with { home in
      let models = try (0..<count).map { number in
        let model = Model(folder: "\(home)/model-\(number)")
        try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: model.folder)
        try model.change(lines: number)
        return model
      }
      try await body(models)
    }
  }

  private struct Model {
    let folder: String

    func digest() throws -> String { try ModelFolder(folder).describe().digest }

    func change(lines: Int) throws {
      let file = "\(folder)/scheduler/scheduler_config.json"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try (text + String(repeating: "\n", count: lines)).write(toFile: file, atomically: true, encoding: .utf8)
    }
  }

  private static func cache(_ capacity: Int) throws -> ModelCache {
    ModelCache(capacity: capacity, compute: try Compute(threads: 1))
  }

  /// Requests a model and returns whether its files were read.
  private static func loads(_ cache: ModelCache, _ folder: String, _ digest: String) throws -> Bool {
    var parts = 0
    let pipeline = try cache.pipeline(folder: folder, digest: digest, additions: .none) { parts += 1 }
    #expect(pipeline.model.digest == digest)
    return parts > 0
  }

  @Test func theLeastRecentlyUsedModelLeaves() async throws {
    try await Self.withModels(3) { models in
      let cache = try Self.cache(2)
      let digests = try models.map { try $0.digest() }
      #expect(Set(digests).count == 3)
      func loads(_ number: Int) throws -> Bool { try Self.loads(cache, models[number].folder, digests[number]) }
      #expect(try loads(0))
      #expect(try loads(1))
      // This use makes the other model the least recently used one.
      #expect(try !loads(0))
      #expect(try loads(2))
      #expect(try !loads(0))
      #expect(try loads(1))
      // It evicted model 2.
      #expect(try loads(2))
    }
  }

  @Test func aFolderThatChangedIsReadAgainForABatchOfItsNewFiles() async throws {
    try await Self.withModels(1) { models in
      let (cache, model) = (try Self.cache(2), models[0])
      let before = try model.digest()
      #expect(try Self.loads(cache, model.folder, before))
      try model.change(lines: 1)
      let after = try model.digest()
      #expect(before != after)
      // Batches of the old files continue with the loaded model.
      #expect(try !Self.loads(cache, model.folder, before))
      #expect(try Self.loads(cache, model.folder, after))
      #expect(try !Self.loads(cache, model.folder, before))
      #expect(try !Self.loads(cache, model.folder, after))
    }
  }

  @Test func anotherVariantIsAnotherModelAndWhatWasAssumedIsSaidAtEachLoad() async throws {
    try await Self.withModels(1) { models in
      let (cache, folder) = (try Self.cache(2), models[0].folder)
      let file = "\(folder)/vae/diffusion_pytorch_model"
      try FileManager.default.moveItem(atPath: "\(file).safetensors", toPath: "\(file).one.safetensors")
      try FileManager.default.copyItem(atPath: "\(file).one.safetensors", toPath: "\(file).two.safetensors")
      try WeightDamage.set("decoder.conv_out.bias", to: 0.25, in: "\(file).two.safetensors")
      var notices: [String] = []
      func pipeline(_ variant: String) throws -> EmoGenPipeline {
        let digest = try ModelFolder(folder, variant: variant).describe().digest
        return try cache.pipeline(
          folder: folder, variant: variant, digest: digest, additions: .none, notice: { notices.append($0) }
        ) {}
      }
      let (one, two) = (try pipeline("one"), try pipeline("two"))
      #expect(one.model.variant == "one" && two.model.variant == "two")
      #expect(one.model.digest != two.model.digest)
      let again = try pipeline("one")
      #expect(again === one)
      #expect(notices.filter { $0.contains("unet has no variant 'one'") }.count == 1, "\(notices)")
      #expect(notices.filter { $0.contains("unet has no variant 'two'") }.count == 1, "\(notices)")
    }
  }

  @Test func aFolderWithOtherFilesIsRefusedAndNotKept() async throws {
    try await Self.withModels(1) { models in
      let (cache, model) = (try Self.cache(2), models[0])
      let before = try model.digest()
      try model.change(lines: 1)
      let error = #expect(throws: ModelMismatch.self) {
        try cache.pipeline(folder: model.folder, digest: before, additions: .none) {}
      }
      #expect(error?.wanted == before)
      let now = try model.digest()
      #expect(error?.loaded.digest == now)
      #expect(throws: ModelMismatch.self) {
        try cache.pipeline(folder: model.folder, digest: before, additions: .none) {}
      }
      #expect(try Self.loads(cache, model.folder, now))
    }
  }
}
