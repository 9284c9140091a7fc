import Checkpoints
import Engine
import Files
import Foundation

/// `run.json`: what a run folder holds, for people and programs that look at it.
struct RunRecord: Encodable {
  let stage: String
  let inputs: String
  let options: TrainingOptions
  /// How many numbers are trained.
  let trainable: Int
  /// Those that stay as they are.
  let frozen: Int
  /// What decides the bits beside seed and data.
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
