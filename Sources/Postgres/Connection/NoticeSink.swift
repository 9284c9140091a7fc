import CLibPQ
import Logging

/// Forwards the server's notices and warnings to the logger at debug level.
final class NoticeSink {
  let logger: Logger

  init(_ logger: Logger) {
    self.logger = logger
  }

  /// The sink must live as long as the connection.
  func attach(to handle: OpaquePointer) {
    PQsetNoticeReceiver(
      handle,
      { sink, result in
        guard let sink, let text = PQresultErrorMessage(result) else { return }
        Unmanaged<NoticeSink>.fromOpaque(sink).takeUnretainedValue().take(String(cString: text))
      },
      Unmanaged.passUnretained(self).toOpaque())
  }

  private func take(_ text: String) {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    logger.debug("PostgreSQL says: \(line)")
  }
}
