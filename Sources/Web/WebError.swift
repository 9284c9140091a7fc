package import Files

/// Why a server cannot run.
package typealias WebError = Failure<WebErrorCode>

package enum WebErrorCode: SoleErrorCode { case sole }
