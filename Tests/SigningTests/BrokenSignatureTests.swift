import Files
import Foundation
import Imaging
import Signing
import TestSupport
import Testing

struct BrokenSignatureTests {
  /// A place in a file: the bytes of a mark, from the last occurrence of another, and a distance from its beginning.
  struct Place: CustomTestStringConvertible {
    let name: String
    let mark: [UInt8]
    var after = ""
    let distance: Int
    let problem: String

    var testDescription: String { name }

    func offset(in file: [UInt8]) throws -> Int {
      let start = after.isEmpty ? 0 : try #require(Signed.find(Array(after.utf8), in: file, from: 0))
      return try #require(Signed.find(mark, in: file, from: start)) + distance
    }
  }

  static let places = [
    Place(
      name: "claim", mark: Array("created_assertions".utf8), distance: 3,
      problem: "its claim is not the one that was signed, or the signature is another key's"),
    Place(
      name: "action", mark: Array("trainedAlgorithmicMedia".utf8), after: "c2pa.actions.v2", distance: 2,
      problem: "its assertion 'c2pa.actions.v2' is not the one that was signed"),
    Place(
      name: "record", mark: Array("rgb_sha256".utf8), after: "emofarm.provenance", distance: 14,
      problem: "its assertion 'emofarm.provenance' is not the one that was signed"),
    Place(
      name: "data hash", mark: Array("jumbf manifest".utf8), distance: 4,
      problem: "its assertion 'c2pa.hash.data' is not the one that was signed"),
    Place(
      name: "signature", mark: [0xF6, 0x58, 0x40], distance: 20,
      problem: "its claim is not the one that was signed, or the signature is another key's"),
    Place(
      name: "key in the certificate", mark: [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70], distance: 20,
      problem: "its claim is not the one that was signed, or the signature is another key's"),
  ]

  @Test(arguments: Signed.formats, places)
  func oneFlippedBitWithinTheManifestIsNamed(format: String, place: Place) async throws {
    var file = try Signed.bytes("signed.\(format)")
    file[try place.offset(in: file)] ^= 1
    let report = try #require(try await Signed.report(Signed.repaired(file, format), trusting: Signed.anchors()))
    #expect(report.problem == place.problem && report.word == "broken")
  }

  @Test func oneFlippedBitOutsideTheManifestIsNoticed() async throws {
    for (mark, distance) in [("IDAT", 40), ("CreatorTool", 14), ("parameters", 14), ("IHDR", 7)] {
      var file = try Signed.bytes("signed.png")
      file[try #require(Signed.find(Array(mark.utf8), in: file, from: 0)) + distance] ^= 1
      #expect(
        try await Signed.report(Signed.repaired(file, "png"))?.problem == "the file was changed since it was signed",
        "\(mark)")
    }
    for (format, distance) in [("jpg", 40), ("webp", 200)] {
      var file = try Signed.bytes("signed.\(format)")
      file[format == "jpg" ? file.count - distance : distance] ^= 1
      #expect(try await Signed.report(file)?.problem == "the file was changed since it was signed", "\(format)")
    }
  }

  /// The whole manifest of one file in another.
  @Test func aManifestOfAnotherFileDoesNotHold() async throws {
    let key = try Signed.signer()
    let other = try PNG.encode(RGBImage(width: 2, height: 2, pixels: Array(0..<12)))
    let signed = try key.sign(other, record: Signed.bytes("record.json"), named: "x")
    let chunk = try #require(try PNGChunks(Signed.bytes("signed.png"), named: "x").chunks.first { $0.name == "caBX" })
    let own = try #require(try PNGChunks(signed, named: "x").chunks.first { $0.name == "caBX" })
    var moved = signed
    moved.replaceSubrange(own.whole, with: try Signed.bytes("signed.png")[chunk.whole])
    #expect(try await Signed.report(moved)?.word == "broken")
  }

  @Test func bytesAddedToAFileAreNoticed() async throws {
    let file = try Signed.bytes("signed.png")
    let pixels = try #require(try PNGChunks(file, named: "x").chunks.first { $0.name == "IDAT" })
    let added = PNGChunks.serialized("tEXt", Array("Comment\0x".utf8))
    for place in [pixels.whole.lowerBound, pixels.whole.upperBound, 33] {
      var longer = file
      longer.insert(contentsOf: added, at: place)
      #expect(try await Signed.report(longer)?.word == "broken")
    }
    var twice = file
    let store = try #require(try PNGChunks(file, named: "x").chunks.first { $0.name == "caBX" })
    twice.insert(contentsOf: file[store.whole], at: store.whole.upperBound)
    #expect(throws: SigningError.self) { try FileSignature(of: twice, named: "x") }
  }

  /// Boxes with wrong lengths, and lengths at the edges of their types, at each place of the store's head.
  @Test func wrongLengthsAreRefused() async throws {
    let file = try Signed.bytes("signed.png")
    let chunk = try #require(try PNGChunks(file, named: "x").chunks.first { $0.name == "caBX" })
    for offset in stride(from: chunk.data.lowerBound, to: chunk.data.lowerBound + 400, by: 1) {
      for value in [1, 2, 7, 0x7FFF_FFFF, 0xFFFF_FFFF] as [UInt32] {
        var changed = file
        for index in 0..<4 { changed[offset + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index))) }
        guard changed != file else { continue }
        #expect(try await Signed.report(Signed.repaired(changed, "png"))?.word == "broken", "\(offset), \(value)")
      }
    }
  }

  @Test(arguments: Signed.formats)
  func truncatedStoresAreRefused(format: String) async throws {
    let file = try Signed.bytes("signed.\(format)")
    for count in stride(from: 0, to: file.count, by: 61) {
      // The file looks damaged, unsigned or broken, never valid.
      let report = try? await Signed.report(Array(file.prefix(count)))
      #expect(report == nil || report?.word == "broken", "\(count)")
    }
  }

  @Test(arguments: Signed.formats)
  func mutatedFilesNeverTrapAndNeverPass(format: String) throws {
    let seeds = [
      try Signed.bytes("signed.\(format)"),
      try Signed.bytes(
        ["png": "foreign-es256.png", "jpg": "foreign-ps256.jpg", "webp": "foreign-ed25519.webp"][format]!),
    ]
    let allowed = try seeds.map { try FileSignature.removed(from: $0, named: "x") }
    try Fuzzing.run(seeds, throwing: SigningError.self, inputs: Fuzzing.inputs / 5) { bytes in
      do {
        let repaired = Signed.repaired(bytes, format)
        let signature = try FileSignature(of: repaired, named: "x", at: Signed.day)
        guard let signature, signature.problem == nil else { return }
        // Padding and box heads of the store are not signed; all else is.
        #expect(try allowed.contains(FileSignature.removed(from: repaired, named: "x")))
      } catch is PNGError {
        throw SigningError(.file, "a damaged PNG")
      }
    }
  }
}
