import Foundation

/// Folders for tests, in a location that the embedded server's user can access.
package enum TestFolder {
  /// `$TMPDIR`, or `/var/tmp` if that is unset or too long for the path of a socket.
  package static let parent: String = {
    let named = ProcessInfo.processInfo.environment["TMPDIR"] ?? ""
    return named.isEmpty || named.utf8.count > 40 ? "/var/tmp" : named
  }()

  /// Runs a body with a new folder, mode 0755, that is removed afterwards.
  package static func with<T>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> T
  ) async throws -> T {
    let folder = "\(parent)/emofarm-\(UUID().uuidString.prefix(8).lowercased())"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }
}
