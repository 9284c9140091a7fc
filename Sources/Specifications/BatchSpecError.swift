package import Files

/// An invalid batch specification: the place, the problem and what is accepted. `file` is nil if the specification was
/// built from flags.
package typealias BatchSpecError = Failure<BatchSpecErrorCode>

package enum BatchSpecErrorCode: SoleErrorCode { case sole }
