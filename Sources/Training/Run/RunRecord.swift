import Checkpoints
import Engine
import Files
import Foundation

/// `run.json`: a description of a run folder for users and other programs.
struct RunRecord: Encodable {
  let stage: String
  let inputs: String
  let options: TrainingOptions
  /// The number of trained weights.
  let trainable: Int
  /// The number of frozen weights.
  let frozen: Int
  /// The engine kind, which determines the bits together with seed and data.
  let engine: String

  init(_ identity: RunIdentity, _ options: TrainingOptions, parameters: ParameterSet, engine: EngineKind) {
    stage = identity.stage
    inputs = identity.inputs
    self.options = options
    trainable = parameters.all.filter(\.isTrainable).reduce(0) { $0 + $1.value.count }
    frozen = parameters.all.filter { !$0.isTrainable }.reduce(0) { $0 + $1.value.count }
    self.engine = engine.description
  }

  func write(to path: String) throws {
    try DurableFile.write(try ConfigFile.encoded(self), to: path)
  }
}
