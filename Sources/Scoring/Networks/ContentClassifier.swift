package import Engine
package import Imaging
package import Models

/// A classifier whose confidence indicates how clearly an image shows its content; Sem-C uses the most confident one.
package struct ContentClassifier: Sendable {
  package enum Network: Sendable {
    /// EmoGen's form, such as the demo's attribute classifier.
    case small(ResNetClassifier)
    /// torchvision's form, such as ResNet-50 on ImageNet or Places365.
    case torchvision(ResNetImageClassifier)
  }

  /// `attribute`, `ImageNet`, `Places365`.
  package let name: String
  /// The network's folder among the classifiers, such as `imagenet`.
  package let part: String
  package let network: Network
  package let preprocessing: ImagePreprocessing

  package init(name: String, part: String, network: Network, preprocessing: ImagePreprocessing) {
    self.name = name
    self.part = part
    self.network = network
    self.preprocessing = preprocessing
  }

  /// The most probable class of each image with its probability.
  package func top(_ images: [RGBImage], on compute: Compute) -> [(index: Int, probability: Double)] {
    let pixels = preprocessing.tensor(images)
    let logits =
      switch network {
      case .small(let network): network.classify(network.embed(pixels, on: compute), on: compute)
      case .torchvision(let network): network(pixels, on: compute)
      }
    return Self.top(logits)
  }

  static func top(_ logits: Tensor) -> [(index: Int, probability: Double)] {
    logits.rowValues.map { row in
      let best = row.indexOfMaximum
      return (best, Softmax.probabilities(row)[best])
    }
  }
}
