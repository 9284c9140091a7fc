import AsyncHTTPClient
import Files
import NIOCore
import NIOHTTP1
import NIOSSL

/// A request whose answer is read whole.
struct HTTPRequest: Sendable {
  let method: String
  let url: String
  var headers: [(String, String)] = []
  var body: [UInt8]?
  /// Bytes of a body beyond which the answer is refused.
  let largestAnswer: Int
  /// How long the whole exchange may take.
  let patience: Duration
}

struct HTTPAnswer: Sendable {
  let status: Int
  /// By their names in lower case.
  let headers: [String: String]
  let body: [UInt8]
}

/// The HTTP connections of a process to its store. Calls block; the exchange runs on the event loops of NIO.
final class HTTPTransport: Sendable {
  /// Why there is no answer.
  struct Trouble: Error {
    let reason: String
    /// Whether the same request may succeed later.
    var isTemporary = true
  }

  /// NIO's buffers hold no more.
  private static let largestBuffer = Int(UInt32.max)

  private let client: HTTPClient

  /// - Parameter certificateFile: PEM certificates that are trusted beside the system's.
  /// - Throws: ``ObjectStorageError`` (`badSettings`).
  init(certificateFile: String?, connections: Int) throws(ObjectStorageError) {
    var tls = TLSConfiguration.makeClientConfiguration()
    if let certificateFile {
      do {
        tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMFile(certificateFile))]
      } catch {
        throw ObjectStorageError(
          .badSettings,
          "the certificate file \(certificateFile) is missing or holds no PEM certificate: set s3.ca_file "
            + "to one that does", underlying: error)
      }
    }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: HTTPClient.Configuration.Timeout(connect: .seconds(10), read: .seconds(30)), decompression: .disabled)
    configuration.httpVersion = .http1Only
    configuration.connectionPool = HTTPClient.Configuration.ConnectionPool(
      idleTimeout: .seconds(15), concurrentHTTP1ConnectionsPerHostSoftLimit: connections)
    // A refused connection is to be reported at once; the caller tries again.
    configuration.connectionPool.retryConnectionEstablishment = false
    client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  deinit {
    // With a callback, because a request may still be ending on the event loop that releases this.
    client.shutdown { _ in }
  }

  /// Sends a request and reads the whole answer. Blocks.
  func send(_ request: HTTPRequest) throws(Trouble) -> HTTPAnswer {
    let response: HTTPClient.Response
    do {
      let body = request.body.map { HTTPClient.Body.byteBuffer(ByteBuffer(bytes: $0)) }
      let message = try HTTPClient.Request(
        url: request.url, method: HTTPMethod(rawValue: request.method), headers: HTTPHeaders(request.headers),
        body: body)
      let collector = ResponseAccumulator(request: message, maxBodySize: min(request.largestAnswer, Self.largestBuffer))
      response = try client.execute(
        request: message, delegate: collector, deadline: .now() + TimeAmount(request.patience)
      ).wait()
    } catch {
      throw Self.trouble(error)
    }
    return HTTPAnswer(
      status: Int(response.status.code),
      headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
      body: response.body.map { [UInt8]($0.readableBytesView) } ?? [])
  }

  private static func trouble(_ error: any Error) -> Trouble {
    switch error {
    case let error as HTTPClientError:
      return Trouble(reason: words(error), isTemporary: error != .invalidURL && error != .emptyHost)
    case is ResponseAccumulator.ResponseTooBigError:
      return Trouble(reason: "the answer is larger than it may be", isTemporary: false)
    case let error as NIOSSLError:
      if case .handshakeFailed(let reason) = error { return certificate("\(reason)") }
      return Trouble(reason: "TLS: \(error)")
    case let error as NIOSSLExtraError: return certificate("\(error)")
    default: return Trouble(reason: oneLine("\(error)"))
    }
  }

  private static func certificate(_ reason: String) -> Trouble {
    Trouble(
      reason: "the server's certificate is not trusted (\(oneLine(reason))): set s3.ca_file to its authority's",
      isTemporary: false)
  }

  private static func words(_ error: HTTPClientError) -> String {
    switch error {
    case .connectTimeout: "no connection within 10 seconds"
    case .readTimeout: "no bytes within 30 seconds"
    case .deadlineExceeded: "no complete answer in time"
    case .remoteConnectionClosed: "the connection was closed before the end of the answer"
    default: error.shortDescription
    }
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }.prefix(300))
  }
}

extension TimeAmount {
  fileprivate init(_ duration: Duration) {
    self = .milliseconds(Int64((duration / .milliseconds(1)).rounded(.up)))
  }
}
