package import Farm
import Files
import Foundation
package import Logging

/// Writes each log event as one line to standard error, as text or JSON.
///
/// As text `2026-01-31T12:00:00.000Z info job claimed batch=1 job=7`, as JSON
/// `{"at":"2026-01-31T12:00:00.000Z","level":"info","message":"job claimed","batch":"1","job":"7"}`.
/// A line contains only the message and the metadata; callers never pass passwords.
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  package var logLevel: Logger.Level
  private let format: LogFormat
  private let write: @Sendable (String) -> Void

  /// - Parameter write: called with each line without its line break; standard error by default.
  package init(
    format: LogFormat, level: Logger.Level = .info, write: @escaping @Sendable (String) -> Void = Self.toStandardError
  ) {
    self.format = format
    logLevel = level
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }.merging(event.metadata ?? [:]) { $1 }
    let fields = all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) }
    write(line(Self.timestamp(.now), event.level, event.message.description, fields))
  }

  /// Writes each line in one call, so that lines of several threads never mix.
  package static let toStandardError: @Sendable (String) -> Void = { line in
    // A full disk behind standard error must not stop the worker; the events are in the database.
    try? Descriptor.write(Array((line + "\n").utf8), to: STDERR_FILENO)
  }

  private func line(
    _ time: String, _ level: Logger.Level, _ message: String, _ fields: [(key: String, value: String)]
  ) -> String {
    switch format {
    case .human:
      let rest = fields.map { " \($0.key)=\(Self.word($0.value))" }.joined()
      return "\(time) \(level.rawValue) \(Self.unbroken(message))\(rest)"
    case .json:
      let head = [("at", time), ("level", level.rawValue), ("message", message)]
      let taken = Set(head.map(\.0))
      let members = (head + fields.filter { !taken.contains($0.key) })
        .map { "\(JSONString.quoted($0.0, .line)):\(JSONString.quoted($0.1, .line))" }
      return "{\(members.joined(separator: ","))}"
    }
  }

  /// The value, quoted if it would not read as one word.
  private static func word(_ value: String) -> String {
    let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
    return isPlain ? value : JSONString.quoted(value, .line)
  }

  private static func unbroken(_ message: String) -> String {
    message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private static func timestamp(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
