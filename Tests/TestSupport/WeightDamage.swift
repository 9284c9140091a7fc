import Checkpoints
package import Engine
import Foundation

/// Damages weight files for tests.
package enum WeightDamage {
  /// Rewrites a safetensors file with one tensor changed; a link is replaced by a file.
  package static func change(_ name: String, in file: String, _ change: (Tensor) -> Tensor) throws {
    let source = try SafetensorsFile(path: file)
    let tensors = try source.tensorNames.map { own in
      let tensor = try source.tensor(own)
      return (own, own == name ? change(tensor) : tensor)
    }
    _ = try source.tensor(name)
    try FileManager.default.removeItem(atPath: file)
    try Safetensors.write(path: file, tensors: tensors)
  }

  /// Sets the first value of a tensor.
  package static func set(_ name: String, to value: Float, in file: String) throws {
    try change(name, in: file) { tensor in Tensor(tensor.shape, [value] + tensor.values.dropFirst()) }
  }
}
