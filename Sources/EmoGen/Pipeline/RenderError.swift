/// A part of a render that computes numbers.
package enum RenderStage: Hashable, Sendable, CustomStringConvertible {
  case emotionSpace, mapper, textEncoder
  /// Denoising call `call` of `calls`, counted from 1.
  case denoising(call: Int, calls: Int)
  case decoder

  package var description: String {
    switch self {
    case .emotionSpace: "the emotion space"
    case .mapper: "the mapper"
    case .textEncoder: "the text encoder"
    case .denoising(let call, let calls): "denoising step \(call) of \(calls)"
    case .decoder: "the image decoder"
    }
  }
}

/// Why a model cannot render a request. Trying again with the same model and request cannot help.
package struct RenderError: Error, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case unsuitable, notFinite }
    private let value: Value

    /// The request asks for what the model does not do.
    package static let unsuitable = Code(value: .unsuitable)
    /// The model's numbers became infinite or NaN.
    package static let notFinite = Code(value: .notFinite)
  }

  package let code: Code
  /// The first stage whose numbers were not finite.
  package let stage: RenderStage?
  package let message: String

  package var description: String { message }

  /// A request that does not fit the model.
  init(_ message: String) {
    code = .unsuitable
    stage = nil
    self.message = message
  }

  /// - Parameter seed: of the first image whose numbers were not finite; nil for what all images share.
  init(notFinite stage: RenderStage, seed: UInt64?) {
    code = .notFinite
    self.stage = stage
    message =
      "\(stage) gave numbers that are not finite\(seed.map { " (image of seed \($0))" } ?? ""): a weight of the model "
      + "is infinite or NaN, or the settings or given inputs overflow it. Take an intact copy of the model, or a lower "
      + "guidance scale and smaller inputs"
  }
}
