import Engine
import Scoring
import TestSupport
import Testing

/// Figures against numpy and scipy: `Tests/Fixtures/metrics/make_statistics.py`.
struct StatisticsTests {
  private let fixture: [String: (shape: [Int], values: [Float])]
  private let compute: Compute

  init() throws {
    fixture = try golden("metrics/statistics.safetensors")
    compute = try Compute(threads: 2)
  }

  private func isClose(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-5) -> Bool {
    abs(value - expected) <= tolerance * max(1, abs(expected))
  }

  @Test(arguments: ["many", "few"]) func frechetDistanceAgreesWithScipy(group: String) throws {
    let (a, b) = (try fixture.rows("\(group).a"), try fixture.rows("\(group).b"))
    let expected = try fixture.number("\(group).frechet")
    #expect(isClose(try FrechetDistance.between(a, b), expected, 1e-4))
    #expect(isClose(try FrechetDistance.between(b, a), expected, 1e-4))
    #expect(try FrechetDistance.between(a, a) < 1e-4)
  }

  @Test(arguments: ["many", "few"]) func pairwiseDistancesAgreeWithNumPy(group: String) throws {
    let vectors = try fixture.rows("\(group).a")
    #expect(isClose(PairwiseDistances.cosine(vectors).mean, try fixture.number("\(group).cosine")))
    let squares = try fixture.number("\(group).squares")
    #expect(isClose(PairwiseDistances.meanSquaredError(vectors).mean, squares))
    let products = PairwiseDistances.squared(vectors).mean / Double(vectors[0].count)
    #expect(isClose(products, squares, 1e-4))
  }

  @Test func aResampleSkipsPairsOfAnImageWithItself() throws {
    let distances = PairwiseDistances.meanSquaredError(try fixture.rows("few.a"))
    let (shape, counts) = try fixture.tensor("resample.counts")
    let resamples = Resamples(counts: Tensor([1] + shape, counts))
    let (mean, resampled) = distances.means(resamples, on: compute)
    #expect(isClose(resampled[0], try fixture.number("resample.squares")))
    #expect(isClose(mean, distances.mean))
    #expect(resamples.sums(Array(repeating: 2, count: 9)) == [18])
  }

  /// Every pair's distance by itself, as the definition has it.
  @Test func meansOverPairsAreThoseOfTheDefinition() {
    var generator = TorchGenerator(seed: 3)
    let vectors = (0..<30).map { _ in generator.normal(300).map { 5 + 0.1 * $0 } }
    let resamples = Resamples(images: 30, number: 5, seed: 9)
    let (mean, resampled) = PairwiseDistances.cosine(vectors).means(resamples, on: compute)
    func distance(_ a: [Float], _ b: [Float]) -> Double {
      func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
      return 1 - dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
    func expected(_ counts: [Float]) -> Double {
      var (sum, pairs) = (0.0, 0.0)
      for i in 0..<30 {
        for j in 0..<30 where i != j {
          sum += Double(counts[i] * counts[j]) * distance(vectors[i], vectors[j])
        }
        pairs += Double(counts[i]) * (30 - Double(counts[i]))
      }
      return sum / pairs
    }
    // The images lie close together: what is left after the subtraction has to be exact.
    #expect(mean < 1e-3 && abs(mean / expected([Float](repeating: 1, count: 30)) - 1) < 1e-4)
    for (resample, value) in resampled.enumerated() {
      let counts = Array(resamples.counts.values[resample * 30..<(resample + 1) * 30])
      #expect(abs(value / expected(counts) - 1) < 1e-4)
    }
  }

  @Test func theWorkOfPairwiseDistancesGrowsWithTheImagesAndNotWithTheirPairs() {
    func work(_ images: Int) -> (calls: Int, operations: Double) {
      let profile = Profile()
      var generator = TorchGenerator(seed: 1)
      let vectors = (0..<images).map { _ in generator.normal(300) }
      let resamples = Resamples(images: images, number: 20, seed: 1)
      _ = PairwiseDistances.squared(vectors).means(resamples, on: compute.profiled(by: profile))
      return profile.lines.reduce((0, 0)) { ($0.0 + $1.calls, $0.1 + $1.operations) }
    }
    // Two blocks of columns, each one GEMM of all resamples by all images.
    let few = work(100)
    #expect(few.calls == 2 && few.operations == 2 * 20 * 100 * 300)
    let many = work(400)
    #expect(many.calls == 2 && many.operations == 4 * few.operations)
  }

  @Test func resamplesDrawWithReplacementAndRepeatWithTheirSeed() {
    let resamples = Resamples(images: 50, number: 200, seed: 4)
    #expect(resamples.sums(Array(repeating: 1, count: 50)).allSatisfy { $0 == 50 })
    #expect(resamples.counts.values == Resamples(images: 50, number: 200, seed: 4).counts.values)
    #expect(resamples.counts.values != Resamples(images: 50, number: 200, seed: 5).counts.values)
    // An image is missing from a resample with a probability of (1 − 1/50)^50.
    let absent = Double(resamples.counts.values.count { $0 == 0 }) / Double(50 * 200)
    #expect(abs(absent - 0.364) < 0.02)
  }

  @Test func intervalsAgreeWithTheBinomialDistribution() {
    let values = (0..<400).map { $0 < 240 ? 1.0 : 0 }
    let resampled = Resamples(images: 400, number: 1000, seed: 1).sums(values).map { $0 / 400 }
    let estimate = Estimate(0.6, resampled: resampled)
    // 1.96 √(0.6 · 0.4 / 400) = 0.048
    #expect(abs((estimate.low ?? 0) - 0.552) < 0.006 && abs((estimate.high ?? 0) - 0.648) < 0.006)
  }

  @Test func percentilesInterpolateTheResampledValues() {
    let estimate = Estimate(20, resampled: (0...40).reversed().map(Double.init))
    #expect(estimate == Estimate(20, low: 1, high: 39))
    #expect(Estimate(3, resampled: []) == Estimate(3))
    #expect(Estimate(3, resampled: [.nan]) == Estimate(3))
  }

  /// Wilson's score interval, as `scipy.stats.binomtest(part, images).proportion_ci(method="wilson")` gives it.
  @Test(arguments: [
    (0, 10, 0.0, 0.2775327998628892), (10, 10, 0.7224672001371107, 1.0), (5, 10, 0.236593090512564, 0.7634069094874361),
    (81, 263, 0.2552885198782742, 0.36620957698280004), (15, 148, 0.0623863995307363, 0.16048724172330803),
  ])
  func aShareHasWilsonsInterval(part: Int, images: Int, low: Double, high: Double) throws {
    let estimate = Estimate(part, of: images)
    #expect(estimate.value == Double(part) / Double(images))
    let (least, most) = (try #require(estimate.low), try #require(estimate.high))
    #expect(abs(least - low) < 1e-12 && abs(most - high) < 1e-12)
  }

  @Test func aShareOfOneImageHasNoInterval() {
    #expect(Estimate(1, of: 1) == Estimate(1))
  }

  /// The examples of Newcombe 1998, table II, method 10: 56 of 70 against 48 of 80, and others.
  @Test(arguments: [
    (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
  ]) func aDifferenceHasNewcombesInterval(a: Int, m: Int, b: Int, n: Int, low: Double, high: Double) throws {
    let difference = Estimate(Estimate(a, of: m), minus: Estimate(b, of: n))
    #expect(abs(difference.value - (Double(a) / Double(m) - Double(b) / Double(n))) < 1e-12)
    let (found, other) = (try #require(difference.low), try #require(difference.high))
    #expect(abs(found - low) < 0.0001 && abs(other - high) < 0.0001)
    #expect(Estimate(Estimate(1, of: 1), minus: Estimate(b, of: n)).low == nil)
  }
}
