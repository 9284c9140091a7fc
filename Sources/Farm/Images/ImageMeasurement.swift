package import Imaging
import Postgres
package import Vocabulary

/// What a batch's classifiers see in an image; measured where it was made.
package struct ImageMeasurement: Hashable, Sendable {
  /// The digest of the classifiers' files.
  package let classifiers: String
  /// The probabilities of the eight emotions, in EmoSet's order.
  package let emotions: [Float]
  /// The highest probability that any content classifier gives to a class; nil without such a classifier.
  package let content: Float?
  /// The class that the attribute classifier finds most probable; nil without that classifier.
  package let attribute: String?
  /// CLIP's image features before normalisation; empty where they were not read.
  package let embedding: [Float16]
  package let hash: PerceptualHash

  package init(
    classifiers: String, emotions: [Float], content: Float?, attribute: String? = nil, embedding: [Float16],
    hash: PerceptualHash
  ) {
    self.classifiers = classifiers
    self.emotions = emotions
    self.content = content
    self.attribute = attribute
    self.embedding = embedding
    self.hash = hash
  }

  /// The most probable emotion; the first of equals.
  package var emotion: Emotion? {
    guard emotions.count == Emotion.allCases.count else { return nil }
    return Emotion.allCases.max { (emotions[$0.index], -$0.index) < (emotions[$1.index], -$1.index) }
  }
}

extension ImageMeasurement {
  init(_ row: PostgresRow) throws {
    let bytes = try row.bytes("embedding")
    self.init(
      classifiers: try row.string("classifiers"),
      emotions: try row.decode("emotions", as: [Double].self).map { Float($0) },
      content: try row.optionalDouble("content").map { Float($0) },
      attribute: try row.optionalString("attribute"),
      embedding: stride(from: 0, to: bytes.count - 1, by: 2).map {
        Float16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)
      },
      hash: PerceptualHash(bits: UInt64(bitPattern: try row.int64("phash"))))
  }

  /// The bytes of the column `embedding`.
  var embeddingBytes: [UInt8] {
    embedding.flatMap { [UInt8(truncatingIfNeeded: $0.bitPattern), UInt8(truncatingIfNeeded: $0.bitPattern >> 8)] }
  }
}
