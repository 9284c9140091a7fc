package import Engine
import Foundation

/// Generated weights: each tensor is drawn by PyTorch's generator from a seed, times a scale, plus an offset.
package struct DrawnWeights {
  private struct Entry: Decodable {
    let name: String
    let shape: [Int]
    let seed: UInt64
    let scale: Float
    let offset: Float
  }

  private let entries: [String: [Entry]]

  /// - Parameter file: a fixture such as `sd1x-weights.json`: part → its tensors.
  package init(file: String) throws {
    entries = try JSONDecoder().decode([String: [Entry]].self, from: Data(contentsOf: URL(filePath: file)))
  }

  /// The tensors of a part by name, in the file's order.
  package func tensors(_ part: String) -> [(String, Tensor)] {
    (entries[part] ?? []).map { entry in
      var generator = TorchGenerator(seed: entry.seed)
      let values = generator.normal(entry.shape.reduce(1, *)).map { $0 * entry.scale + entry.offset }
      return (entry.name, Tensor(entry.shape, values))
    }
  }
}
