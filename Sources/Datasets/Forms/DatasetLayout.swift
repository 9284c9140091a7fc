import Files
import Vocabulary

/// The files of a dataset in one of the forms, by their path in its folder.
struct DatasetLayout: Sendable {
  /// A file that is an image.
  struct Copy: Sendable {
    let path: String
    let image: DatasetImage
  }

  /// A file that holds many images.
  struct Shard: Sendable {
    let path: String
    let images: [DatasetImage]
  }

  /// A file of text, which is composed part by part.
  struct Document: Sendable {
    let path: String
    let parts: @Sendable () -> any Sequence<[UInt8]>
  }

  private(set) var copies: [Copy] = []
  private(set) var shards: [Shard] = []
  private(set) var documents: [Document] = []
  /// Which files a loader reads for each split; empty where the folder speaks for itself.
  private(set) var patterns: [(split: String, path: String)] = []

  var paths: [String] { copies.map(\.path) + shards.map(\.path) + documents.map(\.path) }

  init(_ format: DatasetFormat, _ splits: [DatasetExport.Split], tables: Bool) {
    switch format {
    case .imagefolder: addImageFolder(splits)
    case .classFolders: addClassFolders(splits)
    case .parquet: addParquet(splits)
    case .webdataset: addWebDataset(splits)
    case .emoset: addEmoSet(splits)
    }
    if tables { addTables(splits) }
  }

  private mutating func addTables(_ splits: [DatasetExport.Split]) {
    var places = copies.reduce(into: [String: String]()) { $0[$1.image.stem] = $1.path }
    for shard in shards {
      for image in shard.images { places[image.stem] = shard.path }
    }
    for split in splits {
      let rows = split.images.map { (path: places[$0.stem] ?? "", image: $0) }
      documents.append(
        Document(path: DatasetAddition.table(of: split.name)) {
          stride(from: 0, to: rows.count, by: 1000).lazy.map { start in
            let head = start == 0 ? rows[0].image.tableHeader : ""
            let part = rows[start..<min(start + 1000, rows.count)].map { $0.image.tableRow(file: $0.path) }
            return Array((head + part.joined()).utf8)
          }
        })
    }
  }

  private mutating func addImageFolder(_ splits: [DatasetExport.Split]) {
    for split in splits {
      let files = Self.files(split.images.map { ("", $0) })
      copies += files.map { Copy(path: "\(split.name)/\($0.path)", image: $0.image) }
      documents.append(Self.rows(files, path: "\(split.name)/metadata.jsonl"))
      patterns.append((split.name, "\(split.name)/**"))
    }
  }

  private mutating func addClassFolders(_ splits: [DatasetExport.Split]) {
    for split in splits {
      let files = Self.files(split.images.map { ("\($0.label?.rawValue ?? "")/", $0) }, in: split.name)
      copies += files.map { Copy(path: $0.path, image: $0.image) }
      documents.append(Self.rows(files, path: "\(split.name).jsonl"))
      patterns.append((split.name, "\(split.name)/**"))
    }
  }

  private mutating func addParquet(_ splits: [DatasetExport.Split]) {
    for split in splits {
      let parts = Self.parts(split.images)
      for (number, images) in parts.enumerated() {
        let name = "\(split.name)-\(Self.digits(number, 5))-of-\(Self.digits(parts.count, 5))"
        shards.append(Shard(path: "data/\(name).parquet", images: images))
      }
      patterns.append((split.name, "data/\(split.name)-*"))
    }
  }

  private mutating func addWebDataset(_ splits: [DatasetExport.Split]) {
    for split in splits {
      for (number, images) in Self.parts(split.images).enumerated() {
        shards.append(Shard(path: "\(split.name)-\(Self.digits(number, 6)).tar", images: images))
      }
      patterns.append((split.name, "\(split.name)-*.tar"))
    }
  }

  private mutating func addEmoSet(_ splits: [DatasetExport.Split]) {
    let names: [EmoSetSplit: String] = [.train: "train", .val: "validation", .test: "test"]
    let all = Self.files(splits.flatMap { $0.images.map { ("\($0.label?.rawValue ?? "")/", $0) } }, in: "image")
    let paths = Dictionary(uniqueKeysWithValues: all.map { ($0.image.stem, Self.emoSet($0.path, $0.image)) })
    copies += all.map { Copy(path: Self.emoSet($0.path, $0.image), image: $0.image) }
    for file in all {
      let (path, image) = (Self.annotation(Self.emoSet(file.path, file.image)), file.image)
      documents.append(
        Document(path: path) {
          var line = JSONLine()
          line.add("image_id", Self.id(image))
          line.add("emotion", image.label?.rawValue)
          return CollectionOfOne(Array(line.line.utf8))
        })
    }
    for split in EmoSetSplit.allCases {
      let images = splits.first { $0.name == names[split] }?.images ?? []
      documents.append(
        Document(path: split.file) {
          let rows = images.enumerated().lazy.map { position, image in
            let path = paths[image.stem] ?? ""
            let row = [image.label?.rawValue ?? "", path, Self.annotation(path)].map { JSONString.quoted($0, .line) }
            return Array("\(position == 0 ? "" : ",\n ")[\(row.joined(separator: ", "))]".utf8)
          }
          return [Array("[".utf8)] + rows + [Array("]\n".utf8)]
        })
    }
    documents.append(Document(path: "info.json") { CollectionOfOne(Array(EmoSetInfo.ofEmotions.utf8)) })
  }

  private static func id(_ image: DatasetImage) -> String {
    "\(image.label?.rawValue ?? "")_\(image.stem)"
  }

  /// The path of an image with EmoSet's name for it.
  private static func emoSet(_ path: String, _ image: DatasetImage) -> String {
    "\(path.dropLast(image.fileName.count))\(id(image)).\(image.suffix)"
  }

  private static func annotation(_ path: String) -> String {
    "annotation\(path.dropFirst(5).prefix { $0 != "." }).json"
  }

  /// The images' paths: a folder that would hold too many gets numbered folders, by the images' batch and
  /// index.
  ///
  /// - Parameter images: with the folder that each belongs to, which ends with "/" unless it is empty.
  private static func files(
    _ images: [(folder: String, image: DatasetImage)], in root: String = ""
  ) -> [(path: String, image: DatasetImage)] {
    let counts = images.reduce(into: [String: Int]()) { $0[$1.folder, default: 0] += 1 }
    return images.map { folder, image in
      let part = DatasetFormat.largestFolder / 2
      // One file of the folder may be its metadata.
      let isLarge = counts[folder, default: 0] >= DatasetFormat.largestFolder
      let inner = isLarge ? "\(image.qualifier)\(digits(image.index / part, 4))/" : ""
      return ("\(root.isEmpty ? "" : "\(root)/")\(folder)\(inner)\(image.fileName)", image)
    }
  }

  private static func rows(_ files: [(path: String, image: DatasetImage)], path: String) -> Document {
    Document(path: path) {
      stride(from: 0, to: files.count, by: 1000).lazy.map { start in
        files[start..<min(start + 1000, files.count)].flatMap { Array($0.image.row(file: $0.path).utf8) }
      }
    }
  }

  /// The images of each shard.
  private static func parts(_ images: [DatasetImage]) -> [[DatasetImage]] {
    var parts: [[DatasetImage]] = []
    var bytes = 0
    for image in images {
      let limit = DatasetFormat.shard
      if let last = parts.last, last.count < limit.images, bytes + image.bytes <= limit.bytes {
        parts[parts.count - 1].append(image)
      } else {
        parts.append([image])
        bytes = 0
      }
      bytes += image.bytes
    }
    return parts
  }

  static func digits(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
