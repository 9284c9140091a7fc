import Foundation

/// A file system in memory that is full after some kilobytes: what a full disk is, with the system's own errors.
package enum SmallVolume {
  /// Whether this process may mount one, which takes root and a container that allows it.
  package static let isAvailable: Bool = {
    guard geteuid() == 0 else { return false }
    let folder = "\(TestFolder.parent)/emofarm-volume-\(getpid())"
    guard mkdir(folder, 0o755) == 0 else { return false }
    defer { rmdir(folder) }
    guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
    return umount(folder) == 0
  }()

  package static let reason: String = "a full volume is made with a mounted tmpfs, which needs root"

  /// Runs a body with the folder of a new volume.
  package static func with<T>(
    kilobytes: Int, isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> T
  ) async throws -> T {
    try await TestFolder.with { folder in
      try await with(kilobytes: kilobytes, at: folder) { try await body(folder) }
    }
  }

  /// Runs a body while a folder is a new volume.
  package static func with<T>(
    kilobytes: Int, at folder: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
  ) async throws -> T {
    guard mount("tmpfs", folder, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    // Lazily, because a program under test may still have its folder open.
    defer { umount2(folder, Int32(MNT_DETACH)) }
    return try await body()
  }
}
