/// Why a sampler cannot run with a model's scheduler configuration or a number of steps.
package struct SamplerError: Error, CustomStringConvertible {
  package struct Code: Hashable, Sendable {
    private enum Value: Hashable { case malformed, unknownValue, unsupported, steps }
    private let value: Value

    /// The configuration is not readable or a number in it makes no sense.
    package static let malformed = Code(value: .malformed)
    /// A key names something that no version of diffusers known here defines.
    package static let unknownValue = Code(value: .unknownValue)
    /// The configuration asks for something that the sampler does not do.
    package static let unsupported = Code(value: .unsupported)
    /// The number of steps does not fit.
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
