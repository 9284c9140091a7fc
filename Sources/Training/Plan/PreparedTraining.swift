/// A training that is ready to run.
package struct PreparedTraining {
  package let task: any TrainingTask
  package let run: TrainingRun
  /// Where its files go.
  package let out: String
}
