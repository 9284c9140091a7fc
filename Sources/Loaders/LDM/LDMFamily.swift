import Checkpoints
import Files

/// What a checkpoint of Stable Diffusion 1.x or 2.x predicts and at which size it was trained, which its weights do not
/// show.
struct LDMFamily: Sendable {
  /// In diffusers' words.
  let prediction: String
  /// The side of the pictures of its training, in pixels.
  let side: Int
  /// What was assumed because nothing says it; nil if something does.
  let assumption: String?
  /// Whether the model was trained to start from pure noise.
  private(set) var hasZeroSNR = false

  /// Empty tensors by which training tools mark a model that predicts the velocity, and one that was trained with a
  /// noise schedule that ends without any signal.
  static let markers = (velocity: "v_pred", zeroSNR: "ztsnr")

  private init(_ prediction: String, assumption: String? = nil, isSecond: Bool) {
    self.prediction = prediction
    self.assumption = assumption
    side = isSecond && prediction == "v_prediction" ? 768 : 512
  }

  /// Stable Diffusion 1.x predicts noise unless the YAML says otherwise. Of 2.x there are checkpoints for both; as in
  /// diffusers, one that does not say it is taken as the velocity model of 768 pixels.
  ///
  /// In order, the sources are: the YAML; the metadata of the file by the ModelSpec standard; the marker of velocity
  /// models; the step count 875000, at which the 512-pixel base was published.
  init(_ file: any TensorFile, yaml: CheckpointYAML?, isSecond: Bool) throws {
    try self.init(predictionOf: file, yaml: yaml, isSecond: isSecond)
    hasZeroSNR = file.tensorNames.contains(Self.markers.zeroSNR)
  }

  private init(predictionOf file: any TensorFile, yaml: CheckpointYAML?, isSecond: Bool) throws {
    if let yaml {
      self.init(try yaml.prediction(), isSecond: isSecond)
      return
    }
    switch file.metadata["modelspec.prediction_type"] {
    case "epsilon": self.init("epsilon", isSecond: isSecond)
    case "v": self.init("v_prediction", isSecond: isSecond)
    case _ where file.tensorNames.contains(Self.markers.velocity): self.init("v_prediction", isSecond: isSecond)
    default:
      guard isSecond else {
        self.init("epsilon", isSecond: false)
        return
      }
      if file.metadata["global_step"] == "875000" {
        self.init("epsilon", isSecond: true)
        return
      }
      self.init(
        "v_prediction",
        assumption:
          "nothing says what this Stable Diffusion 2.x checkpoint predicts: taken as the 768-pixel velocity model; if pictures are noise, put its YAML (without 'parameterization: v') beside it",
        isSecond: true)
    }
  }
}
