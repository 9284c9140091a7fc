import Engine
import Files
import Vocabulary

/// Pseudo numerical methods: a linear multistep method of order up to four on the noise predictions. It starts with one
/// additional call (PLMS), or with three Runge–Kutta steps of four calls each if `skip_prk_steps` is false.
///
/// Source: Liu et al., 2022, formulas (9), (12), (13); defaults of diffusers' `PNDMScheduler`.
struct PNDM: TrainedTimestepMethod {
  /// The trained timesteps between which a call's update moves the sample.
  private struct Move {
    let from: Int
    /// Negative for the end of the schedule.
    let to: Int
  }

  let schedule: NoiseSchedule
  let visited: [Int]
  /// The moves of the Runge–Kutta start.
  private let moves: [Move]
  /// Trained timesteps between two steps.
  private let stride: Int
  /// Number of calls that belong to Runge–Kutta steps, a multiple of four.
  private let rungeKuttaCalls: Int
  private let finalAlpha: Float
  private let prediction: PredictionType

  /// The run's first call.
  private var first = 0
  /// The last noise predictions, at most four, newest last.
  private var history: [Tensor] = []
  /// The sample from which a step of several calls started.
  private var base: Tensor?
  /// The weighted sum of the predictions of a Runge–Kutta step.
  private var sum: Tensor?

  init(_ configuration: SchedulerConfiguration, steps: Int) throws {
    schedule = try NoiseSchedule(configuration, canRescale: false)
    prediction = configuration.predictionType ?? .epsilon
    if prediction == .sample {
      throw SamplerError(.unsupported, "pndm: prediction_type sample is not supported; use another sampler")
    }
    finalAlpha = configuration.setAlphaToOne ?? false ? 1 : schedule.alphas[0]
    let spaced = (configuration.timestepSpacing ?? .leading)
      .timesteps(steps: steps, trained: schedule.count, offset: configuration.stepsOffset ?? 0)
      .map { Int($0.rounded(.toNearestOrEven)) }
    stride = schedule.count / steps
    if configuration.skipPRKSteps ?? false {
      rungeKuttaCalls = 0
      // The second timestep is visited twice: the first call's update is repeated with both predictions.
      visited = steps == 1 ? spaced : [spaced[0], spaced[1]] + spaced[1...]
      moves = []
      if steps > 1 { try schedule.check([visited[1] + stride], steps: steps) }
    } else {
      guard steps >= 4 else {
        throw SamplerError(
          .steps,
          "pndm: \(steps) steps are too few for the Runge–Kutta start, which needs at least 4 "
            + "(scheduler_config.json does not set skip_prk_steps)")
      }
      let half = stride / 2
      let start = (0..<3).flatMap { index in
        let (here, middle, next) = (spaced[index], spaced[index + 1] + half, spaced[index + 1])
        return [
          (here, Move(from: here, to: here - half)), (middle, Move(from: here, to: middle)),
          (middle, Move(from: here, to: middle - half)), (next, Move(from: here, to: next)),
        ]
      }
      rungeKuttaCalls = start.count
      visited = start.map(\.0) + spaced[3...]
      moves = start.map(\.1)
    }
    try schedule.check(visited + moves.map(\.from), steps: steps)
  }

  /// Whichever call comes first, diffusers treats it and the next one as the repeated first step.
  mutating func begin(at call: Int) throws {
    guard rungeKuttaCalls == 0 || call == 0 else {
      throw SamplerError(
        .unsupported,
        "pndm: a run from a picture cannot begin within the Runge–Kutta start (scheduler_config.json does not set "
          + "skip_prk_steps); use strength 1 or another sampler")
    }
    first = call
  }

  mutating func step(output: Tensor, call: Int, sample: Tensor, noise: () throws -> Tensor) -> Tensor {
    if call < rungeKuttaCalls { return rungeKuttaStep(output, call: call, sample: sample) }
    let timestep = visited[call]
    guard call == first + 1, rungeKuttaCalls == 0 else {
      history = history.suffix(3) + [output]
      if call == first { base = sample }
      return moved(sample, along: Move(from: timestep, to: timestep - stride), by: extrapolated())
    }
    let average = linearCombination((0.5, output), (0.5, history[0]))
    defer { base = nil }
    return moved(base ?? sample, along: Move(from: timestep + stride, to: timestep), by: average)
  }

  private mutating func rungeKuttaStep(_ output: Tensor, call: Int, sample: Tensor) -> Tensor {
    let stage = call % 4
    if stage == 0 {
      history.append(output)
      base = sample
    }
    let weight: Float = stage == 0 || stage == 3 ? 1.0 / 6 : 1.0 / 3
    let added = sum.map { linearCombination((1, $0), (weight, output)) } ?? linearCombination((weight, output))
    sum = stage == 3 ? nil : added
    return moved(base ?? sample, along: moves[call], by: stage == 3 ? added : output)
  }

  /// The Adams–Bashforth combination of the predictions in `history`.
  private func extrapolated() -> Tensor {
    let weights: [Float] =
      switch history.count {
      case 1: [1]
      case 2: [-1.0 / 2, 3.0 / 2]
      case 3: [5.0 / 12, -16.0 / 12, 23.0 / 12]
      default: [-9.0 / 24, 37.0 / 24, -59.0 / 24, 55.0 / 24]
      }
    return .linearCombination(Array(zip(weights, history)))
  }

  /// Formula (9), the transfer from one noise level to another along a prediction.
  private func moved(_ sample: Tensor, along move: Move, by output: Tensor) -> Tensor {
    let alpha = schedule.alphas[move.from]
    let next = move.to >= 0 ? schedule.alphas[move.to] : finalAlpha
    let scale = (next / alpha).squareRoot()
    let divisor = alpha * (1 - next).squareRoot() + (alpha * (1 - alpha) * next).squareRoot()
    let epsilon =
      prediction == .velocity
      ? linearCombination((alpha.squareRoot(), output), ((1 - alpha).squareRoot(), sample)) : output
    let difference = next - alpha
    return sample.zipped(with: epsilon) { scale * $0 - difference * $1 / divisor }
  }
}
