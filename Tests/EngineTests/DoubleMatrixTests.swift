import Engine
import Files
import TestSupport
import Testing

struct DoubleMatrixTests {
  private let a = DoubleMatrix(rows: 2, columns: 3, [1, 2, 3, 4, 5, 6])

  @Test func multipliesWithAndWithoutTransposition() throws {
    #expect(try a.timesTransposed(a).values == [14, 32, 32, 77])
    #expect(try a.times(a.transposed).values == [14, 32, 32, 77])
    #expect(a.transposed.values == [1, 4, 2, 5, 3, 6])
    #expect(try DoubleMatrix(rows: 0, columns: 3, []).timesTransposed(a).values == [])
  }

  @Test func eigenvaluesAgreeWithNumPyAndRebuildTheMatrix() throws {
    let fixture = try golden("metrics/statistics.safetensors")
    let symmetric = try #require(fixture["eigen.matrix"])
    let expected = try #require(fixture["eigen.values"])
    let matrix = DoubleMatrix(rows: 7, columns: 7, symmetric.values.map(Double.init))
    let (values, rows) = try matrix.symmetricEigen(vectors: true)
    let vectors = try #require(rows)
    #expect(zip(values, expected.values).allSatisfy { abs($0 - Double($1)) < 1e-5 })
    let scaled = DoubleMatrix(
      rows: 7, columns: 7, vectors.values.indices.map { vectors.values[$0] * values[$0 / 7] })
    let rebuilt = try vectors.transposed.times(scaled)
    #expect(zip(rebuilt.values, matrix.values).allSatisfy { abs($0 - $1) < 1e-10 })
    #expect(try matrix.symmetricEigen().values.count == 7)
  }

  @Test func aMatrixWithNaNIsRefused() {
    let matrix = DoubleMatrix(rows: 2, columns: 2, [.nan, 0, 0, 1])
    #expect(throws: OpenBLASError.self) { try matrix.symmetricEigen() }
  }
}
