import Admin
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers of the usual kinds.
enum Answer {
  static func page(_ page: HTML, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: page.text)))
  }

  static func json(_ document: JSONDocument, status: HTTPResponse.Status = .ok) -> Response {
    let text: String
    do {
      text = try document.text() + "\n"
    } catch {
      // Only a number that is not finite cannot be written, and documents hold none.
      return page(ErrorPage.page(.internalServerError, "\(error)"), status: .internalServerError)
    }
    return Response(
      status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// Sends the browser to another page of this server.
  static func redirect(to address: String) -> Response {
    Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
  }

  private static func unchanging(_ tag: String) -> HTTPFields {
    [.eTag: "\"\(tag)\"", .cacheControl: "private, max-age=31536000, immutable"]
  }

  /// The answer to a client that has the bytes already, for which they need not be read; nil if it has not.
  static func unchanged(tag: String, _ request: Request) -> Response? {
    guard ByteRange.matches(request.headers[.ifNoneMatch], tag: tag) else { return nil }
    return Response(status: .notModified, headers: unchanging(tag))
  }

  /// Bytes that never change under their address, whole or a range of them.
  ///
  /// - Throws: ``PageError`` (`badRange`).
  static func bytes(
    _ bytes: [UInt8], type: String, tag: String, request: Request, download: String? = nil
  ) throws -> Response {
    if let unchanged = unchanged(tag: tag, request) { return unchanged }
    var headers = unchanging(tag)
    headers[.contentType] = type
    headers[.acceptRanges] = "bytes"
    if let download { headers[.contentDisposition] = "attachment; filename=\"\(download)\"" }
    let wanted = request.headers[.ifRange].map { $0 == "\"\(tag)\"" } ?? true
    let range: ByteRange? = wanted ? try ByteRange(request.headers[.range], size: bytes.count) : nil
    guard let range else {
      return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
    headers[.contentRange] = "bytes \(range.first)-\(range.last)/\(bytes.count)"
    return Response(
      status: .partialContent, headers: headers,
      body: .init(byteBuffer: ByteBuffer(bytes: bytes[range.first...range.last])))
  }
}
