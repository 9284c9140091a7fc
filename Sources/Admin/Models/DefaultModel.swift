import Files
import Foundation

/// The model that ships with EmoFarm, and the places to look for its folder.
package enum DefaultModel {
  package static let name = "tiny"

  /// The candidate folders, most specific first.
  ///
  /// - Parameters:
  ///   - home: the data folder.
  ///   - workingFolder: of the process.
  ///   - program: the running executable's path: `PREFIX/bin/emofarm` finds the model in `PREFIX/share/emofarm`, a
  ///     build inside a source tree the tree's.
  package static func candidates(home: String, workingFolder: String, program: String?) -> [String] {
    var folders = ["\(home)/models/\(name)", "\(workingFolder)/config/models/\(name)"]
    if let program {
      var parent = URL(filePath: program).standardizedFileURL.deletingLastPathComponent()
      if parent.lastPathComponent == "bin" {
        folders.append(parent.deletingLastPathComponent().appending(path: "share/emofarm/models/\(name)").path)
      }
      while parent.path != "/" {
        folders.append("\(parent.path)/config/models/\(name)")
        parent.deleteLastPathComponent()
      }
    }
    return folders
  }

  /// The first candidate that is a model folder; nil if none is.
  package static func folder(home: String) -> String? {
    let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return candidates(home: home, workingFolder: FileManager.default.currentDirectoryPath, program: program)
      .first { FileManager.default.fileExists(atPath: "\($0)/model_index.json") }
  }

  /// The message if no candidate is a model folder.
  package static func missing(home: String) -> AdminError {
    AdminError(
      "the default model '\(name)' is neither in \(home)/models/\(name) nor in config/models/\(name) of the working "
        + "folder, nor installed beside the program: name a model folder with --model DIR")
  }
}
