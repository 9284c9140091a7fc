import Checkpoints
package import Engine
import Foundation
package import Imaging
package import Models

/// CLIP with its image preprocessing and, if available, its tokenizer.
package struct CLIPFeatureExtractor: Sendable {
  package let model: CLIPModel
  package let preprocessing: ImagePreprocessing
  package let tokenizer: CLIPTokenizer?

  /// Width of the image features.
  package let width: Int

  /// - Parameters:
  ///   - folder: a model folder in transformers' layout.
  ///   - tokenizers: folders that may contain the tokenizer, by preference.
  /// - Throws: `CheckpointError` naming the file and the key or tensor.
  package init(folder: String, tokenizers: [String]) throws {
    let files = FileManager.default
    let weights = try Weights.open(folder: folder)
    width = weights.shape(of: "visual_projection.weight")?.first ?? 0
    model = try CLIPModel(weights, configuration: "\(folder)/config.json")
    let processor = "\(folder)/preprocessor_config.json"
    preprocessing = try ImagePreprocessing(
      clip: files.fileExists(atPath: processor) ? processor : nil, side: model.vision.configuration.imageSize)
    tokenizer = try tokenizers.first { files.fileExists(atPath: "\($0)/vocab.json") }.map {
      try CLIPTokenizer(folder: $0)
    }
  }

  /// Image features before normalisation, `[N, width]`.
  package func features(_ images: [RGBImage], on compute: Compute) -> Tensor {
    model.imageFeatures(preprocessing.tensor(images), on: compute)
  }

  /// The cosine of the angle between the features of two images.
  package func similarity(_ first: RGBImage, _ second: RGBImage, on compute: Compute) -> Double {
    let rows = compute.normaliseRows(features([first, second], on: compute)).rowValues
    return zip(rows[0], rows[1]).reduce(0) { (sum: Double, pair) in sum + Double(pair.0) * Double(pair.1) }
  }

  /// Text features of length 1; nil without a tokenizer.
  ///
  /// - Throws: `ModelInputError` if the tokenizer belongs to another model.
  package func features(_ texts: [String], on compute: Compute) throws -> [[Float]]? {
    guard let tokenizer else { return nil }
    let length = model.text.configuration.positions
    var rows: [[Float]] = []
    // In small batches: the hidden states of hundreds of texts in a large tower would need too much memory.
    for start in stride(from: 0, to: texts.count, by: 16) {
      let ids = try texts[start..<min(start + 16, texts.count)].map { try tokenizer.row($0, length: length).ids }
      rows += compute.normaliseRows(try model.textFeatures(ids, on: compute)).rowValues
    }
    return rows
  }
}
