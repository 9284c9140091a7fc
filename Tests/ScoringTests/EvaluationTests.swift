import Checkpoints
import Engine
import Files
import Foundation
import Imaging
import Scoring
import TestSupport
import Testing
import Vocabulary

/// Complete comparisons with the shipped model's classifiers.
struct EvaluationTests {
  private let compute: Compute
  private let classifiers: Classifiers

  init() throws {
    compute = try Compute(threads: 2)
    classifiers = try Classifiers(folder: SourceTree.tinyModel)
  }

  private static var settings: SourceReport.Settings {
    var settings = SourceReport.Settings()
    settings.resamples = 50
    return settings
  }

  private func evaluation(_ table: AttributeTable?) throws -> Evaluation {
    try Evaluation(
      classifiers, attributes: table, emotionTemplate: "an image of {emotion}", attributeTemplate: "{attribute}",
      settings: Self.settings, on: compute)
  }

  private func report(_ table: AttributeTable?) throws -> EvaluationReport {
    let evaluation = try evaluation(table)
    for (role, offset) in [(SourceReport.Role.emotion, 0), (.baseline, 100), (.real, 200)] {
      for emotion in [Emotion.awe, .fear] {
        for index in 0..<9 { try evaluation.add(Pictures.noise(UInt64(offset + index)), of: emotion) }
      }
      try evaluation.finish(role.rawValue, role: role, origin: "noise")
    }
    return try evaluation.report()
  }

  @Test func everyMetricOfTheDemosClassifiersIsMeasured() throws {
    let table = try AttributeTable(confidence: "\(SourceTree.tinyModel)/emotion_space/confidence.json")
    let report = try report(table)
    #expect(report.titles.count == Metric.allCases.count)
    #expect(report.titles[.frechetDistance] == "FID (attribute classifier)")
    let own = try #require(report.column(.emotion))
    for metric in Metric.allCases {
      let estimate = try #require(own[metric], "\(metric)")
      #expect(estimate.value.isFinite)
      if metric == .frechetDistance {
        #expect(estimate.low == nil)
      } else {
        #expect((estimate.low ?? .infinity) <= estimate.value + 1e-9 && (estimate.high ?? 0) >= estimate.value - 1e-9)
      }
    }
    // Both emotions have the same images.
    #expect(own.emotions.count == 2 && own.emotions[0].predicted == own.emotions[1].predicted)
    #expect(own.emotions[0].predicted.reduce(0, +) == 9)
    #expect(own.emotions[0].attributes.reduce(0) { $0 + $1.images } == 9)
    #expect(own.occurrence?.attributes == table.own(.awe).count + table.own(.fear).count)
    #expect(report.column(.real)?[.frechetDistance] == nil)
    #expect(report.conclusions.contains { $0.contains("a high Sem-D alone says little") })
  }

  @Test func figuresDependOnNeitherTheThreadsNorTheRun() throws {
    let first = try report(nil).columns[0]
    let single = try Compute(threads: 1)
    let evaluation = try Evaluation(
      classifiers, attributes: nil, emotionTemplate: "{emotion}", attributeTemplate: "{attribute}",
      settings: Self.settings, on: single)
    for emotion in [Emotion.awe, .fear] {
      for index in 0..<9 { try evaluation.add(Pictures.noise(UInt64(index)), of: emotion) }
    }
    try evaluation.finish("again", role: .other, origin: "noise")
    let second = try evaluation.report().columns[0]
    for metric in [Metric.emotionAccuracy, .semanticClarity, .semanticDiversityCosine, .perceptualDistance] {
      #expect(first[metric] == second[metric])
    }
  }

  private func known(_ image: RGBImage) throws -> KnownFigures {
    let figures = try classifiers.image.measure([image], on: compute)
    return KnownFigures(
      features: figures.features[0], probabilities: figures.probabilities[0], confidence: figures.confidences.first)
  }

  /// An image that was measured by itself has the figures that it has among others.
  @Test func imagesWhoseFiguresAreKnownHaveTheSameReport() throws {
    let measured = try report(nil).columns
    let evaluation = try evaluation(nil)
    for (role, offset) in [(SourceReport.Role.emotion, 0), (.baseline, 100), (.real, 200)] {
      for emotion in [Emotion.awe, .fear] {
        for index in 0..<9 {
          let image = Pictures.noise(UInt64(offset + index))
          try evaluation.add(image, of: emotion, known: role == .baseline && index == 4 ? nil : known(image))
        }
      }
      try evaluation.finish(role.rawValue, role: role, origin: "noise")
    }
    let columns = try evaluation.report().columns
    #expect(columns.map(\.figures) == measured.map(\.figures))
    #expect(columns.map { $0.emotions.map(\.predicted) } == measured.map { $0.emotions.map(\.predicted) })
    #expect(columns.map(\.classifiedOccurrence) == measured.map(\.classifiedOccurrence))
  }

  /// Nothing else needs the pixels.
  @Test func withoutOtherNetworksNoPixelsAreNeeded() async throws {
    try await TestFolder.with { folder in
      for part in ["clip", "tokenizer", "emotion_classifier"] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(part)", withDestinationPath: "\(SourceTree.tinyModel)/\(part)")
      }
      let evaluation = try Evaluation(
        Classifiers(folder: folder), attributes: nil, emotionTemplate: "{emotion}", attributeTemplate: "{attribute}",
        settings: Self.settings, on: compute)
      #expect(!evaluation.needsPixels && classifiers.needsPixels)
      for isKnown in [true, false] {
        for index in 0..<3 {
          let image = Pictures.noise(UInt64(index))
          if isKnown {
            try evaluation.add(nil, of: .awe, known: known(image))
          } else {
            try evaluation.add(image, of: .awe)
          }
        }
        try evaluation.finish("\(isKnown)", role: .other, origin: "noise")
      }
      let columns = try evaluation.report().columns
      for metric in [Metric.emotionAccuracy, .semanticDiversityCosine, .textSimilarity] {
        #expect(columns[0][metric] != nil && columns[0][metric] == columns[1][metric])
      }
    }
  }

  /// LPIPS is computed when an emotion's images end, so that no source's vectors are held at once.
  @Test func imagesOfAnEmotionInTwoRunsAreRefused() throws {
    let evaluation = try evaluation(nil)
    for emotion in [Emotion.awe, .fear] { try evaluation.add(Pictures.noise(1), of: emotion) }
    let error = #expect(throws: MetricsError.self) { try evaluation.add(Pictures.noise(2), of: .awe) }
    #expect(error?.description.contains("sort them by emotion") == true)
  }

  @Test func lpipsOfImagesOfSeveralSizesIsRefused() async throws {
    try await TestFolder.with { folder in
      for part in ["clip", "tokenizer", "emotion_classifier"] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(part)", withDestinationPath: "\(SourceTree.tinyModel)/\(part)")
      }
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/lpips", withDestinationPath: SourceTree.fixture("metrics/lpips"))
      let measurer = try Measurer(
        Classifiers(folder: folder), attributes: nil, emotionTemplate: "{emotion}", attributeTemplate: "{attribute}",
        on: compute)
      try measurer.add(Pictures.noise(1), of: .awe)
      try measurer.add(Pictures.noise(2, side: 96), of: .awe)
      let error = #expect(throws: MetricsError.self) { try measurer.finish() }
      #expect(error?.description.contains("images of one size") == true)
    }
  }

  /// A folder in whatever order gives what its images give emotion by emotion.
  @Test func foldersAreMeasuredEmotionByEmotion() async throws {
    try await TestFolder.with { folder in
      var rows = ""
      for index in 0..<20 {
        for emotion in ["fear", "awe"] {
          try Pictures.write(Pictures.noise(UInt64(index)), to: "\(folder)/\(emotion)-\(index).png")
          rows += #"{"file_name": "\#(emotion)-\#(index).png", "emotion": "\#(emotion)"}"# + "\n"
        }
      }
      try rows.write(toFile: "\(folder)/metadata.jsonl", atomically: true, encoding: .utf8)
      let column = FolderColumn(
        label: "folder", role: .emotion, images: try LabelledImages(folder, emotions: [.awe, .fear]))
      let evaluation = try evaluation(nil)
      var steps: [Int] = []
      try evaluation.measure(column) { steps.append($0) }
      #expect(steps == [16, 32, 40])
      for emotion in [Emotion.awe, .fear] {
        for index in 0..<20 { try evaluation.add(Pictures.noise(UInt64(index)), of: emotion) }
      }
      try evaluation.finish("by hand", role: .other, origin: "noise")
      let columns = try evaluation.report().columns
      #expect(columns[0].images == 40 && columns[0].figures == columns[1].figures)
    }
  }

  @Test func aSourceWithoutImagesIsRefused() throws {
    let evaluation = try evaluation(nil)
    let error = #expect(throws: MetricsError.self) { try evaluation.finish("x", role: .other, origin: "the batch 7") }
    #expect(error?.description.contains("the batch 7") == true)
  }

  @Test func theErrorForAFolderWithoutClassifiersNamesTheMissingOne() async throws {
    try await TestFolder.with { folder in
      let none = #expect(throws: MetricsError.self) { try Classifiers(folder: folder) }
      #expect(none?.description.contains("no folder 'clip'") == true)
      try FileManager.default.createSymbolicLink(
        atPath: "\(folder)/clip", withDestinationPath: "\(SourceTree.tinyModel)/clip")
      let one = #expect(throws: MetricsError.self) { try Classifiers(folder: folder) }
      #expect(one?.description.contains("no folder 'emotion_classifier'") == true)
    }
  }

  @Test func aClassifierOfAnotherWidthIsRefused() async throws {
    try await TestFolder.with { folder in
      for part in ["clip", "tokenizer"] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(part)", withDestinationPath: "\(SourceTree.tinyModel)/\(part)")
      }
      try FileManager.default.createDirectory(
        atPath: "\(folder)/emotion_classifier", withIntermediateDirectories: true)
      try Safetensors.write(
        path: "\(folder)/emotion_classifier/model.safetensors",
        tensors: [("fc.weight", Tensor([8, 768])), ("fc.bias", Tensor([8]))])
      let error = #expect(throws: CheckpointError.self) { try Classifiers(folder: folder) }
      #expect(error?.message.contains("width 768") == true && error?.message.contains("gives 128") == true)
    }
  }

  @Test(arguments: [
    ("clip", "visual_projection.weight"), ("emotion_classifier", "fc.bias"), ("attribute_classifier", "fc_2.2.bias"),
  ])
  func aNetworkWhoseResultsAreNotFiniteIsNamed(part: String, tensor: String) async throws {
    try await TestFolder.with { folder in
      try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: "\(folder)/model")
      try WeightDamage.set(tensor, to: .nan, in: "\(folder)/model/\(part)/model.safetensors")
      let measurer = try Measurer(
        Classifiers(folder: "\(folder)/model"), attributes: nil, emotionTemplate: "{emotion}",
        attributeTemplate: "{attribute}", on: compute)
      let error = #expect(throws: MetricsError.self) {
        try measurer.add(Pictures.noise(1), of: .awe)
        _ = try measurer.finish()
      }
      #expect(error?.description.contains("'\(part)' gave numbers that are not finite") == true, "\(error)")
    }
  }

  @Test func theOfficialNetworksReplaceTheDemosClassifiers() async throws {
    try await TestFolder.with { folder in
      for part in ["clip", "tokenizer", "emotion_classifier"] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(part)", withDestinationPath: "\(SourceTree.tinyModel)/\(part)")
      }
      for (part, fixture) in [
        ("imagenet", "resnet"), ("places365", "resnet"), ("inception", "inception"), ("lpips", "lpips"),
      ] {
        try FileManager.default.createSymbolicLink(
          atPath: "\(folder)/\(part)", withDestinationPath: SourceTree.fixture("metrics/\(fixture)"))
      }
      let official = try Classifiers(folder: folder)
      #expect(official.title(.semanticClarity) == "Sem-C (ImageNet, Places365)")
      #expect(official.title(.frechetDistance) == "FID" && official.title(.perceptualDistance) == "LPIPS")
      let measurer = try Measurer(
        official, attributes: nil, emotionTemplate: "{emotion}", attributeTemplate: "{attribute}", on: compute)
      for index in 0..<2 { try measurer.add(Pictures.noise(UInt64(index)), of: .awe) }
      let group = try #require(try measurer.finish().groups[.awe])
      #expect(group.frechetFeatures.map(\.count) == [128, 128] && group.perceptual != nil)
      #expect(group.confidences.count == 2 && group.classifiedAttributes.isEmpty && group.nearestAttributes.isEmpty)
    }
  }
}
