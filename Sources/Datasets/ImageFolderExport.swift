import Files

/// A batch in the "imagefolder" layout of Hugging Face's datasets library.
///
/// The export contains a folder for each split (`train/`, …) with the images as `000000.png`, … and their
/// `metadata.jsonl`; a dataset card (`README.md`) that names the splits; and a marker file that identifies the batch.
/// The same images give the same bytes, even if the export was interrupted and resumed. The folder appears complete:
/// see ``StagedFolder``.
package struct ImageFolderExport: Sendable {
  /// A finished step of the export.
  package enum Event: Sendable, Equatable, CustomStringConvertible {
    /// An image is in the hidden folder.
    case image(done: Int, of: Int)
    case metadata(split: String)
    case card
    /// The dataset is in its place; the earlier one is removed next.
    case published

    /// The point of `DebugGates` for this event: `export-image-7`, `export-published`.
    package var description: String {
      switch self {
      case .image(let done, _): "export-image-\(done)"
      case .metadata(let split): "export-metadata-\(split)"
      case .card: "export-card"
      case .published: "export-published"
      }
    }
  }

  /// The result of an export.
  package struct Summary: Sendable, Equatable {
    /// The number of images of each split; splits without images are left out.
    package var splits: [Split] = []
    package var copied = 0
    /// Files that already existed with the right contents.
    package var kept = 0
    /// Files of an earlier export that no longer belong to the dataset, and leftovers of an interrupted one.
    package var removed = 0

    package struct Split: Sendable, Equatable {
      package let name: String
      package let images: Int
      /// The share that was asked for, and the one that came out.
      package let asked: Double
      package let share: Double
    }
  }

  /// Images that come over a network instead of from files.
  package struct Remote: Sendable {
    /// Reads that gain from being under way at the same time.
    let width: Int
    /// The bytes of the image with a digest; blocks.
    let read: @Sendable (String) throws -> [UInt8]

    package init(width: Int, read: @escaping @Sendable (String) throws -> [UInt8]) {
      self.width = width
      self.read = read
    }
  }

  private let card: DatasetCard
  private let remote: Remote?
  private let marker: ExportMarker
  /// The files of the dataset by their relative path.
  private let wanted: Set<String>
  private let splits: [Split]

  /// A split that has images.
  struct Split {
    let name: String
    /// The share that was asked for.
    let asked: Double
    let images: [DatasetImage]
  }

  /// - Parameters:
  ///   - marker: Identifies the batch: a folder accepts exports of one batch only.
  ///   - title: The title of the card.
  ///   - unit: What stays together in one split.
  ///   - license: An identifier from Hugging Face's list, for the card.
  ///   - remote: Where the images' bytes come from; nil for the files that they name.
  /// - Throws: `DatasetError` if there are no images, two have the same index, or one cannot be described.
  package init(
    _ marker: ExportMarker, title: String, license: String = "unknown", images: [DatasetImage],
    splits: DatasetSplits = .trainOnly, splitBy unit: DatasetSplits.Unit = .image, remote: Remote? = nil
  ) throws {
    guard !images.isEmpty else { throw DatasetError(.badInput, "there are no images to export") }
    for image in images { try image.check() }
    let indices = images.map(\.index).sorted()
    if let twice = zip(indices, indices.dropFirst()).first(where: { $0 == $1 }) {
      throw DatasetError(.badInput, "two images have the index \(twice.0)")
    }
    self.marker = marker
    self.remote = remote
    self.splits = zip(splits.parts, splits.assign(images, by: unit)).compactMap { part, positions in
      positions.isEmpty
        ? nil
        : Split(
          name: part.name, asked: Double(part.share) / Double(DatasetSplits.one), images: positions.map { images[$0] })
    }
    let unlabelled = self.splits.filter { $0.images.allSatisfy { $0.label == nil } }
    if let split = unlabelled.first, unlabelled.count < self.splits.count {
      throw DatasetError(
        .badInput,
        "the split \(split.name) would have images of plain text only, whose label is null, and loaders refuse such a "
          + "split beside labelled ones: choose other shares, or export the text in a batch of its own")
    }
    card = DatasetCard(batch: marker.batch, title: title, license: license, splits: self.splits, unit: unit)
    var wanted: Set<String> = ["README.md", StagedFolder.marker]
    for split in self.splits {
      wanted.insert("\(split.name)/metadata.jsonl")
      for image in split.images { wanted.insert("\(split.name)/\(image.fileName)") }
    }
    self.wanted = wanted
  }

  /// Writes the dataset into `folder`, or resumes an interrupted export; until the end the folder is missing or
  /// unchanged.
  ///
  /// - Parameter onEvent: Runs after each step; throwing stops the export, which can be resumed.
  /// - Throws: `DatasetError` if the folder belongs to something else, an image's file differs from its record, or a
  ///   system call fails; rethrows the errors of `onEvent`.
  @discardableResult
  package func write(to folder: String, onEvent: (Event) throws -> Void = { _ in }) throws -> Summary {
    let target = try StagedFolder(folder, marker: marker, owns: Self.owns, adopts: holdsNothingElse)
    var summary = Summary()
    try clean(target, &summary)
    let total = splits.reduce(0) { $0 + $1.images.count }
    for split in splits {
      let (name, images) = (split.name, split.images)
      try Folder.make("\(target.path)/\(name)")
      let (hidden, earlier) = (target.path, target.target)
      try ReadAhead.forEach(images, width: remote?.width ?? 1) { [remote] image -> [UInt8]? in
        guard let remote, try !Self.isThere(image, "\(name)/\(image.fileName)", hidden, earlier) else {
          return nil
        }
        return try remote.read(image.sha256)
      } _: { image, bytes in
        let isCopied = try place(image, "\(name)/\(image.fileName)", in: target, bytes: try bytes.get())
        if isCopied { summary.copied += 1 } else { summary.kept += 1 }
        try onEvent(.image(done: summary.copied + summary.kept, of: total))
      }
      summary.splits.append(
        Summary.Split(
          name: name, images: images.count, asked: split.asked, share: Double(images.count) / Double(total)))
    }
    for split in splits {
      let images = split.images
      let rows = stride(from: 0, to: images.count, by: 1000).lazy.map { start in
        images[start..<min(start + 1000, images.count)].flatMap { Array($0.metadataRow.utf8) }
      }
      try target.write(rows, to: "\(split.name)/metadata.jsonl")
      try onEvent(.metadata(split: split.name))
    }
    try target.write(Array(card.text.utf8), to: "README.md")
    try onEvent(.card)
    try target.publish { try onEvent(.published) }
    return summary
  }

  /// Removes foreign files from the hidden folder, and counts the files that the earlier folder loses.
  private func clean(_ target: StagedFolder, _ summary: inout Summary) throws {
    let left = try Folder.entries(below: target.path)
    for name in left.files where Self.owns(name) && !wanted.contains(name) {
      try File.remove("\(target.path)/\(name)")
      summary.removed += 1
    }
    for folder in left.folders.reversed() where Self.owns("\(folder)/") {
      try Folder.removeIfEmpty("\(target.path)/\(folder)")
    }
    guard target.hasPrevious else { return }
    for name in try Folder.entries(below: target.target).files
    where Self.owns(name) && !wanted.contains(name) && !name.hasSuffix("/metadata.jsonl") {
      summary.removed += 1
    }
  }

  /// Whether exports use this path for a file or, if it ends with "/", for a folder.
  package static func owns(_ path: String) -> Bool {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    if parts.count == 2, DatasetSplits.names.contains(parts[0]) {
      parts.removeFirst()
      let name = whole(parts[0])
      return name.isEmpty || name == "metadata.jsonl" || isImage(name)
    }
    guard parts.count == 1 else { return false }
    return ["README.md", StagedFolder.marker].contains(whole(parts[0]))
  }

  /// The final name of a file that earlier versions wrote as `.name.part` until it was complete.
  private static func whole(_ name: String) -> String {
    name.hasPrefix(".") && name.hasSuffix(".part") ? String(name.dropFirst().dropLast(5)) : name
  }

  private static func isImage(_ name: String) -> Bool {
    guard name.hasSuffix(".png") else { return false }
    let stem = name.utf8.dropLast(4)
    return stem.count >= 6 && stem.allSatisfy { (48...57).contains($0) }
  }

  /// Whether every exported image in a folder belongs to this batch, so that replacing the folder loses nothing.
  private func holdsNothingElse(_ folder: String) throws -> Bool {
    let images = Dictionary(
      uniqueKeysWithValues: splits.flatMap { $0.images.map { ($0.fileName, $0) } })
    return try Folder.entries(below: folder).files.allSatisfy { path in
      guard Self.owns(path), let name = path.split(separator: "/").last.map({ String($0) }), Self.isImage(name) else {
        return true
      }
      return try images[name].map { try Self.isWhole($0, at: "\(folder)/\(path)") } ?? false
    }
  }

  /// Whether an earlier run or export has the image, as far as this user can see.
  private static func isThere(_ image: DatasetImage, _ name: String, _ folders: String...) throws -> Bool {
    folders.contains { (try? isWhole(image, at: "\($0)/\(name)")) == true }
  }

  private static func isWhole(_ image: DatasetImage, at path: String) throws -> Bool {
    guard File.size(path) == image.bytes else { return false }
    return try DatasetImage.digest(of: File.read(path)) == image.sha256
  }

  /// Puts an image into the hidden folder unless an earlier run did; returns whether it was copied.
  ///
  /// - Parameter known: its bytes, if they come from elsewhere than its file and were read ahead.
  private func place(
    _ image: DatasetImage, _ name: String, in target: StagedFolder, bytes known: [UInt8]?
  ) throws -> Bool {
    if try Self.isWhole(image, at: "\(target.path)/\(name)") { return false }
    // An earlier file that this user cannot read is written again.
    if (try? Self.isWhole(image, at: "\(target.target)/\(name)")) == true, try target.keep(name) { return false }
    func damaged(_ reason: String) -> DatasetError {
      DatasetError(
        .damagedImage, "image \(image.index) cannot be exported: its file \(image.source) \(reason); render it again"
      )
    }
    let bytes: [UInt8]
    if let remote {
      bytes = try known ?? remote.read(image.sha256)
    } else {
      guard File.exists(image.source) else { throw damaged("is missing") }
      bytes = try File.read(image.source)
    }
    guard bytes.count == image.bytes else { throw damaged("has \(bytes.count) bytes instead of \(image.bytes)") }
    let digest = DatasetImage.digest(of: bytes)
    guard digest == image.sha256 else {
      throw damaged("is damaged: its SHA-256 is \(digest) instead of \(image.sha256)")
    }
    try target.write(bytes, to: name)
    return true
  }
}
