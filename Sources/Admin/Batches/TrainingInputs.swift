import Checkpoints
package import Farm
import Files
package import Vocabulary

/// What a training reads, for a farm's store: labelled pictures, models and weights that it starts from, added files.
package struct TrainingInputs {
  /// The plan with the digests of what was found.
  package private(set) var plan: TrainingPlan
  /// Inputs that are not on this machine.
  package private(set) var missing: [String] = []
  private var lists: [(list: FileList, root: String)] = []
  private var files: [AddedFile] = []

  /// Reads the inputs.
  ///
  /// - Parameters:
  ///   - home: the data folder, at which relative paths start.
  ///   - onFile: called after each file is read; throwing stops.
  package init(_ plan: TrainingPlan, home: String, onFile: () throws -> Void) throws {
    self.plan = plan
    let here = plan.relative(to: home)
    for input in TrainingPlan.Input.allCases {
      guard let path = here.path(of: input) else { continue }
      if Folder.isFolder(path) {
        let list = try FileList(folder: path, without: here.written(below: path), onFile: onFile)
        lists.append((list, path))
        self.plan.inputs[input] = list.digest
      } else if File.exists(path) {
        let file = try AddedFile(path: path).identified()
        files.append(file)
        self.plan.inputs[input] = file.sha256
      } else {
        missing.append(path)
      }
    }
    _ = here.mapFiles { file in
      files.append(file)
      return file
    }
  }

  /// Stores what the store lacks of them; blocks.
  ///
  /// - Parameter onFile: called with each file or pack that is sent.
  package func send(to archive: InputArchive, onFile: (ModelFile) throws -> Void) throws -> SentFiles {
    var sent = try BatchInputs(files).send(to: archive, care: .size, onFile: onFile)
    for (list, root) in lists { sent.add(try archive.send(list, root: root, care: .size, onFile: onFile)) }
    return sent
  }
}
