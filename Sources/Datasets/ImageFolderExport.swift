/// A batch in the "imagefolder" layout of Hugging Face's datasets library.
///
/// A folder a split (`train/`, …) with the images as `000000.png`, … and their `metadata.jsonl`; a dataset card
/// (`README.md`) that names the splits; a marker file that says whose folder it is. The same images give the same
/// bytes, also when the export was interrupted and went on: the metadata and last the card appear when everything
/// before them is whole.
package struct ImageFolderExport: Sendable {
  /// What has just been finished.
  package enum Event: Sendable, Equatable {
    /// An image is in its place.
    case image(done: Int, of: Int)
    case metadata(split: String)
    case card
  }

  /// What an export did.
  package struct Summary: Sendable, Equatable {
    /// Images of each split, those without images left out.
    package var splits: [Split] = []
    package var copied = 0
    /// Files that were there already, with the right contents.
    package var kept = 0
    /// Files of an earlier export that do not belong here any more, and leftovers of an interrupted one.
    package var removed = 0

    package struct Split: Sendable, Equatable {
      package let name: String
      package let images: Int
    }
  }

  private let card: DatasetCard
  private let batch: String
  private let splits: [(name: String, images: [DatasetImage])]

  /// - Parameters:
  ///   - batch: The batch's id: a folder takes exports of one batch.
  ///   - title: Heads the card.
  ///   - license: An identifier of Hugging Face's list, for the card.
  /// - Throws: `DatasetError` when there are no images, two have one index, or one cannot be described.
  package init(
    batch: String, title: String, license: String = "unknown", images: [DatasetImage],
    splits: DatasetSplits = .trainOnly
  ) throws {
    guard !images.isEmpty else { throw DatasetError(.badInput, "there are no images to export") }
    for image in images { try image.check() }
    let indices = images.map(\.index).sorted()
    if let twice = zip(indices, indices.dropFirst()).first(where: { $0 == $1 }) {
      throw DatasetError(.badInput, "two images have the index \(twice.0)")
    }
    self.batch = batch
    self.splits = zip(splits.parts, splits.assign(images)).compactMap { part, positions in
      positions.isEmpty ? nil : (part.name, positions.map { images[$0] })
    }
    card = DatasetCard(batch: batch, title: title, license: license, splits: self.splits)
  }

  /// Writes the dataset into `folder`, or finishes what an interrupted export has left there.
  ///
  /// - Parameter onEvent: Runs after each finished file; what it throws ends the export, which can be resumed.
  /// - Throws: `DatasetError` when the folder belongs to something else, an image's file is not what was recorded, or
  ///   the system refuses; what `onEvent` throws.
  @discardableResult
  package func write(to folder: String, onEvent: (Event) throws -> Void = { _ in }) throws -> Summary {
    let target = try ExportFolder(folder, batch: batch, format: "imagefolder")
    var summary = Summary()
    try clean(target.path, &summary)

    let total = splits.reduce(0) { $0 + $1.images.count }
    for (name, images) in splits {
      let folder = "\(target.path)/\(name)"
      try FileSystem.makeFolder(folder)
      for image in images {
        if try place(image, in: folder) { summary.copied += 1 } else { summary.kept += 1 }
        try onEvent(.image(done: summary.copied + summary.kept, of: total))
      }
      try FileSystem.sync(folder: folder)
      summary.splits.append(Summary.Split(name: name, images: images.count))
    }
    for (name, images) in splits {
      let file = try DurableFile("metadata.jsonl", in: "\(target.path)/\(name)")
      for image in images { try file.write(image.metadataRow.utf8) }
      try file.commit()
      try FileSystem.sync(folder: "\(target.path)/\(name)")
      try onEvent(.metadata(split: name))
    }
    let file = try DurableFile("README.md", in: target.path)
    try file.write(card.text.utf8)
    try file.commit()
    try FileSystem.sync(folder: target.path)
    try onEvent(.card)
    return summary
  }

  /// Takes away what says that the export is complete, and what does not belong to it; files that no export writes stay.
  private func clean(_ folder: String, _ summary: inout Summary) throws {
    try FileSystem.remove("\(folder)/README.md")
    for name in try FileSystem.names(in: folder) where Self.isLeftover(name) {
      try FileSystem.remove("\(folder)/\(name)")
      summary.removed += 1
    }
    for split in DatasetSplits.names {
      let wanted = Set(splits.first { $0.name == split }?.images.map(\.fileName) ?? [])
      for name in try FileSystem.names(in: "\(folder)/\(split)") {
        if name == "metadata.jsonl" {
          try FileSystem.remove("\(folder)/\(split)/\(name)")
        } else if Self.isLeftover(name) || (Self.isImage(name) && !wanted.contains(name)) {
          try FileSystem.remove("\(folder)/\(split)/\(name)")
          summary.removed += 1
        }
      }
      if wanted.isEmpty { try FileSystem.removeIfEmpty("\(folder)/\(split)") }
    }
  }

  private static func isLeftover(_ name: String) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(DurableFile.suffix) else { return false }
    let inner = String(name.dropFirst().dropLast(DurableFile.suffix.count))
    return inner == "metadata.jsonl" || inner == "README.md" || inner == ExportFolder.marker || isImage(inner)
  }

  /// Whether an export could have given this name to an image.
  private static func isImage(_ name: String) -> Bool {
    guard name.hasSuffix(".png") else { return false }
    let stem = name.utf8.dropLast(4)
    return stem.count >= 6 && stem.allSatisfy { (48...57).contains($0) }
  }

  /// Puts an image into its place unless it is there; whether it was copied.
  private func place(_ image: DatasetImage, in folder: String) throws -> Bool {
    let path = "\(folder)/\(image.fileName)"
    if FileSystem.size(ofFile: path) == image.bytes, try DatasetImage.digest(of: FileSystem.read(path)) == image.sha256
    {
      return false
    }
    func damaged(_ reason: String) -> DatasetError {
      DatasetError(
        .damagedImage, "image \(image.index) cannot be exported: its file \(image.source) \(reason); render it again"
      )
    }
    guard FileSystem.exists(image.source) else { throw damaged("is missing") }
    let bytes = try FileSystem.read(image.source)
    guard bytes.count == image.bytes else { throw damaged("has \(bytes.count) bytes instead of \(image.bytes)") }
    let digest = DatasetImage.digest(of: bytes)
    guard digest == image.sha256 else {
      throw damaged("is damaged: its SHA-256 is \(digest) instead of \(image.sha256)")
    }
    let file = try DurableFile(image.fileName, in: folder)
    try file.write(bytes)
    try file.commit()
    return true
  }
}
