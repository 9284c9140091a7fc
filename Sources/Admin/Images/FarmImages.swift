package import Farm
import Files
import Imaging
import Vocabulary

/// The rows of an image's file in a farm's database, with what was measured of it.
package struct FarmImages: Sendable {
  private let rows: [(image: ImageRow, measurement: ImageMeasurement?)]
  private let rejected: [RejectedImage]

  /// - Parameter sha256: the file's digest.
  package init(withFile sha256: String, in images: ImageIndex) async throws {
    var rows: [(image: ImageRow, measurement: ImageMeasurement?)] = []
    for row in try await images.withFile(sha256) {
      let measured = try await images.measurements(row.batch, in: row.index...row.index, embeddings: true)
      rows.append((row, measured[row.index]))
    }
    self.rows = rows
    rejected = try await images.rejected(withFile: sha256)
  }

  var json: JSONDocument {
    .array(
      rows.map { row, measurement in
        [
          "batch": JSONDocument(row.batch), "index": JSONDocument(row.index), "job": JSONDocument(row.job),
          "worker": JSONDocument(row.worker), "created": JSONDocument(row.created),
          "seconds": JSONDocument(measured: row.seconds), "measured": JSONDocument(measurement) { $0.json },
          "try": JSONDocument(row.trial + 1),
        ]
      })
  }

  /// The rows in which the file is one that a batch did not accept.
  var rejectedJSON: JSONDocument {
    .array(
      rejected.map {
        [
          "batch": JSONDocument($0.batch), "index": JSONDocument($0.index), "try": JSONDocument($0.trial + 1),
          "criterion": JSONDocument($0.rejection.criterion.rawValue),
          "value": JSONDocument($0.rejection.value) { JSONDocument(measured: $0) },
        ]
      })
  }

  /// Labels with their texts.
  var lines: [(label: String, text: String)] {
    guard !rows.isEmpty || !rejected.isEmpty else { return [("Farm", "has no image with this file")] }
    let others = rejected.map { row in
      (
        "Farm",
        "batch \(row.batch), image \(row.index): try \(row.trial + 1) was rejected, \(row.rejection.criterion.rawValue)"
          + (row.rejection.value.map { " \(Measure.figure($0))" } ?? "")
      )
    }
    return others
      + rows.flatMap { row, measurement in
        [
          (
            "Farm",
            "batch \(row.batch), image \(row.index), rendered in \(Measure.duration(row.seconds)) by worker \(row.worker)"
          )
        ] + (measurement?.lines ?? [("Measured", "not")])
      }
  }
}

extension ImageMeasurement {
  fileprivate var json: JSONDocument {
    [
      "classifiers": JSONDocument(classifiers), "emotion": JSONDocument(emotion) { JSONDocument($0.rawValue) },
      "emotions": .object(
        Dictionary(uniqueKeysWithValues: zip(Emotion.names, emotions.map { JSONDocument(measured: Double($0)) }))),
      "content": JSONDocument(content) { JSONDocument(measured: Double($0)) },
      "attribute": JSONDocument(attribute) { JSONDocument($0) },
      "perceptual_hash": JSONDocument(hash.description),
      "embedding": .array(embedding.map { JSONDocument(measured: Double($0)) }),
    ]
  }

  fileprivate var lines: [(label: String, text: String)] {
    let ranking = zip(Emotion.names, emotions).enumerated()
      .sorted { ($1.element.1, $0.offset) < ($0.element.1, $1.offset) }
      .map { "\($0.element.0) \(Measure.figure(Double($0.element.1)))" }
    return [
      ("Measured", ranking.joined(separator: ", ")),
      ("Content", content.map { Measure.figure(Double($0)) } ?? "no classifier"),
      ("Attribute", attribute ?? "no classifier"),
      ("Perceptual hash", hash.description),
      ("Embedding", "\(Measure.count(embedding.count, "value")) (--json has them)"),
      ("Classifiers", "digest \(Measure.digest(classifiers))…"),
    ]
  }
}
