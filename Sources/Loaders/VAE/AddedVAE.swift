package import Checkpoints
import Files
import Foundation
package import Models

/// A VAE that replaces a model's: diffusers' folder with `config.json`, or a file of tensors.
package struct AddedVAE: Sendable {
  package let configuration: AutoencoderConfiguration
  private let path: String
  /// Where the tensors are; nil for a folder.
  private let contents: VAEFile?

  /// Recognises what the path holds, without reading tensors.
  ///
  /// - Throws: `CheckpointError` that names the file and says what it is if it is no VAE.
  package init(_ path: String) throws {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError(.missingFile, file: path, "there is no such VAE: check the path")
    }
    if isFolder.boolValue {
      configuration = try AutoencoderConfiguration(file: "\(path)/config.json")
      contents = nil
    } else {
      let file = try VAEFile(path)
      configuration = file.configuration
      contents = file
    }
  }

  /// Opens the weights under diffusers' names.
  ///
  /// - Throws: `CheckpointError` naming the file and its problem.
  package func weights() throws -> Weights {
    guard let contents else { return try .open(folder: path) }
    return Weights(
      path: path, tensors: contents.tensors, files: [(URL(filePath: path).lastPathComponent, contents.file)])
  }

  /// Says which of its tensors are not used; nil if all are.
  package var note: String? {
    if let contents { return TrainingLeftover.note(contents.names, in: path) }
    return (try? weights()).flatMap { TrainingLeftover.note($0) }
  }

  /// diffusers' class of the VAE.
  var className: String {
    switch configuration {
    case .kl: "AutoencoderKL"
    case .tiny: "AutoencoderTiny"
    }
  }

  /// The `config.json` of a folder of this VAE.
  func document() throws -> [UInt8] {
    try contents?.document ?? File.read("\(path)/config.json")
  }

  /// Checks that the VAE takes a model's place: its latents must be the denoiser's.
  ///
  /// - Throws: `CheckpointError` naming what does not fit.
  package func check(for base: BaseModel) throws {
    guard configuration.latentChannels == base.unet.inputChannels else {
      throw CheckpointError(
        .misshapen, file: path,
        "its latents have \(configuration.latentChannels) channels, but the model's U-Net takes "
          + "\(base.unet.inputChannels): it is the VAE of another family of models")
    }
    guard configuration.factor == base.multiple else {
      throw CheckpointError(
        .misshapen, file: path,
        "it has \(configuration.factor) pixels for each latent, but the model's VAE has \(base.multiple): it is the VAE "
          + "of another family of models")
    }
  }
}
