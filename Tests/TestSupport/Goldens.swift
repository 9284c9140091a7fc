import Foundation

/// The error if a golden file cannot be read.
package struct GoldenError: Error, CustomStringConvertible {
  package let description: String
}

/// The fp32 tensors of `Tests/Fixtures/<path>`, a safetensors file, by name.
///
/// This is a separate reader, so that expected values do not pass through the code under test.
package func golden(_ path: String) throws -> [String: (shape: [Int], values: [Float])] {
  let file = SourceTree.fixture(path)
  guard let data = FileManager.default.contents(atPath: file), data.count >= 8 else {
    throw GoldenError(description: "\(file): missing or shorter than its header")
  }
  let length = data.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
  guard length <= data.count - 8 else { throw GoldenError(description: "\(file): the header is cut off") }
  let header = try JSONDecoder().decode([String: GoldenEntry].self, from: data.subdata(in: 8..<8 + length))
  var tensors: [String: (shape: [Int], values: [Float])] = [:]
  for (name, entry) in header {
    guard let shape = entry.shape, let range = entry.data_offsets else { continue }
    guard entry.dtype == "F32", range.count == 2, range[0] <= range[1], range[1] <= data.count - 8 - length else {
      throw GoldenError(description: "\(file): \(name) is not fp32 or lies outside the file")
    }
    let bytes = data.subdata(in: 8 + length + range[0]..<8 + length + range[1])
    let values = bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Float.self) }
    }
    tensors[name] = (shape, values)
  }
  return tensors
}

/// A tensor's entry in the header; `__metadata__` has none of these keys.
private struct GoldenEntry: Decodable {
  let dtype: String?
  let shape: [Int]?
  // swift-format-ignore: AlwaysUseLowerCamelCase
  let data_offsets: [Int]?
}
