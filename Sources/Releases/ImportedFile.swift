import Checkpoints
import Files
import Foundation
import Vocabulary

/// A file of a model folder, converted from a release and not yet written.
struct ImportedFile {
  private enum Content {
    case tensors([ImportedTensor])
    case json([UInt8])
  }

  /// Relative to the model folder.
  let path: String
  let sources: [ReleaseFile]
  let leftOut: [ImportRecord.LeftOut]
  private let content: Content

  /// - Throws: `CheckpointError` if a tensor contains a value that is infinite or not a number.
  init(_ path: String, tensors: [ImportedTensor], from sources: [ReleaseFile], leftOut: [ImportRecord.LeftOut] = [])
    throws
  {
    for tensor in tensors { try tensor.check() }
    self.path = path
    self.sources = sources
    self.leftOut = leftOut
    content = .tensors(tensors)
  }

  init(_ path: String, json value: some Encodable, from sources: [ReleaseFile], leftOut: [ImportRecord.LeftOut] = [])
    throws
  {
    self.path = path
    self.sources = sources
    self.leftOut = leftOut
    content = .json(try ConfigFile.encoded(value))
  }

  /// Writes the file below `folder`; its own folder must exist.
  ///
  /// - Throws: `FileError` if the file cannot be written.
  func write(below folder: String) throws -> ImportRecord.File {
    let file = "\(folder)/\(path)"
    var tensors: [ImportRecord.Tensor] = []
    switch content {
    case .tensors(let list):
      try Safetensors.write(path: file, tensors: list.map { ($0.name, $0.tensor) })
      tensors = list.map(\.record)
    case .json(let bytes): try DurableFile.write(bytes, to: file)
    }
    return ImportRecord.File(
      try ModelFile(hashing: file, as: path), sources: sources.map(\.digest), tensors: tensors, leftOut: leftOut)
  }
}
