import Checkpoints
import Files
import Foundation
import Loaders
package import Vocabulary

/// Files that lie elsewhere than when an image was rendered, recognised by their digests.
package struct MovedFiles {
  /// What was given, and the files that it may stand for.
  private let given: [(path: String, files: [AddedFile])]

  /// Digests what the paths name: files, and folders, each of which stands for itself and for the files directly in it.
  ///
  /// - Throws: `CheckpointError` if a path names nothing.
  package init(_ paths: [String]) throws {
    given = try paths.map { path in
      var files = [try AddedFile(path: path).identified()]
      if Folder.isFolder(path) {
        for name in try Folder.names(in: path) where !name.hasPrefix(".") && !Folder.isFolder("\(path)/\(name)") {
          files.append(try AddedFile(path: "\(path)/\(name)").identified())
        }
      }
      return (path, files)
    }
  }

  /// The settings of an image with its files where they lie now.
  ///
  /// - Throws: `InputError` naming a path that holds none of the image's files, or a file that is nowhere.
  package func settings(_ recorded: RenderSettings, of image: String) throws -> RenderSettings {
    var used: Set<String> = []
    var settings = try recorded.mapFiles { (file) throws(InputError) in
      for (path, files) in given {
        guard let found = files.first(where: { $0.sha256 == file.sha256 }) else { continue }
        used.insert(path)
        return found
      }
      guard FileManager.default.fileExists(atPath: file.path) else {
        throw InputError(
          "\(image) was rendered with a file that is no longer there: name the place where it lies now with --moved",
          file: file.path)
      }
      return file
    }
    if let path = given.map(\.path).first(where: { !used.contains($0) }) {
      throw InputError(
        "none of the files that \(image) was rendered with has the digest of this one: leave out --moved, or name the "
          + "right file; emofarm inspect shows the digests", file: path)
    }
    let pairs = zip(recorded.additions.embeddings, settings.additions.embeddings)
    settings.additions.embeddings = try pairs.map { old, new in
      // A token that comes from the file's name comes from its old one.
      guard new.token == nil, new.file.stem != old.file.stem, try !TextualInversion(new.file.path).namesToken else {
        return new
      }
      return EmbeddingUse(file: new.file, token: old.file.stem)
    }
    return settings
  }
}
