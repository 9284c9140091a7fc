package import Files

/// A stage of a render whose results are checked.
package enum RenderStage: Hashable, Sendable, CustomStringConvertible {
  case emotionSpace, mapper, textEncoder
  /// The VAE's encoder, for images that start from a picture.
  case encoder
  /// Denoising call `call` of `calls`, counted from 1.
  case denoising(call: Int, calls: Int)
  case decoder

  package var description: String {
    switch self {
    case .emotionSpace: "the emotion space"
    case .mapper: "the mapper"
    case .textEncoder: "the text encoder"
    case .encoder: "the image encoder"
    case .denoising(let call, let calls): "denoising step \(call) of \(calls)"
    case .decoder: "the image decoder"
    }
  }
}

/// The error if a model cannot render a request. Retrying with the same model and request does not help.
package typealias RenderError = Failure<RenderErrorCode>

package enum RenderErrorCode: SoleErrorCode {
  /// The model does not support the request.
  case unsuitable
  /// The results of this stage are infinite or NaN, and those of the stages before it are finite.
  case notFinite(RenderStage)

  package static let sole = unsuitable
}

extension RenderError {
  /// The first stage whose results were not finite.
  package var stage: RenderStage? {
    if case .notFinite(let stage) = code { stage } else { nil }
  }

  /// - Parameter seed: the seed of the first image whose numbers are not finite; nil if all images share the stage.
  init(notFinite stage: RenderStage, seed: UInt64?) {
    self.init(
      .notFinite(stage),
      "\(stage) gave numbers that are not finite\(seed.map { " (image of seed \($0))" } ?? ""): a weight of the model "
        + "is infinite or NaN, or the settings or inputs make it overflow. Use an intact copy of the model, or a lower "
        + "guidance scale and smaller inputs")
  }
}
