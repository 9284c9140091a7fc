import Imaging

/// The comparison of a replayed image with its original.
package struct ReplayComparison: Sendable, Equatable {
  package enum Outcome: Sendable, Equatable {
    /// The files are the same, byte for byte.
    case sameBytes
    /// The files are the same but for the signature.
    case sameUnsigned
    /// The pixels are the same; the texts or the compression differ.
    case samePixels
    /// - Parameters:
    ///   - count: Pixels with a channel that differs.
    ///   - maximum: The largest difference of a channel, 1…255.
    ///   - mean: The mean difference over all channels of all pixels.
    case differentPixels(count: Int, maximum: Int, mean: Double)
    /// The images have different sizes.
    case differentSize
  }

  package let outcome: Outcome
  /// The engine kinds of the original and of the replay.
  package let engineKinds: (original: String, replay: String)
  /// The programs of the original and of the replay.
  package let generators: (original: ProvenanceRecord.Generator, replay: ProvenanceRecord.Generator)
  /// Pixels of the original.
  private let area: Int

  /// - Parameter unsigned: both files without their signatures, if the original has one.
  /// - Throws: `PNGError` or `ProvenanceError` if a file is damaged or carries no record.
  package init(
    original: [UInt8], replay: [UInt8], unsigned: (original: [UInt8], replay: [UInt8])? = nil, named name: String
  ) throws {
    let first = try PNG.decode(original, named: name)
    let second = try PNG.decode(replay, named: "replay of \(name)")
    let recorded = try PNGProvenance.record(in: first.texts, named: name)
    let rendered = try PNGProvenance.record(in: second.texts, named: "replay of \(name)")
    engineKinds = (recorded.engineKind, rendered.engineKind)
    generators = (recorded.generator, rendered.generator)
    area = first.image.width * first.image.height
    if original == replay {
      outcome = .sameBytes
    } else if let unsigned, unsigned.original == unsigned.replay {
      outcome = .sameUnsigned
    } else {
      outcome = Self.compare(first.image, second.image)
    }
  }

  private static func compare(_ first: RGBImage, _ second: RGBImage) -> Outcome {
    guard first.width == second.width, first.height == second.height else { return .differentSize }
    var (count, maximum, sum) = (0, 0, 0)
    for pixel in 0..<first.width * first.height {
      var largest = 0
      for index in 3 * pixel..<3 * pixel + 3 {
        let difference = abs(Int(first.pixels[index]) - Int(second.pixels[index]))
        largest = max(largest, difference)
        sum += difference
      }
      count += largest > 0 ? 1 : 0
      maximum = max(maximum, largest)
    }
    guard count > 0 else { return .samePixels }
    return .differentPixels(count: count, maximum: maximum, mean: Double(sum) / Double(first.pixels.count))
  }

  /// Whether the promise that one engine kind reproduces its images is broken: the bytes differ although engine kind
  /// and program are the same.
  package var isBreach: Bool {
    ![.sameBytes, .sameUnsigned].contains(outcome) && engineKinds.original == engineKinds.replay
      && generators.original == generators.replay
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.outcome == right.outcome && left.engineKinds == right.engineKinds && left.generators == right.generators
      && left.area == right.area
  }
}

extension ReplayComparison: CustomStringConvertible {
  /// One line for the difference, and one for each possible reason.
  package var description: String {
    var lines: [String]
    switch outcome {
    case .sameBytes: lines = ["identical: the same bytes"]
    case .sameUnsigned:
      lines = ["the same bytes but for the signature, which only the key that made it makes again"]
    case .samePixels: lines = ["the same pixels; the files differ in their texts or compression"]
    case .differentSize: lines = ["the images have different sizes"]
    case .differentPixels(let count, let maximum, let mean):
      let average = Double(Int(mean * 10_000 + 0.5)) / 10_000
      lines = ["\(count) of \(area) pixels differ, at most by \(maximum) of 255, on average by \(average)"]
    }
    if engineKinds.original != engineKinds.replay {
      lines.append("made by engine kind \(engineKinds.original), replayed by \(engineKinds.replay)")
    }
    if generators.original != generators.replay {
      let (first, second) = generators
      lines.append("made by \(first.name) \(first.version), replayed by \(second.name) \(second.version)")
    }
    return lines.joined(separator: "\n")
  }
}
