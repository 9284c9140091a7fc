package import Engine
import Files

/// A tensor of a network in the file that holds it, possibly in another form than the network needs.
package struct StoredTensor: Sendable {
  /// How the network's tensor is made from the file's.
  package enum Change: Sendable, Equatable {
    case none
    /// A range of the first axis.
    case rows(Range<Int>)
    /// The two axes of a matrix exchanged.
    case transposed
    /// The same values with other axes, such as a 1×1 convolution as a matrix.
    case reshaped([Int])
  }

  package let file: any TensorFile
  /// The name in the file.
  package let name: String
  package let change: Change

  package init(_ file: any TensorFile, _ name: String, _ change: Change = .none) {
    self.file = file
    self.name = name
    self.change = change
  }

  /// The shape after the change.
  ///
  /// - Throws: `CheckpointError`: `missingTensor`, or `misshapen` if the change does not fit the file's shape.
  package func shape() throws -> [Int] {
    let stored = try file.shape(of: name)
    switch change {
    case .none: return stored
    case .rows(let rows):
      guard let first = stored.first, rows.lowerBound >= 0, rows.upperBound <= first else {
        throw unfit(stored, "at least \(rows.upperBound) rows")
      }
      return [rows.count] + stored.dropFirst()
    case .transposed:
      guard stored.count == 2 else { throw unfit(stored, "two axes") }
      return stored.reversed()
    case .reshaped(let shape):
      // The file's shape has a product that fits; the other one comes from the program.
      guard shape.reduce(1, *) == stored.reduce(1, *) else { throw unfit(stored, "as many values as \(shape)") }
      return shape
    }
  }

  /// The values widened to fp32, after the change.
  package func tensor() throws -> Tensor {
    let shape = try shape()
    let stored = try file.tensor(name)
    return switch change {
    case .none: stored
    case .rows(let rows): stored.slice(rows)
    case .transposed: stored.transposed([1, 0])
    case .reshaped: stored.reshaped(shape)
    }
  }

  /// The values as integers, after the change.
  func integers() throws -> [Int] {
    let values = try file.integers(name)
    switch change {
    case .none, .reshaped:
      _ = try shape()
      return values
    case .rows, .transposed:
      throw CheckpointError(
        .unsupported, file: file.path, "tensor '\(ForeignName.shown(name))' of integers is read as it is stored only")
    }
  }

  /// Runs `body` with the elements after the change as the file stores them, in row-major order, little-endian.
  func withBytes(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let shape = try shape()
    let size = try file.elementType(of: name).size
    try file.withBytes(of: name) { bytes in
      switch change {
      case .none, .reshaped: try body(bytes)
      case .rows(let rows):
        let row = shape.dropFirst().reduce(size, *)
        try body(UnsafeRawBufferPointer(rebasing: bytes[rows.lowerBound * row..<rows.upperBound * row]))
      case .transposed:
        let (rows, columns) = (shape[0], shape[1])
        var turned = [UInt8](repeating: 0, count: bytes.count)
        for row in 0..<rows {
          for column in 0..<columns {
            for byte in 0..<size {
              turned[(row * columns + column) * size + byte] = bytes[(column * rows + row) * size + byte]
            }
          }
        }
        try turned.withUnsafeBytes(body)
      }
    }
  }

  private func unfit(_ stored: [Int], _ needed: String) -> CheckpointError {
    CheckpointError(
      .misshapen, file: file.path,
      "tensor '\(ForeignName.shown(name))' has the shape \(stored), where \(needed) are needed")
  }
}
