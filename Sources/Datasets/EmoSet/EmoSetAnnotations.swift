import Files
import Foundation
import Synchronization

/// The annotations of rows, read on all cores.
enum EmoSetAnnotations {
  /// The result of a row.
  struct Outcome: Sendable {
    var record: EmoSetRecord?
    var faults: [DatasetFault] = []
    var absent: [EmoSetAnnotation.Key] = []
  }

  /// The number of rows that a thread takes at a time.
  private static let portion = 512

  static func read(_ rows: [EmoSetRow], in folder: String, _ info: EmoSetInfo) -> [Outcome] {
    let portions = (rows.count + portion - 1) / portion
    let results = Mutex([[Outcome]](repeating: [], count: portions))
    DispatchQueue.concurrentPerform(iterations: portions) { index in
      let part = rows[index * portion..<min(rows.count, (index + 1) * portion)]
      let outcomes = part.map { outcome(of: $0, folder, info) }
      results.withLock { $0[index] = outcomes }
    }
    return results.withLock { Array($0.joined()) }
  }

  private static func outcome(of row: EmoSetRow, _ folder: String, _ info: EmoSetInfo) -> Outcome {
    var outcome = Outcome()
    func note(_ kind: DatasetFault.Kind, _ place: String, _ message: String) {
      outcome.faults.append(DatasetFault(kind: kind, place: place, message: message))
    }
    let image = "\(folder)/\(row.image)"
    let hasPicture = File.isRegular(image)
    if !hasPicture { note(.missingFile, row.image, "the picture of \(row.place) is missing") }

    let path = "\(folder)/\(row.annotation)"
    var annotation: EmoSetAnnotation?
    if File.isRegular(path) {
      do {
        annotation = try JSONDecoder().decode(EmoSetAnnotation.self, from: Data(File.read(path)))
      } catch {
        let reason = (error as? DecodingError)?.reason ?? "\(error)"
        note(.brokenAnnotation, row.annotation, "\(reason); it belongs to \(row.place)")
      }
    } else {
      note(.missingFile, row.annotation, "the annotation of \(row.place) is missing")
    }
    if let emotion = annotation?.emotion, emotion != row.emotion {
      note(.otherEmotion, row.annotation, "'\(emotion)' there, '\(row.emotion)' in \(row.place)")
    }
    outcome.absent = annotation?.absent ?? []
    let record = EmoSetRecord(
      emotion: row.emotion, split: row.split, image: image, annotation: path, imageID: row.id ?? annotation?.imageID,
      scene: annotation?.scene, objects: annotation?.objects ?? [], brightness: annotation?.brightness,
      colorfulness: annotation?.colorfulness)
    for name in record.attributes where !info.attributes.contains(name) {
      note(.unknownAttribute, row.annotation, "'\(name)' is neither a scene nor an object there")
    }
    if hasPicture { outcome.record = record }
    return outcome
  }
}
