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

  package init(files: [ModelFile], documents: [ModelFile] = [], entry: String = "") {
    self.files = files
    self.documents = documents
    self.entry = entry
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
      list.all.allSatisfy({ Self.isPlain($0.path) && $0.bytes >= 0 && Hex.decode($0.sha256)?.count == 32 }),
      list.entry.isEmpty || list.files.contains(where: { $0.path == list.entry })
    else { return nil }
    self = list
  }

  /// Whether a path stays inside the folder.
  private static func isPlain(_ path: String) -> Bool {
    !path.hasPrefix("/") && !path.utf8.contains(0)
      && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }
}
