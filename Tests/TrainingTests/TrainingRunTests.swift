import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing
import Training
import Vocabulary

struct TrainingRunTests {
  /// Fits a line through points that each step draws; the solution is known.
  final class LineTask: TrainingTask {
    let name = "line"
    let parameters = ParameterSet()
    let batch = 8
    let breaksAt: Int?
    /// The step whose gradient is the largest finite number.
    let leapsAt: Int?
    private let slope: Tensor

    init(breaksAt: Int? = nil, leapsAt: Int? = nil) {
      self.breaksAt = breaksAt
      self.leapsAt = leapsAt
      slope = Tensor([1, 1], [0])
      parameters.add(Parameter("slope", [1, 1], slope))
    }

    func accumulate(step: Int, on compute: Compute) -> [TrainingFigure] {
      var random = StepRandom(seed: 3, step: step)
      let x = Tensor([8, 1], (0..<8).map { _ in Float(random.fraction()) })
      let y = Tensor([8, 1], x.values.map { 3 * $0 })
      let tape = Tape(parameters: parameters)
      let recording = compute.recording(on: tape)
      tape.watch(slope)
      let losses = recording.meanSquaredError(recording.matrixProduct(x, slope), y)
      let loss = recording.weightedSum(losses, [Float](repeating: step == breaksAt ? .nan : 0.125, count: 8))
      tape.backward(loss, on: compute)
      let gradient = tape.gradient(slope)?.values[0] ?? 0
      let sum = parameters.all[0].gradient
      sum.overwrite(with: sum.map { step == leapsAt ? .greatestFiniteMagnitude : $0 + gradient })
      return [TrainingFigure("loss", loss.values[0])]
    }

    func evaluate(step: Int, on compute: Compute) -> TrainingEvaluation {
      TrainingEvaluation(figures: [TrainingFigure("slope", slope.values[0])])
    }

    func export(to folder: String, on compute: Compute) throws {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try "\(slope.values[0].bitPattern)".write(toFile: "\(folder)/slope", atomically: true, encoding: .utf8)
    }
  }

  private static let options = TrainingOptions(
    steps: 120, rate: LearningRate(peak: 0.1, warmUpSteps: 5, shape: .cosine), clip: 10, average: 0.9,
    checkpointEvery: 25, evaluateEvery: 40, logEvery: 10)

  @Test func aFolderHasAtMostOneRunAtATime() async throws {
    try await TestFolder.with { folder in
      let lock = try RunLock(folder: folder)
      let error = #expect(throws: TrainingError.self) { try Self.run(folder) }
      #expect(error?.code == .locked)
      withExtendedLifetime(lock) {}
    }
    try await TestFolder.with { folder in
      do { _ = try RunLock(folder: folder) }
      let exported = try Self.run(folder)
      #expect(exported != nil)
    }
  }

  /// Runs in `folder` and returns the exported weights; nil if the run was interrupted.
  private static func run(
    _ folder: String, task: LineTask = LineTask(), identity: String = "a", options: TrainingOptions = options,
    stopAfter: Int? = nil, threads: Int = 1, notice: (String) -> Void = { _ in }
  ) throws -> String? {
    let run = try TrainingRun(
      folder: folder, task: task, options: options, identity: identity, compute: Compute(threads: threads))
    var steps = 0
    let outcome = try run.run(
      exportTo: "\(folder)/export",
      shouldStop: {
        steps += 1
        return steps == stopAfter
      }, notice: notice)
    return outcome == .finished ? try String(contentsOfFile: "\(folder)/export/slope", encoding: .utf8) : nil
  }

  @Test func anInterruptedRunEndsWithTheSameWeights() async throws {
    try await TestFolder.with { folder in
      let done = try Self.run("\(folder)/whole")
      let whole = try #require(done)
      let first = try Self.run("\(folder)/parts", stopAfter: 31)
      let second = try Self.run("\(folder)/parts", stopAfter: 44, threads: 2)
      #expect(first == nil && second == nil)
      let resumed = try Self.run("\(folder)/parts")
      #expect(resumed == whole)
      let bits = try #require(UInt32(whole))
      #expect(abs(Float(bitPattern: bits) - 3) < 0.05)
      let log = try String(contentsOfFile: "\(folder)/parts/metrics.jsonl", encoding: .utf8)
      let steps = log.split(separator: "\n").compactMap { line in
        (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["step"] as? Int
      }
      #expect(steps == Array(stride(from: 10, through: 120, by: 10)))
    }
  }

  @Test func aDamagedCheckpointFallsBackToThePreviousOne() async throws {
    try await TestFolder.with { folder in
      let done = try Self.run("\(folder)/whole")
      let whole = try #require(done)
      let first = try Self.run("\(folder)/cut", stopAfter: 60)
      #expect(first == nil)
      let path = "\(folder)/cut/checkpoint.safetensors"
      let data = try Data(contentsOf: URL(filePath: path))
      try FileManager.default.removeItem(atPath: path)
      try data.prefix(data.count / 2).write(to: URL(filePath: path))
      var notices: [String] = []
      let resumed = try Self.run("\(folder)/cut", notice: { notices.append($0) })
      #expect(resumed == whole)
      #expect(notices.count == 1 && notices[0].contains(path) && notices[0].contains("after step 50"), "\(notices)")
    }
  }

  @Test func aRunWithoutReadableStateStops() async throws {
    try await TestFolder.with { folder in
      _ = try Self.run(folder, stopAfter: 60)
      for name in ["checkpoint", "checkpoint.previous"] {
        try Data("nothing".utf8).write(to: URL(filePath: "\(folder)/\(name).safetensors"))
      }
      #expect(throws: CheckpointError.self) { try Self.run(folder) }
    }
  }

  @Test func otherSettingsAreRefusedByName() async throws {
    try await TestFolder.with { folder in
      let first = try Self.run(folder, stopAfter: 30)
      #expect(first == nil)
      let inputs = try #require(throws: TrainingError.self) { try Self.run(folder, identity: "b") }
      #expect(inputs.description.contains("differs in: inputs ('a' there, 'b' now)"))
      var other = Self.options
      other.rate = LearningRate(peak: 0.2, warmUpSteps: 5, shape: .cosine)
      other.optimizer = .adamW(weightDecay: 0)
      let settings = try #require(throws: TrainingError.self) { try Self.run(folder, options: other) }
      #expect(
        settings.description.contains("optimizer.adamW.weightDecay (0.01 there, 0 now), rate.peak (0.1 there, 0.2 now)")
      )
    }
  }

  @Test func theLogIntervalMayChangeBetweenRuns() async throws {
    try await TestFolder.with { folder in
      let whole = try Self.run("\(folder)/whole")
      _ = try Self.run("\(folder)/parts", stopAfter: 30)
      var other = Self.options
      (other.logEvery, other.checkpointEvery, other.evaluateEvery) = (3, 7, 0)
      let resumed = try Self.run("\(folder)/parts", options: other)
      #expect(resumed == whole && whole != nil)
    }
  }

  @Test func aFailedWriteKeepsTheLastState() async throws {
    try await TestFolder.with { folder in
      _ = try Self.run(folder, stopAfter: 30)
      let path = "\(folder)/checkpoint.safetensors"
      let before = try Data(contentsOf: URL(filePath: path))
      // Makes writing the page fail, as on a full disk.
      try FileManager.default.removeItem(atPath: "\(folder)/index.html")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/index.html/in the way", withIntermediateDirectories: true)
      let error = try #require(throws: FileError.self) { try Self.run(folder) }
      #expect(error.description.contains("index.html: cannot be put in place"))
      let after = try Data(contentsOf: URL(filePath: path))
      #expect(after == before)
    }
  }

  @Test func theLogAndTheRecordHaveTheDocumentedKeys() async throws {
    try await TestFolder.with { folder in
      _ = try Self.run(folder)
      let text = try String(contentsOfFile: "\(folder)/metrics.jsonl", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").last)
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      let named = Set((object ?? [:]).keys)
      #expect(
        named == ["step", "seconds", "rate", "gradientNorm", "figures", "evaluation", "samplesPerSecond", "time"])
      let record = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: "\(folder)/run.json")))
      let keys = ((record as? [String: Any]) ?? [:]).keys
      #expect(Set(keys) == ["stage", "inputs", "options", "trainable", "frozen", "engine"])
    }
  }

  @Test func aLossThatIsNotFiniteStopsTheRunAndNamesTheStep() async throws {
    try await TestFolder.with { folder in
      let error = try #require(throws: TrainingError.self) { try Self.run(folder, task: LineTask(breaksAt: 57)) }
      #expect(
        error.description
          == """
          line: step 57: loss is nan, and the gradient of slope is not a number. The state after step 50 is in \
          \(folder)/checkpoint.safetensors: resume it with a lower learning rate
          """)
      // The checkpoint still holds the earlier weights.
      let state = try SafetensorsFile(path: "\(folder)/checkpoint.safetensors")
      let slope = try state.tensor("value.slope").values[0]
      #expect(slope.isFinite)
    }
  }

  /// Loss and gradient are finite, but the update overflows: with SGD the weights, with AdamW the second moment, which
  /// would freeze the weight.
  @Test(arguments: [Optimizer.sgd(momentum: 0), .adamW()], [74, 119])
  func anUpdateThatOverflowsIsNeitherSavedNorExported(optimizer: Optimizer, leap: Int) async throws {
    var options = TrainingOptions(
      steps: 120, optimizer: optimizer, rate: LearningRate(peak: 1.5, warmUpSteps: 0, shape: .constant),
      checkpointEvery: 25, logEvery: 10)
    options.average = nil
    try await TestFolder.with { folder in
      let error = try #require(throws: TrainingError.self) {
        try Self.run(folder, task: LineTask(leapsAt: leap), options: options)
      }
      let saved = leap / 25 * 25
      #expect(
        error.description
          == """
          line: step \(leap + 1): the update left numbers in slope that are not finite. The state after step \(saved) is in \
          \(folder)/checkpoint.safetensors: resume it with a lower learning rate
          """)
      let state = try SafetensorsFile(path: "\(folder)/checkpoint.safetensors")
      #expect(state.metadata["step"] == "\(saved)")
      for name in state.tensorNames { #expect(try state.tensor(name).isFinite, "\(name)") }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/export"))
    }
  }

  @Test func aStepOfSeveralBatchesFollowsTheirMean() async throws {
    let compute = try Compute(threads: 1)
    let gradients = (0..<4).map { step in
      let task = LineTask()
      _ = task.accumulate(step: step, on: compute)
      return task.parameters.all[0].gradient.values[0]
    }
    let mean = gradients.reduce(0, +) / 4
    let options = TrainingOptions(
      steps: 1, optimizer: .sgd(momentum: 0), rate: LearningRate(peak: 0.1, warmUpSteps: 0, shape: .constant),
      accumulate: 4)
    try await TestFolder.with { folder in
      let task = LineTask()
      _ = try Self.run(folder, task: task, options: options)
      let slope = task.parameters.all[0].value.values[0]
      #expect(abs(slope + 0.1 * mean) <= 1e-6 * abs(mean))
      #expect(Set(gradients).count == 4)
    }
  }
}
