package import Files

/// Why a sampler cannot run with a model's scheduler configuration or a number of steps.
package typealias SamplerError = Failure<SamplerErrorCode>

package enum SamplerErrorCode: Hashable, Sendable {
  /// The configuration is not readable or contains a number that makes no sense.
  case malformed
  /// A key has a value that no version of diffusers known here defines.
  case unknownValue
  /// The configuration requests something that the sampler does not implement.
  case unsupported
  /// The number of steps does not fit.
  case steps
}
