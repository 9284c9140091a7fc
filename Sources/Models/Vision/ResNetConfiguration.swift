/// The `config.json` beside an image classifier's weights.
package struct ResNetConfiguration: Sendable {
  /// Channels of the stem; ResNet-50 has 64.
  package let width: Int
  /// Bottleneck blocks of each stage; ResNet-50 has 3, 4, 6, 3.
  package let layers: [Int]
  /// Width of `fc_1`'s output.
  package let embedding: Int
  package let classes: [String]
  package let imageSize: Int
  /// Pixels in 0 … 1 become (pixel − mean) / deviation.
  package let mean: Float
  package let deviation: Float

  /// - Throws: `CheckpointError` naming the key that is missing, of the wrong type, unsupported or unknown.
  package init(file: String) throws { try self.init(ModelConfiguration(file: file)) }

  /// - Throws: as above.
  package init(_ config: ModelConfiguration) throws {
    try config.require("architecture", in: ["resnet-bottleneck"], default: "resnet-bottleneck")
    width = try config.positive("width", default: 64)
    layers = try config.positives("layers", default: [3, 4, 6, 3])
    embedding = try config.positive("embedding", default: 768)
    guard let classes = try config.strings("classes"), !classes.isEmpty else {
      throw config.invalid("classes", "expected a list of class names")
    }
    self.classes = classes
    imageSize = try config.positive("image_size", default: 224)
    mean = Float(try config.number("mean", default: 0.5))
    deviation = Float(try config.number("std", default: 0.5))
    guard deviation > 0 else { throw config.invalid("std", "expected a number above 0") }
    try config.finish()
  }
}
