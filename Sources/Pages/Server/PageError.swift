import Admin
import Datasets
import Farm
package import Files
import HTTPTypes
import Hummingbird
import Postgres
import Specifications
import Vocabulary

/// A request that is answered with an error.
package typealias PageError = Failure<PageErrorCode>

package enum PageErrorCode: String, Hashable, Sendable {
  /// The request makes no sense.
  case badRequest
  case notFound
  /// Who asks has not shown a token.
  case unauthorized
  /// The request is not allowed here, whoever asks.
  case forbidden
  /// The request was sent to another name than this server's.
  case misdirected
  /// A range of bytes that the file does not have.
  case badRange
  case tooLong
  case bodyTooLong
  /// The body is of a type that is not read here.
  case wrongType
  /// An image of a dataset is missing or not the one of its row.
  case damagedImage
  /// More is asked at the same time than is served.
  case busy
}

extension PageError {
  /// What an error means for who asked.
  static func status(_ error: any Error) -> HTTPResponse.Status {
    switch error {
    case let error as PageError:
      switch error.code {
      case .badRequest: .badRequest
      case .notFound: .notFound
      case .unauthorized: .unauthorized
      case .forbidden: .forbidden
      case .misdirected: .misdirectedRequest
      case .badRange: .rangeNotSatisfiable
      case .tooLong: .uriTooLong
      case .bodyTooLong: .contentTooLarge
      case .wrongType: .unsupportedMediaType
      case .damagedImage: .internalServerError
      case .busy: .serviceUnavailable
      }
    case let error as FarmError:
      switch error.code {
      case .notFound, .artifactMissing: .notFound
      case .conflict, .refused: .conflict
      case .storeAway, .storeRefused, .fileSystem, .diskFull: .serviceUnavailable
      case .badSettings, .modelChanged, .artifactDamaged, .artifactUntrue, .inputDamaged, .badRow: .internalServerError
      }
    case is BatchSpecError, is EmotionSpecError, is SettingError, is InputError: .badRequest
    // What is asked for makes no sense for this batch.
    case is AdminError: .conflict
    case let error as DatasetError: error.code == .badInput ? .conflict : .internalServerError
    case let error as PostgresError where error.sqlState == .insufficientPrivilege: .forbidden
    case let error as PostgresError: error.condition == nil ? .internalServerError : .serviceUnavailable
    case let error as HTTPError: error.status
    default: .internalServerError
    }
  }

  /// The error in one line. None of the project's errors contains a secret.
  static func text(_ error: any Error) -> String {
    switch error {
    case let error as PostgresError where error.condition != nil:
      "The database does not answer: \(error.description)"
    case let error as HTTPError: error.body ?? error.status.reasonPhrase
    case let error as any CustomStringConvertible: error.description
    default: "an error without a description"
    }
  }
}
