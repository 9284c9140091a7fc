import Checkpoints
package import Datasets
import Files
import Foundation
import Imaging
import Provenance

/// Files that the user names for output.
///
/// An existing file is replaced only if it is of the same kind, because a wrong name after `--out` must not destroy an
/// image, a dataset or weights.
package enum OutputFile {
  /// The kind of file that a command writes and may replace; an empty file may always be replaced.
  package enum Kind: Sendable {
    /// A contact sheet: it may replace one made from the same batch.
    case sheet(ExportMarker)
    /// A report: it may replace one of the same batch.
    case report(ExportMarker)
    /// An image with provenance: it may replace another one.
    case render
    /// The tensors of a render: they may replace others.
    case trace
    /// A JSON object with these keys: it may replace one that has them.
    case json([String])
  }

  /// The name of the `meta` element that records the source of a report: its marker's line in hexadecimal.
  package static let reportName = "emofarm-report"

  /// Refuses a path that names no regular file, or a file that belongs to an export.
  ///
  /// - Throws: `InputError`.
  package static func check(_ path: String) throws {
    if let export = ExportMarker.export(owning: path) {
      throw InputError("\(path) belongs to the export in \(export): choose a file outside of it")
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
    throw InputError("\(path) is \(kind): choose a file to write")
  }

  /// Also refuses, unlike ``check(_:)``, a path whose file may not be replaced.
  ///
  /// - Throws: `InputError` that names the existing file's kind; `FileError` if it cannot be read.
  package static func check(_ path: String, replacing kind: Kind) throws {
    try check(path)
    var status = stat()
    guard lstat(path, &status) == 0, stat(path, &status) == 0, status.st_size > 0 else { return }
    guard let obstacle = try obstacle(at: path, to: kind) else { return }
    throw InputError("\(path) exists already and is \(obstacle): remove it, or choose another file")
  }

  /// Writes a file completely and durably, or not at all.
  ///
  /// - Throws: `InputError` as ``check(_:replacing:)``, `FileError` if the system refuses.
  package static func write(_ bytes: [UInt8], to path: String, replacing kind: Kind) throws {
    try check(path, replacing: kind)
    try DurableFile.write(bytes, to: path)
  }

  /// The kind of the file at a path if a command must not replace it; nil if it may.
  private static func obstacle(at path: String, to kind: Kind) throws -> String? {
    switch kind {
    case .sheet(let marker):
      guard let found = SheetFile.marker(try File.readStream(path), named: path) else {
        return "not a contact sheet that says what it shows"
      }
      return marker.relation(to: found) == .same ? nil : "a contact sheet of \(found.origin)"
    case .report(let marker):
      guard let found = try reported(path) else { return "not a report that says what it shows" }
      return marker.relation(to: found) == .same ? nil : "a report of \(found.origin)"
    case .render:
      return try texts(path).contains { $0.keyword == PNGProvenance.keyword }
        ? nil : "not an image that EmoFarm rendered"
    case .trace:
      let names = try? SafetensorsFile(path: path).tensorNames
      return names?.contains("latents_init") == true && names?.contains("timesteps") == true
        ? nil : "not a trace of a render"
    case .json(let members):
      let object = try? JSONSerialization.jsonObject(with: Data(File.readStream(path))) as? [String: Any]
      return object.map { object in members.allSatisfy { object[$0] != nil } } == true
        ? nil : "not a result of the same command"
    }
  }

  /// The source of a report, which is in its head.
  private static func reported(_ path: String) throws -> ExportMarker? {
    let head = String(decoding: try File.readStream(path).prefix(1 << 16), as: UTF8.self)
    guard let start = head.range(of: "<meta name=\"\(reportName)\" content=\"")?.upperBound,
      let end = head[start...].firstIndex(of: "\""), let line = Hex.decode(head[start..<end])
    else { return nil }
    return try? ExportMarker(json: line)
  }

  private static func texts(_ path: String) throws -> [PNGText] {
    let bytes = try File.readStream(path)
    return (try? PNG.texts(bytes, named: path)) ?? []
  }
}
