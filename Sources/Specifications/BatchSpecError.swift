package import Files

/// Why a batch specification was refused: where, what is wrong and what is accepted. `file` is nil for a specification
/// made from flags.
package typealias BatchSpecError = Failure<BatchSpecErrorCode>

package enum BatchSpecErrorCode: SoleErrorCode { case sole }
