import Files
import Provenance
import Vocabulary

/// The form of a dataset's folder.
package enum DatasetFormat: String, CaseIterable, Sendable {
  /// Hugging Face's imagefolder: a folder for each split with its images and their `metadata.jsonl`.
  case imagefolder
  /// Parquet files with the images inside, as Hugging Face's hub keeps them.
  case parquet
  /// Tar files for WebDataset: an image, its metadata and its class under one name.
  case webdataset
  /// torchvision's ImageFolder: a folder for each split and in it one for each emotion.
  case classFolders = "class-folders"
  /// EmoSet's layout, which `emofarm train classifier --data` reads.
  case emoset

  /// Files of a folder at most: the hub's limit.
  static let largestFolder = 10_000
  /// The most images in a shard, and the most bytes of images.
  static let shard = (images: 10_000, bytes: 512 << 20)

  /// Of images' files.
  private static let suffixes = ["png"] + ImageConversion.Format.allCases.map(\.suffix)

  /// Whether images need a class, so that those of plain text have no place.
  var needsLabels: Bool { self == .classFolders || self == .emoset }

  /// Refuses images of plain text where loaders need a class of each image.
  ///
  /// - Parameters:
  ///   - texts: images of plain text.
  ///   - isMixed: whether there are others.
  /// - Throws: `DatasetError` that names other forms.
  func checkLabels(texts: Int, isMixed: Bool) throws(DatasetError) {
    guard texts > 0, needsLabels || (self == .webdataset && isMixed) else { return }
    throw DatasetError(
      .badInput,
      "\(texts) images are of plain text and have no class, which \(rawValue) needs of each"
        + (self == .webdataset ? " image or of none" : "") + ": export them as parquet or imagefolder")
  }

  /// Whether exports of this form use a path for a file or, if it ends with "/", for a folder.
  func owns(_ path: String) -> Bool {
    var parts = path.split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
    let isFolder = parts.last?.isEmpty == true
    if isFolder { parts.removeLast() }
    // Earlier versions wrote `.name.part` until a file was complete; `.name.inputs` says what a shard is made of.
    let name = isFolder ? "" : Self.whole(parts.removeLast())
    let splits = DatasetSplits.names
    guard !parts.isEmpty else {
      return ["README.md", StagedFolder.marker].contains(name) || DatasetAddition.owns(name) || ownsAtTop(name)
    }
    let emotions = Emotion.names
    switch self {
    case .imagefolder:
      guard splits.contains(parts[0]), Self.isNested(parts.dropFirst()) else { return false }
      return isFolder || (name == "metadata.jsonl" && parts.count == 1) || Self.isImage(name)
    case .classFolders:
      guard splits.contains(parts[0]) else { return false }
      guard parts.count > 1 else { return isFolder }
      return emotions.contains(parts[1]) && Self.isNested(parts.dropFirst(2)) && (isFolder || Self.isImage(name))
    case .parquet:
      return parts == ["data"] && (isFolder || name.hasSuffix(".parquet"))
    case .webdataset:
      return false
    case .emoset:
      guard ["image", "annotation"].contains(parts[0]) else { return false }
      guard parts.count > 1 else { return isFolder }
      let suffixes = parts[0] == "image" ? Self.suffixes : ["json"]
      return emotions.contains(parts[1]) && Self.isNested(parts.dropFirst(2))
        && (isFolder || (name.hasPrefix("\(parts[1])_") && suffixes.contains { name.hasSuffix(".\($0)") }))
    }
  }

  private func ownsAtTop(_ name: String) -> Bool {
    switch self {
    case .imagefolder, .parquet: false
    case .webdataset: name.hasSuffix(".tar") && DatasetSplits.names.contains { name.hasPrefix("\($0)-") }
    case .classFolders: DatasetSplits.names.contains { name == "\($0).jsonl" }
    case .emoset: name == "info.json" || EmoSetSplit.allCases.contains { name == $0.file }
    }
  }

  /// At most one folder of a large split's parts, which has a number.
  private static func isNested(_ parts: some Collection<String>) -> Bool {
    parts.count <= 1 && parts.allSatisfy { isNumbered($0, digits: 4) }
  }

  /// Whether a name is a number of at least so many digits, which may follow a batch's number: `7-000042`.
  private static func isNumbered(_ name: some StringProtocol, digits: Int) -> Bool {
    let numbers = name.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return numbers.count <= 2 && (numbers.last?.count ?? 0) >= digits
      && numbers.allSatisfy { !$0.isEmpty && $0.allSatisfy { (48...57).contains($0) } }
  }

  /// The final name of a file.
  private static func whole(_ name: String) -> String {
    for suffix in [".part", ".inputs"] where name.hasPrefix(".") && name.hasSuffix(suffix) {
      return String(name.dropFirst().dropLast(suffix.count))
    }
    return name
  }

  static func isImage(_ name: String) -> Bool {
    suffixes.contains { name.hasSuffix(".\($0)") && isNumbered(name.dropLast($0.count + 1), digits: 6) }
  }
}
