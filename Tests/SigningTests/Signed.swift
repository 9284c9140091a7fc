import Foundation
import Imaging
import Signing
import TestSupport

/// The committed key, files and roots of `Tests/Fixtures/signing`.
enum Signed {
  /// A day on which the committed certificates are valid.
  static let day = Date(timeIntervalSince1970: 1_800_000_000)

  static func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: URL(filePath: SourceTree.fixture("signing/\(name)"))))
  }

  static func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  static func key() throws -> SigningKey { try SigningKey(pem: text("signing-key.pem"), named: "signing-key.pem") }

  static func anchors(_ name: String = "root.pem") throws -> TrustAnchors {
    try TrustAnchors(pem: text(name), named: name)
  }

  static func signer() throws -> ImageSigner { ImageSigner(try key(), version: "0.1.0") }

  /// What the signature of a file is worth; nil if there is none.
  static func report(_ file: [UInt8], trusting anchors: TrustAnchors? = nil) async throws -> SignatureReport? {
    guard let signature = try FileSignature(of: file, named: "x", at: day) else { return nil }
    return await signature.report(trusting: anchors)
  }

  static let formats = ["png", "jpg", "webp"]
}

extension Signed {
  /// The first occurrence of `mark` from an offset on.
  static func find(_ mark: [UInt8], in file: [UInt8], from start: Int) -> Int? {
    guard file.count >= mark.count, start <= file.count - mark.count else { return nil }
    return (start...file.count - mark.count).first {
      file[$0] == mark[0] && file[$0..<$0 + mark.count].elementsEqual(mark)
    }
  }

  /// A PNG with the right checksums, so that only the signature can notice a change; other files as they are.
  static func repaired(_ file: [UInt8], _ format: String) -> [UInt8] {
    guard format == "png", file.starts(with: PNGChunks.signature) else { return file }
    var (rest, whole) = (file.dropFirst(8), PNGChunks.signature)
    while rest.count >= 12 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard length <= rest.count - 12 else { break }
      let name = String(decoding: rest.dropFirst(4).prefix(4), as: UTF8.self)
      guard name.utf8.elementsEqual(rest.dropFirst(4).prefix(4)) else { break }
      whole += PNGChunks.serialized(name, rest.dropFirst(8).prefix(length))
      rest = rest.dropFirst(12 + length)
    }
    return whole + rest
  }
}
