import Files
import Foundation
package import Vocabulary

/// The files of a model or of another folder that jobs read, and which of them is meant if it is a single file.
package struct FileList: Codable, Hashable, Sendable {
  /// The files that ``digest`` covers.
  package let files: [ModelFile]
  /// Small documents of the folder that it does not cover, such as `model_index.json`.
  package let documents: [ModelFile]
  /// The file's path; "" for a folder.
  package let entry: String
  /// The first of the files, in their order, which are stored together; nil if each is stored by itself.
  package let packs: [Pack]?

  /// Small files that are one object of the store, one after the other: 100,000 pictures of 40 kB with their annotations
  /// are 250 requests instead of 200,000.
  package struct Pack: Codable, Hashable, Sendable {
    package let sha256: String
    package let bytes: Int
    package let count: Int

    package init(sha256: String, bytes: Int, count: Int) {
      self.sha256 = sha256
      self.bytes = bytes
      self.count = count
    }
  }

  package init(files: [ModelFile], documents: [ModelFile] = [], entry: String = "", packs: [Pack]? = nil) {
    self.files = files
    self.documents = documents
    self.entry = entry
    self.packs = packs
  }

  /// The files of a model.
  ///
  /// - Parameters:
  ///   - root: the folder to which its files are relative.
  ///   - documents: other small files that the folder needs to be recognised.
  package init(_ model: ModelDescription, root: String, documents: [ModelFile]) {
    self.init(
      files: model.files, documents: documents,
      entry: model.folder == root ? "" : String(model.folder.dropFirst(root.count + 1)))
  }

  package var digest: String { ModelDescription.digest(of: files) }
  package var bytes: Int64 { all.reduce(0) { $0 + Int64($1.bytes) } }
  package var all: [ModelFile] { files + documents }

  /// Reads a list that someone may have damaged; nil if it is not the one with this digest.
  init?(_ bytes: [UInt8], digest: String) {
    guard let list = try? JSONDecoder().decode(FileList.self, from: Data(bytes)), list.digest == digest,
      list.all.count <= Self.mostFiles,
      list.all.allSatisfy({
        Self.isPlain($0.path) && (0...Self.largest).contains($0.bytes) && Hex.decode($0.sha256)?.count == 32
      }),
      list.hasSoundPacks,
      list.entry.isEmpty || list.files.contains(where: { $0.path == list.entry })
    else { return nil }
    self = list
  }

  /// Bounds whose product is a number of bytes.
  private static let mostFiles = 1 << 22
  private static let largest = 1 << 40

  private var hasSoundPacks: Bool {
    var start = 0
    for pack in packs ?? [] {
      guard (1...files.count).contains(pack.count), pack.count <= files.count - start,
        Hex.decode(pack.sha256)?.count == 32,
        files[start..<start + pack.count].reduce(0, { $0 + $1.bytes }) == pack.bytes
      else { return false }
      start += pack.count
    }
    return true
  }

  /// An object of the store: a file, or several one after the other.
  package struct Object: Hashable, Sendable {
    /// The object as one file; the path says what it is.
    package let file: ModelFile
    package let parts: [ModelFile]
    package let isPack: Bool
  }

  /// What the store holds of the list: the packs come first.
  package var objects: [Object] {
    var objects: [Object] = []
    var rest = files[...]
    for pack in packs ?? [] {
      let parts = Array(rest.prefix(pack.count))
      rest = rest.dropFirst(pack.count)
      let path = "\(parts.first?.path ?? "")" + (parts.count > 1 ? " and \(parts.count - 1) more files" : "")
      objects.append(
        Object(file: ModelFile(path: path, bytes: pack.bytes, sha256: pack.sha256), parts: parts, isPack: true))
    }
    return objects + (rest + documents).map { Object(file: $0, parts: [$0], isPack: false) }
  }

  /// Whether a path stays inside the folder.
  private static func isPlain(_ path: String) -> Bool {
    !path.hasPrefix("/") && !path.utf8.contains(0)
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }
}
