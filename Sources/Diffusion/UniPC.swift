import Engine
import Files
import Foundation

/// The unified predictor-corrector: each call first corrects the current sample, then predicts the next one.
///
/// It integrates the predictions of the clean sample over λ or, with `predict_x0` false, those of the noise; `solver_type`
/// chooses between its forms B₁(h) = h and B₂(h) = eʰ − 1.
///
/// Source: Zhao et al., "UniPC", 2023; defaults of diffusers' `UniPCMultistepScheduler`.
struct UniPC: SolverMethod {
  let grid: SolverGrid
  private let order: Int
  private let lowersOrderAtEnd: Bool
  private let uncorrected: Set<Int>
  /// Whether the integrated predictions are those of the clean sample.
  private let predictsOriginal: Bool
  private let isFirstForm: Bool

  /// The last predictions, at most `order`, newest last.
  private var history: [Tensor] = []
  /// The corrected sample before the last prediction.
  private var lastSample: Tensor?
  /// The order of the last prediction.
  private var lastOrder = 0

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    let name = "unipc"
    order = configuration.solverOrder ?? 2
    guard (1...3).contains(order) else {
      throw SamplerError(.unsupported, "\(name): solver_order is \(order); 1, 2 and 3 are supported")
    }
    predictsOriginal = configuration.predictX0 ?? true
    isFirstForm = configuration.solverType == .bh1
    grid = try SolverGrid(configuration, sampler: name, steps: steps, roundsKarras: true, repeatsLastLevel: true)
    lowersOrderAtEnd = configuration.lowerOrderFinal ?? true
    uncorrected = Set(configuration.disableCorrector ?? [])
    // In these cases diffusers computes NaN or fails.
    let lastOrder = lowersOrderAtEnd ? 1 : min(order, steps)
    if grid.repeatsLevel, lastOrder > 2 {
      throw SamplerError(
        .unsupported,
        "\(name): lower_order_final false cannot end with solver_order 3 at the level of the last call "
          + "(final_sigmas_type sigma_min with another spacing of noise levels); set it to true")
    }
    let needs = [
      (lastOrder > 1, "lower_order_final false"), (isFirstForm, "solver_type bh1"),
      (!predictsOriginal, "predict_x0 false"),
    ]
    if grid.endsAtZero, let need = needs.first(where: \.0) {
      throw SamplerError(
        .unsupported,
        "\(name): \(need.1) needs final_sigmas_type sigma_min, because a noise-free level is infinitely far")
    }
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    let prediction =
      predictsOriginal
      ? grid.original(output: output, call: call, sample: sample)
      : grid.noise(output: output, call: call, sample: sample)
    var sample = sample
    if let lastSample, !uncorrected.contains(call - 1) {
      sample = advanced(lastSample, to: call, order: lastOrder, corrector: prediction)
    }
    history = history.suffix(order - 1) + [prediction]
    let allowed = lowersOrderAtEnd ? min(order, timesteps.count - call) : order
    lastOrder = min(allowed, history.count)
    lastSample = sample
    return advanced(sample, to: call + 1, order: lastOrder, corrector: nil)
  }

  /// The sample moved from the level before `target` to `target`, using the predictions in `history` and, for the
  /// corrector step, the prediction at `target` itself.
  private func advanced(_ sample: Tensor, to target: Int, order: Int, corrector: Tensor?) -> Tensor {
    let (level, start) = (grid.levels[target], grid.levels[target - 1])
    let distance = level.lambda - start.lambda
    let step = predictsOriginal ? -distance : distance
    let growth = expm1(step)
    let form = isFirstForm ? step : growth
    let newest = history[history.count - 1]
    // Distances of the older predictions in units of this step, followed by 1 for the end of the step.
    let distances = (1..<order).map { index in
      (grid.levels[target - 1 - index].lambda - start.lambda) / distance
    }
    let weights = Self.weights(
      distances: distances, step: step, growth: growth, form: form, order: order, corrects: corrector != nil)
    let kept = predictsOriginal ? level.noise / start.noise : level.signal / start.signal
    let scale = predictsOriginal ? -level.signal : -level.noise
    let factor = scale * form
    var newestFactor = scale * growth
    var terms: [(factor: Float, tensor: Tensor)] = [(kept, sample)]
    for (index, distance) in distances.enumerated() {
      let share = factor * weights[index] / distance
      terms.append((share, history[history.count - 2 - index]))
      newestFactor -= share
    }
    if let corrector {
      let share = factor * weights[weights.count - 1]
      terms.append((share, corrector))
      newestFactor -= share
    }
    return .linearCombination(terms + [(newestFactor, newest)])
  }

  /// The weights ρ of the older predictions, in units of the form B(h), followed by that of the corrector's own prediction.
  private static func weights(
    distances: [Float], step: Float, growth: Float, form: Float, order: Int, corrects: Bool
  ) -> [Float] {
    // With one unknown, diffusers uses ½ instead of solving the system.
    if order == (corrects ? 1 : 2) { return [0.5] }
    let unknowns = corrects ? order : order - 1
    let nodes = (distances + [1]).prefix(unknowns)
    var powers = [Float](repeating: 1, count: unknowns)
    var phi = growth / step - 1
    var factorial: Float = 1
    var rows: [[Float]] = []
    for index in 0..<unknowns {
      rows.append(powers + [phi * factorial / form])
      powers = zip(powers, nodes).map { $0 * $1 }
      factorial *= Float(index + 2)
      phi = phi / step - 1 / factorial
    }
    return solved(rows)
  }

  /// Solves a linear system by Gaussian elimination with pivoting; each row holds the coefficients followed by the
  /// right-hand side.
  private static func solved(_ system: [[Float]]) -> [Float] {
    var rows = system
    for column in rows.indices {
      let pivot = rows.indices[column...].max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in rows.indices where row != column {
        let factor = rows[row][column] / rows[column][column]
        for index in rows[row].indices { rows[row][index] -= factor * rows[column][index] }
      }
    }
    return rows.indices.map { rows[$0][rows.count] / rows[$0][$0] }
  }
}
