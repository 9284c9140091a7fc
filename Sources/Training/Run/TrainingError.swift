package import Files

/// The error if training cannot start or continue.
package typealias TrainingError = Failure<TrainingErrorCode>

package enum TrainingErrorCode: SoleErrorCode {
  case refused
  /// Another process trains in the run folder.
  case locked

  package static let sole = refused
}
