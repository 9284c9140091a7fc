package import Files

/// Why a model cannot take an input.
package typealias ModelInputError = Failure<ModelInputErrorCode>

package enum ModelInputErrorCode: SoleErrorCode { case sole }
