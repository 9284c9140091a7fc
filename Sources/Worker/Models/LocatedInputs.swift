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
