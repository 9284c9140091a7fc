package import Checkpoints
package import Engine
import Files

/// FID's Inception-v3: the network that pytorch-fid ported from TensorFlow, up to the 2,048 values of its last average
/// pooling.
///
/// Names are torchvision's (`Conv2d_1a_3x3.conv.weight`, `Mixed_5b.branch1x1.bn.weight`, …). Unlike in torchvision's
/// network, the average poolings exclude the padding and the last block pools by maximum (`fid_inception_v3` of
/// pytorch-fid). The weights are those of `pt_inception-2015-12-05`. Narrower networks of the same form can be loaded
/// too: every width scales with that of the first convolution.
package struct FIDInception: Sendable {
  /// Side of the network's square input in pixels.
  package static let imageSize = 299

  private let stem: [InceptionUnit]
  private let blocks: [InceptionBlock]
  /// Length of a feature vector: 2,048.
  package let features: Int

  /// - Throws: `CheckpointError` naming a missing, unexpected or misshapen tensor.
  package init(_ weights: Weights) throws {
    guard let first = weights.shape(of: "Conv2d_1a_3x3.conv.weight")?.first, first > 0 else {
      throw CheckpointError(
        .missingTensor, file: weights.path,
        "lacks 'Conv2d_1a_3x3.conv.weight': expected FID's Inception-v3 with pytorch-fid's names")
    }
    func width(_ full: Int) -> Int { full * first / 32 }
    func unit(
      _ name: String, _ inputs: Int, _ outputs: Int, _ shape: ConvolutionShape
    ) throws -> InceptionUnit {
      try InceptionUnit(weights, name, inputs, width(outputs), shape)
    }
    stem = [
      try unit("Conv2d_1a_3x3", 3, 32, .init(kernel: 3, stride: 2, padding: 0)),
      try unit("Conv2d_2a_3x3", width(32), 32, .init(kernel: 3, padding: 0)),
      try unit("Conv2d_2b_3x3", width(32), 64, .init(kernel: 3)),
      try unit("Conv2d_3b_1x1", width(64), 80, .init(kernel: 1)),
      try unit("Conv2d_4a_3x3", width(80), 192, .init(kernel: 3, padding: 0)),
    ]
    var inputs = width(192)
    blocks = try InceptionBlock.ofFID.map { plan in
      let block = try InceptionBlock(weights, plan, inputs: inputs, width: width)
      inputs = block.outputs
      return block
    }
    features = inputs
    // TensorFlow's classification layer, and torchvision's auxiliary head if the file has one.
    try weights.finish(ignoring: ["num_batches_tracked", "fc.", "AuxLogits."])
  }

  /// `[N, 299, 299, 3]` with values −1 … 1 → `[N, features]`.
  package func callAsFunction(_ pixels: Tensor, on compute: Compute) -> Tensor {
    var x = pixels
    for (index, unit) in stem.enumerated() {
      x = unit(x, on: compute)
      if index == 2 || index == 4 { x = compute.maxPool(x, size: 3, stride: 2, padding: 0) }
    }
    for block in blocks { x = block(x, on: compute) }
    return compute.globalAveragePool(x)
  }
}
