/// Table 1 of the EmoGen paper (1,000 images per emotion) with CoEmoGen's row from its own paper.
package enum PaperTable {
  package struct Row: Sendable {
    package let method: String
    package let frechetDistance: Double
    package let perceptualDistance: Double
    package let emotionAccuracy: Double
    package let semanticClarity: Double
    /// The mean of 1 − cos.
    package let semanticDiversity: Double
  }

  package static let rows = [
    Row("Stable Diffusion, \"an image of {emotion}\"", 44.05, 0.687, 0.7077, 0.608, 0.0199),
    Row("Textual Inversion", 50.51, 0.702, 0.7487, 0.605, 0.0282),
    Row("DreamBooth", 46.89, 0.661, 0.7050, 0.614, 0.0178),
    Row("EmoGen", 41.60, 0.717, 0.7625, 0.633, 0.0335),
    Row("CoEmoGen (2026)", 40.66, 0.732, 0.8015, 0.641, 0.0349),
  ]

  /// Explains why the paper's figures cannot be compared with those of a report.
  package static let caveat =
    "The paper used another dataset (EmoSet-118K), another base model and other classifiers (CLIP ViT-L/14, ImageNet "
    + "and Places365 ResNet-50, Inception-v3, AlexNet), and it computed Sem-D from images that were scaled twice. "
    + "Compare only methods within one table."
}

extension PaperTable.Row {
  fileprivate init(
    _ method: String, _ fid: Double, _ lpips: Double, _ accuracy: Double, _ clarity: Double, _ diversity: Double
  ) {
    self.init(
      method: method, frechetDistance: fid, perceptualDistance: lpips, emotionAccuracy: accuracy,
      semanticClarity: clarity, semanticDiversity: diversity)
  }
}
