import Checkpoints
import Engine
import Foundation

/// The state of a run on disk: values, moments and averages of every parameter, and the number of finished steps.
struct TrainingCheckpoint {
  let path: String
  private var previous: String { path.replacing(".safetensors", with: ".previous.safetensors") }

  /// Writes the state beside the last one, which stays as `.previous`.
  func save(
    _ parameters: ParameterSet, moments: [String: [Tensor]], averages: [String: Tensor], step: Int, identity: String
  ) throws {
    var tensors: [(String, Tensor)] = []
    for parameter in parameters.all {
      tensors.append(("value.\(parameter.name)", parameter.value))
      for (index, moment) in (moments[parameter.name] ?? []).enumerated() {
        tensors.append(("moment\(index).\(parameter.name)", moment))
      }
      if let average = averages[parameter.name] { tensors.append(("average.\(parameter.name)", average)) }
    }
    if FileManager.default.fileExists(atPath: path) {
      try? FileManager.default.removeItem(atPath: previous)
      try? FileManager.default.linkItem(atPath: path, toPath: previous)
    }
    try Safetensors.write(path: path, tensors: tensors, metadata: ["step": String(step), "identity": identity])
  }

  /// Restores the newest state that can be read.
  ///
  /// - Returns: the number of finished steps; nil where there is no state.
  /// - Throws: `TrainingError` where the state belongs to another configuration, `CheckpointError` where none can be
  ///   read.
  func restore(
    _ parameters: ParameterSet, moments: [String: [Tensor]], averages: [String: Tensor], identity: String
  ) throws -> Int? {
    var first: (any Error)?
    for file in [path, previous] where FileManager.default.fileExists(atPath: file) {
      do {
        return try read(file, parameters, moments, averages, identity)
      } catch let error as CheckpointError {
        first = first ?? error
      }
    }
    if let first { throw first }
    return nil
  }

  private func read(
    _ file: String, _ parameters: ParameterSet, _ moments: [String: [Tensor]], _ averages: [String: Tensor],
    _ identity: String
  ) throws -> Int {
    let source = try SafetensorsFile(path: file)
    guard let step = source.metadata["step"].flatMap(Int.init), let found = source.metadata["identity"] else {
      throw CheckpointError(.malformed, file: file, "it names no step: it is not a training checkpoint")
    }
    guard found == identity else {
      throw TrainingError(
        "\(file) belongs to a run with other settings or data. Take another run folder, or delete this one to begin anew"
      )
    }
    func copy(_ name: String, to target: Tensor) throws {
      let values = try source.tensor(name)
      guard values.count == target.count else {
        throw CheckpointError(.misshapen, file: file, "tensor '\(name)' has the shape \(values.shape)")
      }
      target.mutablePointer.update(from: values.pointer, count: values.count)
      withExtendedLifetime(values) {}
    }
    for parameter in parameters.all {
      try copy("value.\(parameter.name)", to: parameter.value)
      for (index, moment) in (moments[parameter.name] ?? []).enumerated() {
        try copy("moment\(index).\(parameter.name)", to: moment)
      }
      if let average = averages[parameter.name] { try copy("average.\(parameter.name)", to: average) }
    }
    return step
  }
}
