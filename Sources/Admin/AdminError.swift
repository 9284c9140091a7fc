package import Files

/// Why a command failed and what to do about it.
package typealias AdminError = Failure<AdminErrorCode>

package enum AdminErrorCode: SoleErrorCode { case sole }
