package import Files

/// A request that cannot be carried out: repeating it unchanged cannot help.
package typealias InputError = Failure<InputErrorCode>

package enum InputErrorCode: SoleErrorCode { case sole }
