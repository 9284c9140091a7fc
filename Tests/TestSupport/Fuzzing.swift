import Foundation
import Testing

/// Feeds readers with damaged and hostile inputs. The inputs are the same in every run.
package enum Fuzzing {
  /// The number of inputs for each reader: `EMOFARM_FUZZ_INPUTS`, by default 10,000.
  package static let inputs =
    ProcessInfo.processInfo.environment["EMOFARM_FUZZ_INPUTS"].flatMap { Int($0) } ?? 10_000

  /// What a reader did with the inputs.
  package struct Outcome {
    package var read = 0
    package var refused = 0
  }

  /// Reads mutations of `seeds` one after the other.
  ///
  /// A reader may read an input or throw an error of the type with a message; any other error is an issue, and a trap
  /// ends the test program.
  ///
  /// - Parameters:
  ///   - seeds: Well-formed inputs.
  ///   - type: The reader's errors.
  @discardableResult
  package static func run<Refusal: Error & CustomStringConvertible>(
    _ seeds: [[UInt8]], throwing type: Refusal.Type, inputs: Int = Fuzzing.inputs, read: ([UInt8]) throws -> Void
  ) throws -> Outcome {
    var mutations = Mutations(of: seeds)
    var outcome = Outcome()
    for input in 0..<inputs {
      let bytes = mutations.next()
      do {
        try read(bytes)
        outcome.read += 1
      } catch let error as Refusal {
        outcome.refused += 1
        if !(1...2_000).contains(error.description.utf8.count) {
          Issue.record(
            "input \(input): the message has \(error.description.utf8.count) bytes: \(error.description.prefix(300))")
        }
      } catch {
        Issue.record("input \(input): \(error)")
      }
    }
    return outcome
  }

  /// Writes each mutation to the file `name` of a folder before it is read.
  ///
  /// - Parameter read: Reads the file at a path.
  @discardableResult
  package static func run<Refusal: Error & CustomStringConvertible>(
    _ seeds: [[UInt8]], name: String, folder: String, throwing type: Refusal.Type, inputs: Int = Fuzzing.inputs,
    read: (String) throws -> Void
  ) throws -> Outcome {
    let path = "\(folder)/\(name)"
    return try run(seeds, throwing: type, inputs: inputs) { bytes in
      try write(bytes, path)
      try read(path)
    }
  }

  /// Rewrites the file in place, because a rename costs more than the reading.
  private static func write(_ bytes: [UInt8], _ path: String) throws {
    guard let file = fopen(path, "wb") else { throw CocoaError(.fileWriteUnknown) }
    defer { fclose(file) }
    guard bytes.isEmpty || fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw CocoaError(.fileWriteOutOfSpace)
    }
  }
}

/// A sequence of mutations of well-formed inputs: changed, removed, repeated and inserted bytes, cuts, numbers at the
/// edges of their types, in binary and in text, and splices of two inputs.
struct Mutations {
  private let seeds: [[UInt8]]
  private var state: UInt64 = 0x9e37_79b9_7f4a_7c15

  private static let edges: [UInt64] = [
    0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 1 << 33,
    1 << 53, 1 << 62, 0x7fff_ffff_ffff_ffff, 1 << 63, .max,
  ]
  private static let words = [
    "-1", "0", "1e999", "18446744073709551616", "9223372036854775807", "null", "{}", "[]", "\"", "\\ud800", "[[[[[[[[",
    "..",
    "/", "NaN", "true", "1.5",
  ].map { Array($0.utf8) }

  init(of seeds: [[UInt8]]) { self.seeds = seeds }

  private mutating func draw(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return bound > 0 ? Int(state % UInt64(bound)) : 0
  }

  mutating func next() -> [UInt8] {
    guard !seeds.isEmpty else { return [] }
    var bytes = seeds[draw(seeds.count)]
    for _ in 0...draw(3) { mutate(&bytes) }
    return bytes
  }

  private mutating func mutate(_ bytes: inout [UInt8]) {
    let place = draw(bytes.count)
    let length = min(bytes.count - place, 1 + draw(draw(8) == 0 ? 512 : 16))
    switch draw(10) {
    case 0: if !bytes.isEmpty { bytes[place] ^= 1 << UInt8(draw(8)) }
    case 1: if !bytes.isEmpty { bytes[place] = UInt8(truncatingIfNeeded: draw(256)) }
    case 2: bytes.removeSubrange(place..<place + length)
    case 3: bytes.removeLast(bytes.count - place)
    case 4: bytes.insert(contentsOf: bytes[place..<place + length], at: draw(bytes.count))
    case 5: bytes.insert(contentsOf: (0..<length).map { _ in UInt8(truncatingIfNeeded: draw(256)) }, at: place)
    case 6, 7:
      let value = Self.edges[draw(Self.edges.count)]
      let size = min([1, 2, 4, 8][draw(4)], bytes.count - place)
      for index in 0..<size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index))) }
    case 8: replaceNumber(&bytes, from: place)
    default:
      let other = seeds[draw(seeds.count)]
      bytes.replaceSubrange(place..., with: other[draw(other.count)...])
    }
  }

  /// Replaces the next number in text, or inserts a word if there is none.
  private mutating func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let first = bytes[place...].firstIndex(where: isDigit) ?? place
    let end = bytes[first...].firstIndex(where: { !isDigit($0) }) ?? bytes.count
    bytes.replaceSubrange(first..<max(first, end), with: Self.words[draw(Self.words.count)])
  }
}
