package import Engine

/// One stage of training as a run sees it.
///
/// What a step does is a function of the weights, the seed and the step's number alone, so a run goes on from weights,
/// moments and a number.
package protocol TrainingTask: AnyObject {
  /// Such as `mapper`.
  var name: String { get }
  var parameters: ParameterSet { get }
  /// How many samples a step sees.
  var batch: Int { get }

  /// Adds the gradients of a step to the parameters' (which are zero before) and returns what to log, the loss first.
  func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure]

  /// Held-out figures and samples at a step.
  func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation

  /// Writes the stage's files.
  func export(to folder: String, on compute: Compute) throws
}
