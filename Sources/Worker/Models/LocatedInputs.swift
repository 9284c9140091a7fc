import Checkpoints
import Farm
import Files
import Vocabulary

/// The files that one job names, where they are on this machine: at their paths, or as copies from the farm's store, which
/// stay while this value exists.
final class LocatedInputs {
  private let copies: InputCopies
  private let notice: (String) -> Void
  private let onProgress: () throws -> Void
  private var held: [InputCopy] = []

  /// - Parameters:
  ///   - notice: called when a path holds other bytes than those that are asked for.
  ///   - onProgress: called whenever more of a file has arrived; throwing stops the fetch.
  init(_ copies: InputCopies, notice: @escaping (String) -> Void, onProgress: @escaping () throws -> Void) {
    self.copies = copies
    self.notice = notice
    self.onProgress = onProgress
  }

  /// The file with the digest that is asked for. Blocks.
  ///
  /// - Throws: `CheckpointError` if neither the path nor the store has it, `FarmError`, and what `onProgress` throws.
  func locate(_ file: AddedFile) throws -> AddedFile {
    do {
      return try file.identified()
    } catch let error as CheckpointError {
      guard let copy = try copied(file) else { throw error }
      if File.exists(file.path) { notice("\(error) Meanwhile the copy from the store is used") }
      return copy
    }
  }

  /// A training whose inputs have the digests that it asks for, where they are on this machine. Blocks while folders are
  /// read.
  ///
  /// - Throws: `FarmError` (`fileSystem`) if neither a path nor the store has an input, and as above.
  func locate(_ plan: TrainingPlan) throws -> TrainingPlan {
    var local = try plan.mapFiles { try locate($0) }
    for (input, digest) in plan.inputs.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard let path = plan.path(of: input), try !has(path, digest, without: plan.written(below: path)) else {
        continue
      }
      let copy = try copies.copy(of: AddedFile(path: path, sha256: digest), onProgress: onProgress)
      guard let copy else {
        throw FarmError(
          .fileSystem,
          "\(path), from which the training reads its \(input.rawValue), is \(File.exists(path) ? "not what it was" : "missing") "
            + "when it was enqueued, and the store does not have it: restore it, or enqueue the training with --upload")
      }
      if File.exists(path) {
        notice("\(path) is not what it was when the training was enqueued: the store's copy is used")
      }
      held.append(copy)
      local.read(input, at: copy.path)
    }
    return local
  }

  /// The place of some parts of a folder, with the digest that is asked for. Blocks.
  ///
  /// - Throws: `CheckpointError` if neither the path nor the store has them, `FarmError`, and what `onProgress` throws.
  func locate(_ folder: AddedFile, parts: [String]) throws -> String {
    func isRight(_ path: String) throws -> Bool {
      try Folder.isFolder(path) && FileList(folder: path, parts: parts, onFile: onProgress).digest == folder.sha256
    }
    if try isRight(folder.path) { return folder.path }
    for attempt in 1...2 {
      guard let digest = folder.sha256, let copy = try copies.copy(of: digest, onProgress: onProgress) else { break }
      guard try isRight(copy.path) || attempt == 2 else {
        notice("a copy from the store is damaged and fetched again: \(copy.path)")
        try copies.discard(copy)
        continue
      }
      if File.exists(folder.path) {
        notice("\(folder.path) is not what it was when the batch was enqueued: the store's copy is used")
      }
      held.append(copy)
      return copy.path
    }
    throw folder.missing
  }

  private func has(_ path: String, _ digest: String, without excluded: [String]) throws -> Bool {
    guard File.exists(path) else { return false }
    guard Folder.isFolder(path) else { return try AddedFile(path: path).identified().sha256 == digest }
    return try FileList(folder: path, without: excluded, onFile: onProgress).digest == digest
  }

  private func copied(_ file: AddedFile) throws -> AddedFile? {
    for attempt in 1...2 {
      guard let copy = try copies.copy(of: file, onProgress: onProgress) else { return nil }
      do {
        let found = try AddedFile(path: copy.path, sha256: file.sha256).identified()
        held.append(copy)
        return found
      } catch is CheckpointError where attempt == 1 {
        notice("a copy from the store is damaged and fetched again: \(copy.path)")
        try copies.discard(copy)
      }
    }
    return nil
  }
}

extension AddedFile {
  /// The error for a folder of classifiers that this host does not have.
  var missing: CheckpointError {
    CheckpointError(
      .missingFile, file: path,
      "these classifiers are \(File.exists(path) ? "not what they were" : "missing") where the batch was enqueued with them, "
        + "and the store does not have them: restore the folder, or send it with `emofarm store send`")
  }
}
