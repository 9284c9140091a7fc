import Files
package import Foundation

/// A client of one S3 store: Amazon's, or any other that speaks its protocol.
///
/// All calls block: call them on threads that may. Every request carries the SHA-256 of its payload and, if it has one,
/// its MD5, so that a server keeps no damaged bytes. Requests that fail for now are repeated, with growing pauses, for
/// the patience of the options; then the error's code is `away`. A process has at most as many requests in flight as
/// the options allow; further callers wait.
package final class S3Client: Sendable {
  package let address: S3Address
  /// Requests in flight at the same time.
  package let parallelism: Int
  let endpoint: S3Endpoint
  private let patience: Duration
  private let http: HTTPTransport
  private let credentials: CredentialChain
  private let slots: DispatchSemaphore
  private let clock: @Sendable () -> Date
  private let notice: @Sendable (String) -> Void

  /// - Parameters:
  ///   - clock: this machine's time, by which requests are signed.
  ///   - notice: called, from any thread, with why a request is repeated.
  /// - Throws: ``ObjectStorageError`` (`badSettings`). Nothing is sent yet.
  package init(
    _ address: S3Address, _ options: S3Options, environment: [String: String] = ProcessInfo.processInfo.environment,
    clock: @escaping @Sendable () -> Date = { Date() }, notice: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(ObjectStorageError) {
    self.address = address
    parallelism = options.parallelism
    patience = options.patience
    endpoint = try S3Endpoint(options, bucket: address.bucket, environment: environment)
    let bundle = environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : $0 }
    http = try HTTPTransport(
      certificateFile: options.certificateFile ?? bundle, connections: options.parallelism)
    credentials = CredentialChain(
      environment: environment, file: options.credentialsFile, profile: options.profile, http: http)
    slots = DispatchSemaphore(value: options.parallelism)
    self.clock = clock
    self.notice = notice
  }

  /// Sends a request, again and again while the store is away.
  ///
  /// - Returns: the first answer that succeeded, or whose status is in `accepted`.
  func perform(_ request: S3Request, accepting accepted: Set<Int> = []) throws(ObjectStorageError) -> HTTPAnswer {
    let end = ContinuousClock.now + patience
    var pause = RetryPause(first: .milliseconds(100), longest: .seconds(3))
    var isRenewed = false
    while true {
      switch try attempt(request, accepted) {
      case .success(let answer): return answer
      case .failure(let fault):
        let error = fault.error(request, self)
        if fault.isExpired, !isRenewed {
          isRenewed = true
          credentials.forget()
          continue
        }
        let rest = pause.next()
        guard fault.isTemporary, ContinuousClock.now + rest < end else { throw error }
        notice(error.message)
        Thread.sleep(forTimeInterval: rest / .seconds(1))
      }
    }
  }

  private func attempt(
    _ request: S3Request, _ accepted: Set<Int>
  ) throws(ObjectStorageError) -> Result<HTTPAnswer, S3Fault> {
    let credentials = try credentials.current()
    slots.wait()
    defer { slots.signal() }
    do throws(HTTPTransport.Trouble) {
      let answer = try http.send(
        request.signed(by: RequestSigner(credentials: credentials, region: endpoint.region), endpoint, clock()))
      // Some operations begin their answer before they know its end.
      let isError = answer.status == 200 && request.mayFailLate && S3Fault.isError(answer.body)
      if (200..<300).contains(answer.status) && !isError || accepted.contains(answer.status) { return .success(answer) }
      return .failure(S3Fault(answer))
    } catch {
      return .failure(S3Fault(error))
    }
  }
}
