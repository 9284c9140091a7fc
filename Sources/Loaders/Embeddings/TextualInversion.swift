import Checkpoints
package import Engine
import Files
import Foundation

/// A textual inversion: learned input embeddings of the text encoder for a token that prompts use.
///
/// Understood are the files of diffusers (one tensor, named by its token), of the web UIs (`string_to_param`,
/// `emb_params`) and plain safetensors. Source: Gal et al. 2022 (arXiv:2208.01618).
package struct TextualInversion: Sendable {
  package let path: String
  package let token: String
  /// Whether the file itself names the token, rather than its own name or the caller.
  package let namesToken: Bool
  /// `[vectors, width]`.
  package let vectors: Tensor

  /// The names under which files of the web UIs hold the vectors; their token is the file's name.
  private static let nameless = ["string_to_param.*", "emb_params", "clip_l", "*"]
  /// What such files hold beside the vectors, which has no effect on images.
  private static let ignored = "string_to_token."

  /// - Parameters:
  ///   - path: A `.safetensors`, `.pt` or `.bin` file, or a folder with one.
  ///   - token: nil for the token that the file names or, if it names none, the file's name without its extension.
  /// - Throws: `CheckpointError` that says what the file is if it is not of one token for one text encoder.
  package init(_ path: String, token: String? = nil) throws {
    try self.init(TensorFiles.open(AddedFolder.embedding.file(at: path)), token: token)
  }

  init(_ file: any TensorFile, token: String? = nil) throws {
    path = file.path
    let name = try Self.name(in: file)
    let stem = URL(filePath: file.path).deletingPathExtension().lastPathComponent
    namesToken = token == nil && !Self.nameless.contains(name)
    let chosen = token ?? (namesToken ? name : stem)
    guard !chosen.isEmpty, !chosen.contains(where: \.isWhitespace) else {
      throw CheckpointError(
        .unsupported, file: file.path,
        "its token '\(ForeignName.shown(chosen))' is empty or has white space: name another one, as in FILE:TOKEN")
    }
    self.token = chosen
    let shape = try file.shape(of: name)
    guard [1, 2].contains(shape.count), !shape.contains(0) else {
      throw CheckpointError(
        .misshapen, file: file.path,
        "'\(ForeignName.shown(name))' has the shape \(shape), where [vectors, width] is needed")
    }
    let tensor = try file.tensor(name)
    guard tensor.isFinite else {
      throw CheckpointError(
        .malformed, file: file.path,
        "'\(ForeignName.shown(name))' contains infinity or NaN: fetch the embedding again")
    }
    vectors = shape.count == 1 ? tensor.reshaped([1] + shape) : tensor
  }

  /// The name of the one tensor that holds vectors.
  private static func name(in file: any TensorFile) throws -> String {
    let names = file.tensorNames.filter { !$0.hasPrefix(ignored) }
    if names.contains("clip_g") {
      throw CheckpointError(
        .unsupported, file: file.path,
        "is an embedding for the text encoders of Stable Diffusion XL (clip_l, clip_g), which is not supported: "
          + "use one for Stable Diffusion 1.x or 2.x")
    }
    if names.contains(where: { LoRAKey($0) != nil }) {
      throw CheckpointError(.unsupported, file: file.path, "is a LoRA rather than an embedding: give it with --lora")
    }
    guard let name = names.first, names.count == 1 else {
      throw CheckpointError(
        .unsupported, file: file.path,
        "holds \(ForeignLoRA.list(names)), where an embedding has one tensor with the vectors of one token: "
          + "split the file, or check the path")
    }
    return name
  }
}
