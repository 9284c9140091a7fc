import DrawnPictures
import Foundation
import Imaging
import Synchronization

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

  private let pictures: Int
  private let size: Int
  private let seed: UInt64

  package init(pictures: Int, size: Int, seed: UInt64) {
    self.pictures = pictures
    self.size = size
    self.seed = seed
  }

  package func run() throws -> Result {
    var result = Result(kinds: Copy.allCases.map { Kind(name: $0.rawValue) }, heldOut: pictures)
    var known = NearDuplicates()
    var searched = Duration.zero
    var signed = Duration.zero
    try signatures({ try picture($0) }, &signed) { _, signature in known.add(signature) }
    try signatures({ try copy(of: $0) }, &signed) { index, signature in
      let kind = index % Copy.allCases.count
      result.kinds[kind].planted += 1
      let clock = ContinuousClock.now
      if known.match(signature)?.picture == index { result.kinds[kind].found += 1 }
      searched += clock.duration(to: .now)
    }
    try signatures({ try picture(pictures + $0) }, &signed) { _, signature in
      let clock = ContinuousClock.now
      if known.match(signature) != nil { result.falsePositives += 1 }
      searched += clock.duration(to: .now)
    }
    result.signatureMilliseconds = Self.milliseconds(signed, of: 3 * pictures)
    result.searchMilliseconds = Self.milliseconds(searched, of: 2 * pictures)
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

  /// Passes the signature of each picture on, in order; draws and computes them on all processors.
  private func signatures(
    _ draw: @escaping @Sendable (Int) throws -> RGBImage, _ time: inout Duration,
    _ body: (Int, PictureSignature) -> Void
  ) throws {
    let portion = 64
    for start in stride(from: 0, to: pictures, by: portion) {
      let count = min(portion, pictures - start)
      let found = Mutex<[Int: PictureSignature]>([:])
      let spent = Mutex(Duration.zero)
      let failure = Mutex<(any Error)?>(nil)
      DispatchQueue.concurrentPerform(iterations: count) { index in
        do {
          let image = try draw(start + index)
          let clock = ContinuousClock.now
          let signature = PictureSignature(of: image)
          let duration = clock.duration(to: .now)
          spent.withLock { $0 += duration }
          found.withLock { $0[index] = signature }
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
      if let error = failure.withLock({ $0 }) { throw error }
      time += spent.withLock { $0 }
      let all = found.withLock { $0 }
      for index in 0..<count {
        if let signature = all[index] { body(start + index, signature) }
      }
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
