import Checkpoints
import EmoGen
import Engine
import Files
import Foundation
import Models
import Releases
import TestSupport
import Testing
import Vocabulary

/// Imports files that PyTorch and Python wrote in the formats of EmoGen's releases: `Tests/Fixtures/import/make.py`.
struct ReleaseImportTests {
  private func source(_ name: String) -> String { SourceTree.fixture("import/\(name)") }

  private func contents(_ folder: String) -> [String] {
    (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String] ?? []).sorted()
  }

  /// The message that refuses an import into `folder`.
  private func refusal(_ sources: [String], replacing: Bool = false, into folder: String) -> String {
    let before = contents(folder)
    let error = #expect(throws: CheckpointError.self) {
      try ReleaseImport.run(sources, into: folder, replacing: replacing)
    }
    #expect(contents(folder) == before)
    return error?.description ?? ""
  }

  // MARK: - Imports

  @Test func anEmotionSpaceIsImported() async throws {
    try await TestFolder.with { folder in
      let record = try ReleaseImport.run([source("space")], into: "\(folder)/model")
      let path = "emotion_space/gaussians.safetensors"
      #expect(record.files.map(\.path) == [path])
      #expect(contents("\(folder)/model") == ["emogen.json", "emotion_space", path, "import.json"])
      _ = try EmotionSpace(Weights(file: "\(folder)/model/\(path)"), width: 6)
      let written = try SafetensorsFile(path: "\(folder)/model/\(path)")
      #expect(written.tensorNames.count == 16)
      guard case .tensor(let mean) = try TorchFile(path: source("space/fear_mean_v2.pt")).value else {
        Issue.record("no tensor")
        return
      }
      #expect(try written.tensor("fear.mean").values == mean.values)
      #expect(record.files[0].sources.count == 16)
      #expect(record.files[0].tensors.first { $0.name == "fear.std" }?.source == "fear_std_v2.pt")
      #expect(try ImportRecord.read(in: "\(folder)/model") == record)
      #expect(
        try String(contentsOfFile: "\(folder)/model/import.json", encoding: .utf8).contains("\"original\" : null"))
    }
  }

  @Test(arguments: ["encoder.pth", "encoder-backbone.pth"])
  func anEncoderComputesWhatPyTorchComputes(name: String) async throws {
    try await TestFolder.with { folder in
      let record = try ReleaseImport.run(
        [source(name)], into: folder, picture: EncoderPicture(size: 32, mean: 0.25, deviation: 0.75))
      let part = "\(folder)/emotion_encoder"
      let configuration = try ResNetConfiguration(file: "\(part)/config.json")
      #expect(configuration.width == 2 && configuration.layers == [1, 2] && configuration.embedding == 6)
      #expect(configuration.classes == Emotion.names)
      #expect(configuration.imageSize == 32 && configuration.mean == 0.25 && configuration.deviation == 0.75)

      let encoder = try ResNetClassifier(.open(folder: part), configuration)
      let reference = try golden("import/encoder.safetensors")
      let compute = try Compute(threads: 1)
      let pixels = try #require(reference["pixels"])
      let vectors = encoder.embed(Tensor(pixels.shape, pixels.values), on: compute)
      let logits = encoder.classify(vectors, on: compute)
      for (tensor, key) in [(vectors, "vectors"), (logits, "logits")] {
        let expected = try #require(reference[key])
        #expect(tensor.shape == expected.shape)
        #expect(zip(tensor.values, expected.values).allSatisfy { abs($0 - $1) < 1e-4 }, "\(key)")
      }

      let leftOut = record.files[1].leftOut.flatMap(\.names)
      #expect(leftOut.contains { $0.hasSuffix("bn1.num_batches_tracked") })
      #expect(leftOut.contains("cnn.fc.weight") == (name == "encoder.pth"))
      #expect(leftOut.contains("backbone.4.0.conv2.weight") == (name == "encoder.pth"))
      let convolution = record.files[1].tensors.first { $0.name == "cnn.layer2.1.conv2.weight" }
      #expect(
        convolution?.original == (name == "encoder.pth" ? "cnn" : "backbone") + ".layer2.1.conv2.weight")
    }
  }

  @Test func anEncodersPreprocessingIsTheReleasesByDefault() async throws {
    try await TestFolder.with { folder in
      _ = try ReleaseImport.run([source("encoder.pth")], into: folder)
      let configuration = try ResNetConfiguration(file: "\(folder)/emotion_encoder/config.json")
      #expect(configuration.imageSize == 224 && configuration.mean == 0.5 && configuration.deviation == 0.5)
    }
  }

  @Test(arguments: ["mapper", "mapper-norm-dropout"])
  func aMapperComputesWhatPyTorchComputes(name: String) async throws {
    try await TestFolder.with { folder in
      _ = try ReleaseImport.run([source("\(name).pth")], into: folder)
      let mapper = try Mapper(
        .open(folder: "\(folder)/mapper"), configuration: "\(folder)/mapper/config.json")
      #expect(mapper.inputs == 6 && mapper.outputs == 12)
      let reference = try golden("import/\(name).safetensors")
      let (vectors, tokens) = (try #require(reference["vectors"]), try #require(reference["tokens"]))
      let mapped = try mapper(Tensor(vectors.shape, vectors.values), on: Compute(threads: 1))
      #expect(zip(mapped.values, tokens.values).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  @Test(arguments: ["arrays-2", "arrays-4", "lists-2", "lists-4", "scalars-2", "scalars-4"])
  func confidencesOfEveryFormAreImported(form: String) async throws {
    try await TestFolder.with { folder in
      _ = try ReleaseImport.run(
        [SourceTree.fixture("pickle/confidence-\(form).pkl"), source("confidence-named.pkl")], into: folder)
      let table: [String: [String: Float]] = try ConfigFile.read(from: "\(folder)/emotion_space/confidence.json")
      #expect(Set(table.keys) == ["cemetery", "ferris_wheel", "Swimming Pool"])
      #expect(table["cemetery"]?["sadness"] == 0.972)
      #expect(table["cemetery"]?.count == 8)
      #expect(table["Swimming Pool"]?["anger"] == 0.5)
    }
  }

  @Test func theLaterTableWinsIfTwoNameAnAttribute() async throws {
    try await TestFolder.with { folder in
      let earlier = SourceTree.fixture("pickle/confidence-arrays-4.pkl")
      let record = try ReleaseImport.run([earlier, source("confidence-named.pkl")], into: folder)
      let table: [String: [String: Float]] = try ConfigFile.read(from: "\(folder)/emotion_space/confidence.json")
      #expect(table["ferris_wheel"]?["contentment"] == 0)
      #expect(table["ferris_wheel"]?["excitement"] == 0.5)
      #expect(record.files[0].leftOut.map(\.names) == [["Ferris wheel"]])
      #expect(record.files[0].leftOut[0].reason == "also in confidence-named.pkl, which was given later")
    }
  }

  @Test func theRecordKeepsWhatEarlierImportsWrote() async throws {
    try await TestFolder.with { folder in
      let first = try ReleaseImport.run([source("mapper.pth"), source("classifier.pth")], into: folder)
      #expect(
        first.files.map(\.path) == [
          "emotion_classifier/config.json", "emotion_classifier/model.safetensors", "mapper/config.json",
          "mapper/model.safetensors",
        ])
      let second = try ReleaseImport.run([source("mapper-norm-dropout.pth")], into: folder, replacing: true)
      let record = try #require(try ImportRecord.read(in: folder))
      #expect(record.files == Array(first.files.prefix(2)) + second.files)
      for file in record.files {
        #expect(try ModelFile(hashing: "\(folder)/\(file.path)", as: file.path).sha256 == file.sha256)
      }
      let source = try ModelFile(hashing: source("mapper-norm-dropout.pth"), as: "mapper-norm-dropout.pth")
      #expect(record.files.last?.sources == [source])
    }
  }

  // MARK: - Refusals

  @Test(arguments: [
    (["layer.pth"], "holds a state dict of 2 tensors: 'fc.weight' [6, 6], 'fc.bias' [6]"),
    (["../pickle/checkpoint.pth"], "'1.running_mean' [2]"),
    (["../pickle/tensors-2-zip.pth"], "and 8 more"),
    (["encoder-differing.pth"], "'cnn.bn1.bias' and 'backbone.1.bias' belong to the same layer"),
    (["encoder-incomplete.pth"], "misses tensor 'cnn.layer1.0.bn2.running_var'"),
    (["encoder-undefined.pth"], "tensor 'fc_1.bias' holds a value that is infinite or not a number"),
    (["encoder-basic.pth"], "no blocks of three convolutions"),
    (["encoder.pth", "encoder-backbone.pth"], "is an emotion encoder, and"),
    (["mapper.pth", "mapper-bare.pth"], "is a mapper, and"),
    (["mapper-bare.pth"], "not numbered as those of a supported mapper"),
    (["space/awe_mean_v2.pt", "space/fear_std_v2.pt"], "there is no file of amusement.mean"),
    (["space", "../pickle/awe_mean_v2.pt"], "is 'awe.mean', and"),
    (["space/fear_std_v2.pt", "awe_std_short.pt"], "has 5 numbers, but"),
    (["awe_std_negative.pt"], "a deviation is negative"),
    (["confidence-wrong.pkl"], "attribute 'bag' are not confidences"),
    (["space/nothing.pt"], "there is no such file or folder"),
    (["../commands/help"], "the folder has no file that ends in"),
    (["space", "confidence-wrong.pkl"], "not confidences"),
  ])
  func aWrongFileIsRefusedAndNothingIsWritten(names: [String], message: String) async throws {
    try await TestFolder.with { folder in
      let found = refusal(names.map(source), into: "\(folder)/model")
      #expect(found.contains(message), "\(found)")
      #expect(contents(folder) == [])
    }
  }

  @Test func aVectorWithoutAnEmotionsNameIsRefused() async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/joy_mean_v2.pt"
      try FileManager.default.copyItem(atPath: source("space/awe_mean_v2.pt"), toPath: file)
      let message = refusal([file], into: folder)
      #expect(message.hasPrefix(file) && message.contains("a vector of 6 numbers"), "\(message)")
    }
  }

  @Test func aPickleThatWouldRunCodeIsRefusedByName() async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/encoder.pth"
      let pickle =
        [0x80, 2] + Array("cos\nsystem\n".utf8) + [0x58, 4, 0, 0, 0] + Array("true".utf8) + [0x85, 0x52, 0x2e]
      try Data(pickle).write(to: URL(filePath: file))
      let message = refusal([source("space"), file], into: "\(folder)/model")
      #expect(message.hasPrefix(file) && message.contains("'os.system'"), "\(message)")
    }
  }

  @Test func existingFilesAreOverwrittenOnlyOnRequest() async throws {
    try await TestFolder.with { folder in
      _ = try ReleaseImport.run([source("mapper.pth")], into: folder)
      let before = try ModelFile(hashing: "\(folder)/mapper/model.safetensors", as: "")
      let message = refusal([source("mapper-norm-dropout.pth"), source("space")], into: folder)
      #expect(message.contains("mapper/config.json: already exists"), "\(message)")
      #expect(try ModelFile(hashing: "\(folder)/mapper/model.safetensors", as: "") == before)
      _ = try ReleaseImport.run([source("mapper-norm-dropout.pth"), source("space")], into: folder, replacing: true)
      #expect(try ModelFile(hashing: "\(folder)/mapper/model.safetensors", as: "") != before)
    }
  }

  @Test func anImportReplacesNeitherLinksNorOtherWeights() async throws {
    try await TestFolder.with { folder in
      let (own, plugged) = ("\(folder)/own", "\(folder)/plugged")
      _ = try ReleaseImport.run([source("mapper.pth")], into: own)
      try FileManager.default.createDirectory(atPath: plugged, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: "\(plugged)/mapper", withDestinationPath: "\(own)/mapper")
      let link = refusal([source("mapper.pth")], replacing: true, into: plugged)
      #expect(link.contains("is a link to \(own)/mapper"), "\(link)")

      try FileManager.default.moveItem(
        atPath: "\(own)/mapper/model.safetensors", toPath: "\(own)/mapper/diffusion_pytorch_model.safetensors")
      let weights = refusal([source("mapper.pth")], replacing: true, into: own)
      #expect(weights.contains("(diffusion_pytorch_model.safetensors)"), "\(weights)")
    }
  }

  @Test func anInvalidImportRecordIsRefusedAndKept() async throws {
    try await TestFolder.with { folder in
      try Data("{}".utf8).write(to: URL(filePath: "\(folder)/import.json"))
      #expect(refusal([source("space")], into: folder).contains("import.json: misses the key 'files'"))
    }
  }
}
