import Files
import Foundation
import Synchronization

/// The credentials of a process: from the environment, a file, the container or the instance, whichever has them first.
///
/// Temporary ones are fetched again five minutes before they end. If that fails, the old ones serve until their end.
package final class CredentialChain: Sendable {
  private static let margin: TimeInterval = 300

  private let environment: [String: String]
  private let file: String?
  private let profile: String?
  private let service: CredentialsService
  private let known = Mutex<Credentials?>(nil)

  /// - Parameters:
  ///   - file: the file of credentials that the settings name.
  ///   - profile: the section of it that they name.
  init(environment: [String: String], file: String?, profile: String?, http: HTTPTransport) {
    self.environment = environment
    self.file = file
    self.profile = profile
    service = CredentialsService(http: http, environment: environment)
  }

  /// The credentials to sign with now. Blocks while they are fetched; other callers wait for the same answer.
  ///
  /// - Throws: ``ObjectStorageError`` (`refused` if there are none, `away`).
  func current(now: Date = Date()) throws(ObjectStorageError) -> Credentials {
    let result = known.withLock { known -> Result<Credentials, ObjectStorageError> in
      if let known, known.expiration.map({ $0.timeIntervalSince(now) > Self.margin }) ?? true { return .success(known) }
      do throws(ObjectStorageError) {
        let fresh = try find()
        known = fresh
        return .success(fresh)
      } catch {
        if let known, let end = known.expiration, end > now { return .success(known) }
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// Forgets what is known, so that the next request reads it again: a server has refused it.
  func forget() { known.withLock { $0 = nil } }

  private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  private func find() throws(ObjectStorageError) -> Credentials {
    // What the settings name goes before what the environment happens to hold.
    let isNamed = file != nil || profile != nil
    if !isNamed, let key = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") {
      return Credentials(accessKey: key, secretKey: secret, sessionToken: value("AWS_SESSION_TOKEN"))
    }
    let section = profile ?? value("AWS_PROFILE") ?? "default"
    let file = file ?? value("AWS_SHARED_CREDENTIALS_FILE") ?? value("HOME").map { "\($0)/.aws/credentials" }
    if let file, let found = try CredentialsFile.read(file, profile: section) { return found }
    if isNamed {
      throw ObjectStorageError(
        .refused,
        "there is no section [\(section)] in \(file ?? "~/.aws/credentials"): add it, or correct the settings "
          + "s3.credentials_file and s3.profile")
    }
    if let found = try service.container() { return found }
    if let found = try service.instance() { return found }
    throw ObjectStorageError(
      .refused,
      "there are no credentials for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write "
        + "them into the section [\(section)] of \(file ?? "~/.aws/credentials")")
  }
}
