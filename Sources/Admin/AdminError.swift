package import Files

/// Why a command could not do what was asked: what was wrong and what to do.
package typealias AdminError = Failure<AdminErrorCode>

package enum AdminErrorCode: SoleErrorCode { case sole }
