import Files
import Hummingbird
import NIOCore

extension Request {
  /// The body as text.
  ///
  /// - Throws: ``PageError``: `bodyTooLong`, `badRequest` if it is not UTF-8.
  func text(atMost limit: Int) async throws -> String {
    let buffer: ByteBuffer
    do {
      buffer = try await body.collect(upTo: limit)
    } catch is NIOTooManyBytesError {
      throw PageError(.bodyTooLong, "the request has more than \(limit) bytes")
    }
    guard let text = String(validating: buffer.readableBytesView, as: UTF8.self) else {
      throw PageError(.badRequest, "the request is not UTF-8 text")
    }
    return text
  }
}
