import Foundation

/// A file system in memory that is full after some kilobytes, so that writes fail as on a full disk.
package enum SmallVolume {
  /// Whether this process may mount a volume, which requires root and a container that allows it.
  package static let isAvailable: Bool = {
    guard geteuid() == 0 else { return false }
    let folder = "\(TestFolder.parent)/emofarm-volume-\(getpid())"
    guard mkdir(folder, 0o755) == 0 else { return false }
    defer { rmdir(folder) }
    guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else { return false }
    return umount(folder) == 0
  }()

  package static let reason: String = "the test mounts a tmpfs as a full volume, which requires root"

  /// Runs a body with the folder of a new volume.
  package static func with<T>(
    kilobytes: Int, isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> T
  ) async throws -> T {
    try await TestFolder.with { folder in
      try await with(kilobytes: kilobytes, at: folder) { try await body(folder) }
    }
  }

  /// Runs a body with a new volume mounted at an existing folder.
  package static func with<T>(
    kilobytes: Int, at folder: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> T
  ) async throws -> T {
    guard mount("tmpfs", folder, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
    }
    // The lazy unmount succeeds even if a program under test still has the folder open.
    defer { umount2(folder, Int32(MNT_DETACH)) }
    return try await body()
  }
}
