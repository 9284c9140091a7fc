import Crypto
import Files

/// Images as a dataset in one of the forms that loaders read.
///
/// The export contains the images in their splits, as the ``DatasetFormat`` has them; a dataset card (`README.md`); and a
/// marker file that identifies the batches. The same images give the same bytes, in whatever order they are given, and
/// even if the export was interrupted and resumed. The folder appears complete: see ``StagedFolder``. Images are read one
/// by one, so memory holds the bytes of a few.
package struct DatasetExport: Sendable {
  /// A finished step of the export.
  package enum Event: Sendable, Equatable, CustomStringConvertible {
    /// An image is in the hidden folder.
    case image(done: Int, of: Int)
    /// A file of many images is in the hidden folder.
    case shard(String)
    case metadata(split: String)
    case card
    /// The dataset is in its place; the earlier one is removed next.
    case published

    /// The point of `DebugGates` for this event: `export-image-7`, `export-published`.
    package var description: String {
      switch self {
      case .image(let done, _): "export-image-\(done)"
      case .shard(let path): "export-shard-\(path.replacing("/", with: "-"))"
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
    /// Images whose bytes are also those of an earlier one.
    package var repeated = 0

    package struct Split: Sendable, Equatable {
      package let name: String
      package let images: Int
      /// The share that was asked for, and the one that came out.
      package let asked: Double
      package let share: Double
    }
  }

  private let card: DatasetCard
  let source: ImageSource
  private let marker: ExportMarker
  private let format: DatasetFormat
  private let additions: Set<DatasetAddition>
  let layout: DatasetLayout
  /// The files of the dataset by their relative path.
  private let wanted: Set<String>
  private let splits: [Split]
  private let repeated: Int

  /// A split that has images.
  struct Split {
    let name: String
    /// The share that was asked for.
    let asked: Double
    let images: [DatasetImage]
  }

  /// - Parameters:
  ///   - marker: Identifies the batches and the form: a folder accepts exports of the same batches in one form only.
  ///   - additions: Files beside those of the form.
  ///   - title: The title of the card.
  ///   - unit: What stays together in one split.
  ///   - license: An identifier from Hugging Face's list, for the card.
  ///   - selection: Which images of the batches these are, if not all, for the card.
  ///   - source: Where the images' bytes come from and what becomes of them.
  /// - Throws: `DatasetError` if there are no images, two have the same place, or one cannot be described in this form.
  package init(
    _ marker: ExportMarker, format: DatasetFormat = .imagefolder, additions: Set<DatasetAddition> = [], title: String,
    license: String = "unknown",
    images: [DatasetImage], splits: DatasetSplits = .trainOnly, splitBy unit: DatasetSplits.Unit = .image,
    selection: DatasetSelection? = nil, source: ImageSource = ImageSource()
  ) throws {
    guard !images.isEmpty else { throw DatasetError(.badInput, "there are no images to export") }
    var images = images
    if images.contains(where: { $0.measured != nil }) {
      for index in images.indices where images[index].measured == nil { images[index].measured = .init() }
    }
    for image in images { try image.check() }
    for position in images.indices {
      if marker.batches != nil { images[position].qualifier = "\(images[position].batch)-" }
      images[position].suffix = source.suffix
    }
    if let twice = Self.twice(images) { throw DatasetError(.badInput, "two images have the index \(twice)") }
    self.marker = marker
    self.source = source
    repeated = images.count - Set(images.map(\.sha256)).count
    self.splits = zip(splits.parts, splits.assign(images, by: unit)).compactMap { part, positions in
      positions.isEmpty
        ? nil
        : Split(
          name: part.name, asked: Double(part.share) / Double(DatasetSplits.one), images: positions.map { images[$0] })
    }
    try Self.checkLabels(self.splits, format)
    self.format = format
    // Croissant reads the records of forms other than Parquet from the tables.
    self.additions = format != .parquet && additions.contains(.croissant) ? additions.union([.csv]) : additions
    layout = DatasetLayout(format, self.splits, tables: self.additions.contains(.csv))
    card = DatasetCard(
      marker: marker, selection: selection, suffix: source.suffix, title: title, license: license, splits: self.splits,
      unit: unit, format: format,
      patterns: layout.patterns)
    let description = additions.contains(.croissant) ? [DatasetAddition.croissantFile] : []
    wanted = Set(
      ["README.md", StagedFolder.marker] + description + layout.paths + layout.shards.map { Self.inputs(of: $0.path) })
  }

  /// The name of an image that occurs twice.
  private static func twice(_ images: [DatasetImage]) -> String? {
    var seen: Set<String> = []
    return images.first { !seen.insert($0.stem).inserted }?.stem
  }

  /// Refuses a folder that ``write(to:onEvent:)`` would refuse whatever the images are, before these are read.
  ///
  /// - Parameter linkingFrom: a folder whose files are going to be linked.
  /// - Throws: `DatasetError`, `FileError`.
  package static func check(
    _ folder: String, marker: ExportMarker, format: DatasetFormat, linkingFrom source: String? = nil
  ) throws {
    try StagedFolder.check(folder, marker: marker, owns: format.owns, linkingFrom: source)
  }

  /// Refuses images of plain text where loaders need a class of each image, or of at least one.
  private static func checkLabels(_ splits: [Split], _ format: DatasetFormat) throws {
    let texts = splits.reduce(0) { $0 + $1.images.count { $0.label == nil } }
    guard texts > 0 else { return }
    let isMixed = splits.contains { $0.images.contains { $0.label != nil } }
    try format.checkLabels(texts: texts, isMixed: isMixed)
    guard format == .imagefolder, isMixed else { return }
    for split in splits where split.images.allSatisfy({ $0.label == nil }) {
      throw DatasetError(
        .badInput,
        "the split \(split.name) would have images of plain text only, whose label is null, and loaders refuse such a "
          + "split beside labelled ones: choose other shares, or export as parquet")
    }
  }

  /// Writes the dataset into `folder`, or resumes an interrupted export; until the end the folder is missing or
  /// unchanged.
  ///
  /// - Parameter onEvent: Runs after each step; throwing stops the export, which can be resumed.
  /// - Throws: `DatasetError` if the folder belongs to something else, an image's file differs from its record, or a
  ///   system call fails; rethrows the errors of `onEvent`.
  @discardableResult
  package func write(to folder: String, onEvent: (Event) throws -> Void = { _ in }) throws -> Summary {
    let target = try StagedFolder(folder, marker: marker, owns: format.owns, adopts: holdsNothingElse)
    var summary = Summary(repeated: repeated)
    try clean(target, &summary)
    let total = splits.reduce(0) { $0 + $1.images.count }
    for split in splits {
      summary.splits.append(
        Summary.Split(
          name: split.name, images: split.images.count, asked: split.asked,
          share: Double(split.images.count) / Double(total)))
    }
    try writeCopies(target, total, &summary, onEvent)
    for shard in layout.shards { try write(shard, target, total, &summary, onEvent) }
    var made: Set<String> = []
    for document in layout.documents {
      let folder = Folder.parent(of: document.path)
      if document.path.contains("/"), made.insert(folder).inserted { try Folder.make("\(target.path)/\(folder)") }
      try target.write(document.parts(), to: document.path)
      for split in splits where document.path.hasPrefix(split.name) { try onEvent(.metadata(split: split.name)) }
    }
    try target.write(Array(card.text.utf8), to: "README.md")
    if additions.contains(.croissant) { try target.write(croissant(target), to: DatasetAddition.croissantFile) }
    try onEvent(.card)
    for shard in layout.shards { try File.remove("\(target.path)/\(Self.inputs(of: shard.path))") }
    try target.publish { try onEvent(.published) }
    return summary
  }

  /// - Parameter target: holds the tables.
  private func croissant(_ target: StagedFolder) throws -> [UInt8] {
    let parts = try splits.map { split in
      let table = "\(target.path)/\(DatasetAddition.table(of: split.name))"
      return Croissant.Split(
        name: split.name,
        parquet: format == .parquet ? layout.patterns.first { $0.split == split.name }?.path : nil,
        tableSHA256: format == .parquet ? nil : DatasetImage.digest(of: try File.read(table)), sample: split.images[0])
    }
    return try Croissant(title: card.title, license: card.license, created: marker.created, splits: parts).document()
  }

  /// Writes a file of many images, unless an interrupted run wrote it of the same ones.
  private func write(
    _ shard: DatasetLayout.Shard, _ target: StagedFolder, _ total: Int, _ summary: inout Summary,
    _ onEvent: (Event) throws -> Void
  ) throws {
    let digest = Self.digest(of: shard, source)
    let note = "\(target.path)/\(Self.inputs(of: shard.path))"
    let known = File.exists("\(target.path)/\(shard.path)") ? try File.contents(note) : nil
    if known == Array(digest.utf8) {
      summary.kept += shard.images.count
      return try onEvent(.image(done: summary.copied + summary.kept, of: total))
    }
    if shard.path.contains("/") { try Folder.make("\(target.path)/\(Folder.parent(of: shard.path))") }
    try File.remove(note)
    try target.write(shard.path) { put in
      var writer: any ShardWriter = format == .parquet ? ParquetShard(to: put) : TarShard(to: put)
      try ReadAhead.forEach(shard.images, width: source.width) { [source] in
        try source.file(of: $0)
      } _: { image, bytes in
        try writer.append(image, try bytes.get())
        summary.copied += 1
        try onEvent(.image(done: summary.copied + summary.kept, of: total))
      }
      try writer.finish()
    }
    try File.write(Array(digest.utf8), to: note)
    try onEvent(.shard(shard.path))
  }

  /// Identifies what a shard is made of.
  private static func digest(of shard: DatasetLayout.Shard, _ source: ImageSource) -> String {
    var hash = SHA256()
    hash.update(data: Array(source.description.utf8))
    for image in shard.images { hash.update(data: Array(image.row(file: nil).utf8)) }
    return Hex.encode(hash.finalize())
  }

  /// The file that says of what images a shard of an interrupted run is made.
  private static func inputs(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    return "\(path.dropLast(name.count)).\(name).inputs"
  }

  /// Removes foreign files from the hidden folder, and counts the files that the earlier folder loses.
  private func clean(_ target: StagedFolder, _ summary: inout Summary) throws {
    let left = try Folder.entries(below: target.path)
    for name in left.files where format.owns(name) && !wanted.contains(name) {
      try File.remove("\(target.path)/\(name)")
      summary.removed += 1
    }
    for folder in left.folders.reversed() where format.owns("\(folder)/") {
      try Folder.removeIfEmpty("\(target.path)/\(folder)")
    }
    guard target.hasPrevious else { return }
    for name in try Folder.entries(below: target.target).files
    where format.owns(name) && !wanted.contains(name) && !name.hasSuffix("/metadata.jsonl") {
      summary.removed += 1
    }
  }

  /// Whether every exported image in a folder belongs to this batch, so that replacing the folder loses nothing.
  private func holdsNothingElse(_ folder: String) throws -> Bool {
    // Only imagefolder is older than markers that identify the batch.
    guard format == .imagefolder else { return false }
    let images = Dictionary(
      uniqueKeysWithValues: splits.flatMap { $0.images.map { ($0.fileName, $0) } })
    return try Folder.entries(below: folder).files.allSatisfy { path in
      guard format.owns(path), let name = path.split(separator: "/").last.map({ String($0) }),
        DatasetFormat.isImage(name)
      else {
        return true
      }
      return try images[name].map { try ImageSource.isWhole($0, at: "\(folder)/\(path)") } ?? false
    }
  }
}
