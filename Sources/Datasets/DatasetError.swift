package import Files

/// Why a dataset could not be written.
package typealias DatasetError = Failure<DatasetErrorCode>

package enum DatasetErrorCode: Hashable, Sendable {
  /// The request cannot be exported.
  case badInput
  /// The target folder holds something else or is in use.
  case folder
  /// An image's file is missing or differs from its record.
  case damagedImage
}
