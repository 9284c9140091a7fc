import DrawnPictures
import Files
import Foundation
package import Imaging
import Synchronization
import Vocabulary

/// A procedural stand-in for EmoSet, in EmoSet's layout: the same settings give the same bytes.
package struct SyntheticDataset: Sendable {
  /// The number of pictures of each attribute.
  package let perAttribute: Int
  /// The side of a picture in pixels.
  package let size: Int
  package let seed: UInt64

  package static let quality = 92

  package init(perAttribute: Int, size: Int, seed: UInt64) {
    self.perAttribute = perAttribute
    self.size = size
    self.seed = seed
  }

  /// The contents of a written dataset.
  package struct Summary: Sendable, Equatable {
    package let pictures: Int
    package let splits: [EmoSetSplit: Int]
    package let emotions: [String: Int]
  }

  struct Picture: Sendable {
    let attribute: SyntheticAttribute
    let index: Int
    let emotion: String
    /// The emotion and a number from 1.
    let id: String
    let split: EmoSetSplit

    var image: String { "image/\(emotion)/\(id).jpg" }
    var annotation: String { "annotation/\(emotion)/\(id).json" }
  }

  /// All pictures, attributes in turn, so that the first hundred contain every attribute.
  var pictures: [Picture] {
    var counts: [String: Int] = [:]
    return (0..<perAttribute).flatMap { index in
      SyntheticAttribute.all.map { attribute in
        let emotion = attribute.emotion(index: index).rawValue
        let number = counts[emotion, default: 0] + 1
        counts[emotion] = number
        let digits = String(number)
        return Picture(
          attribute: attribute, index: index, emotion: emotion,
          id: "\(emotion)_\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits)",
          split: split(attribute, index))
      }
    }
  }

  /// The split by a hash: of ten pictures eight are for training, one for validation and one for testing.
  private func split(_ attribute: SyntheticAttribute, _ index: Int) -> EmoSetSplit {
    var dice = Dice(seed: seed, name: "split \(attribute.name)", index: index)
    switch dice.whole(0...9) {
    case 0: return .val
    case 1: return .test
    default: return .train
    }
  }

  /// Draws everything into `folder`, on all cores; until the end the folder is missing or unchanged.
  ///
  /// - Parameter onProgress: Called from time to time with the number of pictures written and their total; throwing
  ///   stops the work.
  /// - Throws: `DatasetError` if the folder holds anything else, or a system call fails.
  package func write(to folder: String, onProgress: (Int, Int) throws -> Void = { _, _ in }) throws -> Summary {
    let pictures = pictures
    // Images that users added under similar names are theirs.
    let files = Set(pictures.flatMap { [$0.image, $0.annotation] })
    let target = try StagedFolder(
      folder,
      marker: ExportMarker(
        format: "emoset", batch: "synthetic, \(perAttribute) per attribute, \(size) px, seed \(seed)"),
      owns: { files.contains($0) || (Self.owns($0) && ($0.hasSuffix("/") || !$0.contains("/"))) })
    for emotion in Emotion.names {
      try Folder.make("\(target.path)/image/\(emotion)")
      try Folder.make("\(target.path)/annotation/\(emotion)")
    }
    let portion = 256
    for start in stride(from: 0, to: pictures.count, by: portion) {
      let part = Array(pictures[start..<min(start + portion, pictures.count)])
      let failure = Mutex<(any Error)?>(nil)
      let path = target.path
      DispatchQueue.concurrentPerform(iterations: part.count) { index in
        do {
          try write(part[index], to: path)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
      if let error = failure.withLock({ $0 }) { throw error }
      try onProgress(start + part.count, pictures.count)
    }
    for split in EmoSetSplit.allCases {
      let rows = pictures.filter { $0.split == split }.map { picture in
        let row = [picture.emotion, picture.image, picture.annotation].map { JSONString.quoted($0, .line) }
        return "[\(row.joined(separator: ", "))]"
      }
      try target.write(Array("[\(rows.joined(separator: ",\n "))]\n".utf8), to: split.file)
    }
    try target.write(Array(Self.info.utf8), to: "info.json")
    try target.publish()
    return Summary(
      pictures: pictures.count, splits: pictures.reduce(into: [:]) { $0[$1.split, default: 0] += 1 },
      emotions: pictures.reduce(into: [:]) { $0[$1.emotion, default: 0] += 1 })
  }

  private func write(_ picture: Picture, to folder: String) throws {
    let image = picture.attribute.draw(index: picture.index, size: size, seed: seed)
    try File.write(JPEG.encode(image, quality: Self.quality), to: "\(folder)/\(picture.image)")
    let levels = PictureLevels(image)
    var line = JSONLine()
    line.add("image_id", picture.id)
    line.add("emotion", picture.emotion)
    line.add("brightness", levels.brightness)
    line.add("colorfulness", levels.colorfulness)
    switch picture.attribute.kind {
    case .scene: line.add("scene", picture.attribute.name)
    case .object: line.add("object", [picture.attribute.name])
    }
    try File.write(Array(line.line.utf8), to: "\(folder)/\(picture.annotation)")
  }

  /// Whether drawn datasets use this path for a file or, if it ends with "/", for a folder.
  package static func owns(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.count {
    case 1:
      return path == StagedFolder.marker || path == "info.json" || EmoSetSplit.allCases.contains { $0.file == path }
    case 2...3:
      guard parts[0] == "image" || parts[0] == "annotation" else { return false }
      if parts.count == 2 { return parts[1].isEmpty }
      guard Emotion.names.contains(String(parts[1])) else { return false }
      return parts[2].isEmpty || parts[2].hasPrefix("\(parts[1])_")
    default: return false
    }
  }

  /// `info.json`: the labels of emotions, scenes and objects, from name to number and back.
  private static var info: String {
    let kinds = SyntheticAttribute.Kind.allCases.map { wanted in
      EmoSetInfo.kind(wanted.rawValue, SyntheticAttribute.all.filter { $0.kind == wanted }.map(\.name).sorted())
    }
    return "{\n\(([EmoSetInfo.kind("emotion", Emotion.names)] + kinds).joined(separator: ",\n"))\n}\n"
  }

  /// A contact sheet with a row for each emotion and four pictures of each attribute.
  ///
  /// - Parameter size: The side of a picture in pixels.
  package static func sheet(size: Int, seed: UInt64) -> RGBImage {
    let rows = Emotion.allCases.map { emotion in
      let attributes = SyntheticAttribute.all.filter { $0.emotion == emotion }
      return (
        label: "\(emotion.rawValue): \(attributes.map(\.name).joined(separator: ", "))",
        images: attributes.flatMap { attribute in
          (0..<4).map { attribute.draw(index: $0, size: size, seed: seed) }
        }
      )
    }
    return ContactSheet.draw(rows: rows, cell: size, columns: 16)
  }
}
