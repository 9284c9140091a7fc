import Checkpoints
import Files
import Loaders
package import Vocabulary

extension ModelFolder {
  /// The small documents of a folder in diffusers' layout that do not determine the images, but without which it is not
  /// recognised, such as `model_index.json`; none for a model that is a single file.
  ///
  /// - Parameter description: of this model.
  package func documents(beside description: ModelDescription) throws -> [ModelFile] {
    guard base.root == path else { return [] }
    let known = Set(description.files.map(\.path))
    return try Folder.entries(below: path).files.sorted().filter { file in
      file.hasSuffix(".json") && !known.contains(file) && (File.size("\(path)/\(file)") ?? .max) <= 1 << 20
    }.map { try ModelFile(hashing: "\(path)/\($0)", as: $0) }
  }
}
