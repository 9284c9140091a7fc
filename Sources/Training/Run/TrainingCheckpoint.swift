import Checkpoints
import Engine
import Files
import Foundation

/// The state of a run on disk: values, moments and averages of all parameters, and the number of finished steps.
struct TrainingCheckpoint {
  let path: String
  private var previous: String { path.replacing(".safetensors", with: ".previous.safetensors") }

  /// Writes the state and keeps the previous one as `.previous`.
  func save(
    _ parameters: ParameterSet, moments: [String: [Tensor]], averages: [String: Tensor], step: Int,
    identity: RunIdentity
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
    try Safetensors.write(path: path, tensors: tensors, metadata: ["step": String(step), "identity": identity.text])
  }

  /// Restores the newest state that can be read.
  ///
  /// - Parameter notice: called if the newest state is damaged and the previous one is used instead.
  /// - Returns: the number of finished steps; nil if there is no state.
  /// - Throws: `TrainingError` if the state belongs to another run, `CheckpointError` if no state can be read.
  func restore(
    _ parameters: ParameterSet, moments: [String: [Tensor]], averages: [String: Tensor], identity: RunIdentity,
    notice: (String) -> Void
  ) throws -> Int? {
    var first: (any Error)?
    for file in [path, previous] where FileManager.default.fileExists(atPath: file) {
      do {
        let step = try read(file, parameters, moments, averages, identity)
        if let first { notice("\(first). The previous checkpoint is used instead: resuming after step \(step)") }
        return step
      } catch let error as CheckpointError {
        first = first ?? error
      }
    }
    if let first { throw first }
    return nil
  }

  private func read(
    _ file: String, _ parameters: ParameterSet, _ moments: [String: [Tensor]], _ averages: [String: Tensor],
    _ identity: RunIdentity
  ) throws -> Int {
    let source = try SafetensorsFile(path: file)
    guard let step = source.metadata["step"].flatMap(Int.init), let found = source.metadata["identity"] else {
      throw CheckpointError(
        .malformed, file: file, "the metadata has no step or identity: the file is not a training checkpoint")
    }
    let differences = RunIdentity(text: found).map { identity.differences(from: $0) } ?? ["its identity"]
    guard found == identity.text || differences.isEmpty else {
      throw TrainingError(
        "\(file) belongs to another run, which differs in: \(differences.joined(separator: ", ")). "
          + "Use another folder, or delete this one to start from scratch")
    }
    // All tensors are read before any parameter changes, so that a damaged file cannot restore half of a state.
    var restored: [(values: Tensor, target: Tensor)] = []
    func take(_ name: String, for target: Tensor) throws {
      let values = try source.tensor(name)
      guard values.count == target.count else {
        throw CheckpointError(.misshapen, file: file, "tensor '\(name)' has the shape \(values.shape)")
      }
      restored.append((values, target))
    }
    for parameter in parameters.all {
      try take("value.\(parameter.name)", for: parameter.value)
      for (index, moment) in (moments[parameter.name] ?? []).enumerated() {
        try take("moment\(index).\(parameter.name)", for: moment)
      }
      if let average = averages[parameter.name] { try take("average.\(parameter.name)", for: average) }
    }
    for (values, target) in restored { target.overwrite(with: values) }
    return step
  }
}
