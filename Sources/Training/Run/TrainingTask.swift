package import Engine

/// A stage of training.
///
/// A step depends only on the weights, the seed and the step number, so a run can resume from weights, moments and a
/// step number.
package protocol TrainingTask: AnyObject {
  /// The stage's name, such as `mapper`.
  var name: String { get }
  var parameters: ParameterSet { get }
  /// The number of samples per batch.
  var batch: Int { get }

  /// Adds the gradients of a batch to those of the parameters and returns the figures to log, the loss first.
  func accumulate(step: Int, on compute: Compute) throws -> [TrainingFigure]

  /// Computes held-out figures and samples.
  func evaluate(step: Int, on compute: Compute) throws -> TrainingEvaluation

  /// Writes the stage's files.
  func export(to folder: String, on compute: Compute) throws
}
