import COpenBLAS
import Files

/// A dense matrix of 64-bit floats in row-major order, for statistics that need more than 32 bits.
package struct DoubleMatrix: Sendable {
  package let rows: Int
  package let columns: Int
  package private(set) var values: [Double]

  /// - Precondition: `values.count` is `rows * columns`.
  package init(rows: Int, columns: Int, _ values: [Double]) {
    precondition(values.count == rows * columns, "\(values.count) values for a \(rows)×\(columns) matrix")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  package subscript(row: Int, column: Int) -> Double { values[row * columns + column] }

  /// self · otherᵀ.
  ///
  /// - Throws: `OpenBLASError` if OpenBLAS cannot be opened.
  package func timesTransposed(_ other: DoubleMatrix) throws -> DoubleMatrix {
    try gemm(other, transposed: true)
  }

  /// self · other.
  ///
  /// - Throws: `OpenBLASError` if OpenBLAS cannot be opened.
  package func times(_ other: DoubleMatrix) throws -> DoubleMatrix { try gemm(other, transposed: false) }

  package var transposed: DoubleMatrix {
    DoubleMatrix(
      rows: columns, columns: rows,
      [Double](unsafeUninitializedCapacity: values.count) { target, count in
        for row in 0..<columns { for column in 0..<rows { target[row * rows + column] = self[column, row] } }
        count = values.count
      })
  }

  private func gemm(_ other: DoubleMatrix, transposed: Bool) throws -> DoubleMatrix {
    let inner = transposed ? other.columns : other.rows
    let outputs = transposed ? other.rows : other.columns
    precondition(columns == inner, "cannot multiply a \(rows)×\(columns) matrix by a \(inner)×\(outputs) matrix")
    let blas = try OpenBLAS.shared.get()
    guard rows > 0, outputs > 0, columns > 0 else {
      return DoubleMatrix(rows: rows, columns: outputs, [Double](repeating: 0, count: rows * outputs))
    }
    var result = [Double](repeating: 0, count: rows * outputs)
    blas.dgemm(
      CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(rows), Int32(outputs), Int32(columns),
      1, values,
      Int32(columns), other.values, Int32(other.columns), 0, &result, Int32(outputs))
    return DoubleMatrix(rows: rows, columns: outputs, result)
  }

  /// Eigenvalues of this symmetric matrix in ascending order and, if requested, its eigenvectors as rows, computed by
  /// LAPACK's dsyevd.
  ///
  /// - Throws: `OpenBLASError` if OpenBLAS lacks LAPACK or the matrix contains infinity or NaN.
  package func symmetricEigen(vectors: Bool = false) throws -> (values: [Double], vectors: DoubleMatrix?) {
    precondition(rows == columns, "eigenvalues of a \(rows)×\(columns) matrix")
    guard let dsyevd = try OpenBLAS.shared.get().dsyevd else {
      throw OpenBLASError(
        "the installed OpenBLAS lacks LAPACK (dsyevd): \(OpenBLASError.remedy)")
    }
    guard rows > 0 else { return ([], vectors ? self : nil) }
    var matrix = values
    var eigenvalues = [Double](repeating: 0, count: rows)
    var (size, stride) = (Int32(rows), Int32(rows))
    var (work, integers) = ([0.0], [Int32(0)])
    var info: Int32 = 0
    // The first call returns the size of the work memory for the second one.
    for pass in 0..<2 {
      var job = CChar(bitPattern: UInt8(ascii: vectors ? "V" : "N"))
      var triangle = CChar(bitPattern: UInt8(ascii: "U"))
      if pass == 1 {
        work = [Double](repeating: 0, count: max(1, Int(work[0])))
        integers = [Int32](repeating: 0, count: max(1, Int(integers[0])))
      }
      var lengths = pass == 0 ? (Int32(-1), Int32(-1)) : (Int32(work.count), Int32(integers.count))
      dsyevd(
        &job, &triangle, &size, &matrix, &stride, &eigenvalues, &work, &lengths.0, &integers, &lengths.1, &info, 1, 1)
    }
    // LAPACK turns NaN into zeros without reporting an error, so the input is checked as well.
    guard info == 0, values.allSatisfy(\.isFinite) else {
      throw OpenBLASError(
        "the eigenvalues of a \(rows)×\(rows) matrix cannot be computed: it contains infinity or NaN")
    }
    // LAPACK is column-major: its eigenvector in column k is row k here.
    return (eigenvalues, vectors ? DoubleMatrix(rows: rows, columns: rows, matrix) : nil)
  }
}
