import DrawnPictures
import Files
import Foundation
import Imaging

/// How many planted copies of pictures are found, and how many pictures pass for copies that are none.
///
/// The originals are drawn pictures of all attributes in turn. Each has one copy: the same pixels, a JPEG of quality 75, its
/// mirror image, or a crop of 90 % of both sides from anywhere. Further pictures of the same attributes have no copy.
package struct DuplicateBenchmark {
  package struct Kind: Codable, Sendable {
    package let name: String
    package var planted = 0
    package var found = 0
    package var recall: Double { planted == 0 ? 0 : Double(found) / Double(planted) }
  }

  package struct Result: Codable, Sendable {
    package var kinds: [Kind]
    package let heldOut: Int
    package var falsePositives = 0
    /// Of one processor, for a picture.
    package var signatureMilliseconds = 0.0
    package var searchMilliseconds = 0.0
    package var peakGibibytes = 0.0

    package var falsePositiveShare: Double { Double(falsePositives) / Double(max(1, heldOut)) }
  }

  private enum Copy: String, CaseIterable {
    case exact
    case jpeg = "JPEG of quality 75"
    case mirror = "mirrored"
    case crop = "crop of 90 %"
  }

  private let count: Int
  private let size: Int
  private let seed: UInt64

  package init(pictures: Int, size: Int, seed: UInt64) {
    count = pictures
    self.size = size
    self.seed = seed
  }

  package func run() throws -> Result {
    var result = Result(kinds: Copy.allCases.map { Kind(name: $0.rawValue) }, heldOut: count)
    var known = NearDuplicates()
    var (signed, searched) = (Duration.zero, Duration.zero)
    try pictures({ try picture($0) }, { $0 }, &signed, &searched) { known.add($1) }
    let search = { @Sendable [known] (signature: PictureSignature) in known.match(signature) }
    try pictures({ try copy(of: $0) }, search, &signed, &searched) { index, match in
      let kind = index % Copy.allCases.count
      result.kinds[kind].planted += 1
      if match?.picture == index { result.kinds[kind].found += 1 }
    }
    try pictures({ try picture(count + $0) }, search, &signed, &searched) { _, match in
      if match != nil { result.falsePositives += 1 }
    }
    result.signatureMilliseconds = Self.milliseconds(signed, of: 3 * count)
    result.searchMilliseconds = Self.milliseconds(searched, of: 2 * count)
    result.peakGibibytes = PeakMemory.gibibytes
    return result
  }

  private static func milliseconds(_ duration: Duration, of count: Int) -> Double {
    (Double(duration.components.seconds) * 1000 + Double(duration.components.attoseconds) / 1e15) / Double(count)
  }

  private func picture(_ index: Int) throws -> RGBImage {
    let attributes = SyntheticAttribute.all
    return attributes[index % attributes.count].draw(index: index / attributes.count, size: size, seed: seed)
  }

  private func copy(of index: Int) throws -> RGBImage {
    let image = try picture(index)
    switch Copy.allCases[index % Copy.allCases.count] {
    case .exact: return image
    case .jpeg: return try JPEG.decode(JPEG.encode(image, quality: 75, chroma: .quarter), named: "copy")
    case .mirror: return image.turned(from: .mirrored)
    case .crop:
      let side = (size * 9 + 5) / 10
      var dice = Dice(seed: seed, name: "crop", index: index)
      return image.part(x: dice.whole(0...size - side), y: dice.whole(0...size - side), side: side)
    }
  }

  /// Draws each picture, computes its signature and looks at it, on all processors, and passes on in order what was seen.
  private func pictures<Seen: Sendable>(
    _ draw: @escaping @Sendable (Int) throws -> RGBImage, _ look: @escaping @Sendable (PictureSignature) -> Seen,
    _ signing: inout Duration, _ looking: inout Duration, _ body: (Int, Seen) -> Void
  ) throws {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    try ReadAhead.forEach(Array(0..<count), width: processors) { index in
      let image = try draw(index)
      let start = ContinuousClock.now
      let signature = PictureSignature(of: image)
      let middle = ContinuousClock.now
      return (seen: look(signature), signing: middle - start, looking: .now - middle)
    } _: { index, result in
      let (seen, signed, looked) = try result.get()
      signing += signed
      looking += looked
      body(index, seen)
    }
  }
}

extension RGBImage {
  /// A square part.
  fileprivate func part(x: Int, y: Int, side: Int) -> RGBImage {
    var part = RGBImage(width: side, height: side, filledWith: RGBColor(0, 0, 0))
    part.paste(self, x: -x, y: -y)
    return part
  }
}
