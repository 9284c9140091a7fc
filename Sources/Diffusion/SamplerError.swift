/// Why a sampler cannot run with a scheduler configuration or a number of steps.
package struct SamplerError: Error, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case malformed, unknownValue, unsupported, steps }
    private let value: Value

    /// The configuration is unreadable or contains an invalid number.
    package static let malformed = Code(value: .malformed)
    /// A key has a value that no known version of diffusers defines.
    package static let unknownValue = Code(value: .unknownValue)
    /// The configuration requests something that the sampler does not support.
    package static let unsupported = Code(value: .unsupported)
    /// The number of steps is not possible with the schedule.
    package static let steps = Code(value: .steps)
  }

  package let code: Code
  package let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}
