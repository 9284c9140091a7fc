package import Checkpoints
package import Engine
import Files

/// A bottleneck ResNet as torchvision saves it, such as ResNet-50 trained on ImageNet or Places365: `conv1`, `bn1`,
/// `layerN.M.…`, mean over space, `fc`.
///
/// Width, depth and number of classes follow from the shapes of the weights, so no configuration file is needed.
package struct ResNetImageClassifier: Sendable {
  package let classes: Int
  private let trunk: ResNetTrunk
  private let head: Linear

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights) throws {
    guard let stem = weights.shape(of: "conv1.weight"), let width = stem.first,
      let fc = weights.shape(of: "fc.weight"), fc.count == 2
    else {
      throw CheckpointError(
        .missingTensor, file: weights.path,
        "lacks 'conv1.weight' or 'fc.weight': expected a ResNet with torchvision's names")
    }
    guard weights.contains("layer1.0.conv3.weight") else {
      throw CheckpointError(
        .unsupported, file: weights.path,
        "has blocks of two convolutions (ResNet-18 or -34): expected a ResNet-50 or another bottleneck ResNet")
    }
    var layers: [Int] = []
    while weights.contains("layer\(layers.count + 1).0.conv1.weight") {
      var blocks = 1
      while weights.contains("layer\(layers.count + 1).\(blocks).conv1.weight") { blocks += 1 }
      layers.append(blocks)
    }
    trunk = try ResNetTrunk(weights, prefix: "", width: width, layers: layers)
    head = try Linear(weights, "fc", trunk.outputs, fc[0])
    classes = fc[0]
    try weights.finish(ignoring: ["num_batches_tracked"])
  }

  /// `[N, H, W, 3]` normalised → logits `[N, classes]`.
  package func callAsFunction(_ pixels: Tensor, on compute: Compute) -> Tensor {
    head(compute.globalAveragePool(trunk(pixels, on: compute)), on: compute)
  }
}
