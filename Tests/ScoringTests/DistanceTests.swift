import Scoring
import Testing

/// Distances whose values are computed by hand.
struct DistanceTests {
  private static let points: [[Float]] = [[1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]]

  @Test func frechetDistanceOfAShiftedGroupIsTheShiftSquared() throws {
    let shifted = Self.points.map { [$0[0] + 2, $0[1], $0[2] - 1] }
    #expect(abs(try FrechetDistance.between(Self.points, Self.points)) < 1e-6)
    let distance = try FrechetDistance.between(Self.points, shifted)
    #expect(abs(distance - 5) < 1e-4)
  }

  @Test func orthogonalVectorsHaveACosineDistanceOfOne() {
    let axes = Array(Self.points.prefix(3))
    #expect(abs(PairwiseDistances.cosine(axes).mean - 1) < 1e-6)
    // (1 + 4) / 3, (1 + 9) / 3 and (4 + 9) / 3.
    #expect(abs(PairwiseDistances.meanSquaredError(axes).mean - 28.0 / 9) < 1e-5)
  }
}
