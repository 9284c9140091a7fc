package import Foundation

extension ObjectServer {
  /// The environment of a farm's program whose store is in a bucket.
  ///
  /// - Parameter endpoint: another way to the server, such as a ``FaultyLine``.
  package func environment(store: String, endpoint: String? = nil) -> [String: String] {
    Self.environment.merging(["EMOFARM_STORE": store, "EMOFARM_S3_ENDPOINT": endpoint ?? self.endpoint]) { $1 }
  }

  /// Runs rclone with the remote `s:` for this server and returns what it printed.
  @discardableResult
  package func rclone(_ arguments: String...) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/rclone")
    process.arguments = ["--config", "/dev/null", "--retries", "1"] + arguments
    process.environment = Self.environment.merging([
      "RCLONE_CONFIG_S_TYPE": "s3", "RCLONE_CONFIG_S_PROVIDER": "Other", "RCLONE_CONFIG_S_ENV_AUTH": "true",
      "RCLONE_CONFIG_S_ENDPOINT": endpoint, "RCLONE_CONFIG_S_REGION": "us-east-1",
    ]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw NotObserved(description: "rclone \(arguments.joined(separator: " ")) failed")
    }
    return text
  }
}
