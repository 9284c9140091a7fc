import Dispatch
import Engine
import Files

/// Where a tensor's elements lie in a file.
struct StoredElements: Sendable {
  let type: ElementType
  let shape: [Int]
  /// The offset of the first element in the file, in bytes.
  let start: Int
  /// In elements, from 0 up; the furthest element lies in the file.
  let strides: [Int]

  init(_ type: ElementType, _ shape: [Int], at start: Int, strides: [Int]) {
    self.type = type
    self.shape = shape
    self.start = start
    self.strides = strides
  }

  /// Elements in row-major order without gaps.
  init(_ type: ElementType, _ shape: [Int], at start: Int) {
    self.init(type, shape, at: start, strides: Self.rowMajor(shape))
  }

  var count: Int { shape.reduce(1, *) }

  private static func rowMajor(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] &* max(1, shape[axis + 1]) }
    return strides
  }

  private var isContiguous: Bool {
    zip(zip(shape, strides), Self.rowMajor(shape)).allSatisfy { $0.0 == 1 || $0.1 == $1 }
  }

  /// The runs of elements along the last axis, or one run of everything if there are no gaps: how many, their length
  /// and the distance of two elements.
  private var runs: (count: Int, length: Int, step: Int) {
    if isContiguous { return (1, count, 1) }
    guard let last = shape.last, let step = strides.last, last > 0 else { return (0, 0, 1) }
    return (count / last, last, step)
  }

  /// The offset of a run's first element, in elements.
  private func origin(ofRun run: Int) -> Int {
    if isContiguous { return 0 }
    var (rest, origin) = (run, 0)
    for axis in shape.indices.dropLast().reversed() {
      origin += rest % shape[axis] * strides[axis]
      rest /= shape[axis]
    }
    return origin
  }

  /// The number of elements that a core converts at a time.
  private static let chunk = 1 << 18

  /// The elements as fp32; nil if one is an integer that fp32 cannot hold.
  func floats(in file: MappedFile) -> Tensor? {
    guard let widen = type.widening else {
      guard let integers = integers(in: file) else { return nil }
      let values = integers.compactMap { Float(exactly: $0) }
      return values.count == integers.count ? Tensor(shape, values) : nil
    }
    let (runs, length, step) = runs
    let size = type.size
    return file.withBytes { bytes in
      Tensor(shape) { target in
        guard count > 0, let base = bytes.baseAddress, let start = target.baseAddress else { return }
        nonisolated(unsafe) let (source, target) = (base + self.start, start)
        // The conversion runs on all cores, because the first access to each page dominates its time.
        if runs == 1, step == 1 {
          DispatchQueue.concurrentPerform(iterations: (length + Self.chunk - 1) / Self.chunk) { chunk in
            let first = chunk * Self.chunk
            widen(source + first * size, target + first, min(Self.chunk, length - first))
          }
          return
        }
        let group = max(1, Self.chunk / length)
        DispatchQueue.concurrentPerform(iterations: (runs + group - 1) / group) { chunk in
          for run in chunk * group..<min(runs, (chunk + 1) * group) {
            let (from, to) = (source + origin(ofRun: run) * size, target + run * length)
            for index in 0..<length { widen(from + index * step * size, to + index, 1) }
          }
        }
      }
    }
  }

  /// The elements as integers in row-major order; nil if they are floats or one does not fit.
  func integers(in file: MappedFile) -> [Int]? {
    let (runs, length, step) = runs
    return file.withBytes { bytes in
      guard count > 0 else { return type.widening == nil ? [] : nil }
      guard let base = bytes.baseAddress else { return nil }
      var values: [Int] = []
      values.reserveCapacity(count)
      for run in 0..<runs {
        let from = base + start + origin(ofRun: run) * type.size
        for index in 0..<length {
          guard let value = type.integer(from + index * step * type.size) else { return nil }
          values.append(value)
        }
      }
      return values
    }
  }

  /// Runs `body` with the elements in row-major order without gaps, and then releases the file's pages.
  func withBytes(in file: MappedFile, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let size = count * type.size
    if isContiguous {
      try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + size])) }
      file.release(start..<start + size)
      return
    }
    // A view may repeat its elements, so that it is larger than the file.
    guard size <= file.count else {
      throw CheckpointError(
        .unsupported, file: file.path, offset: start,
        "a tensor repeats its values up to \(size) bytes: the file is refused")
    }
    let (runs, length, step) = runs
    let packed = file.withBytes { bytes in
      [UInt8](unsafeUninitializedCapacity: size) { target, filled in
        guard size > 0, let source = bytes.baseAddress, let base = target.baseAddress else { return }
        for run in 0..<runs {
          let from = source + start + origin(ofRun: run) * type.size
          for index in 0..<length {
            UnsafeMutableRawPointer(base + (run * length + index) * type.size)
              .copyMemory(from: from + index * step * type.size, byteCount: type.size)
          }
        }
        filled = size
      }
    }
    try packed.withUnsafeBytes(body)
  }
}
