import Files
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
    let environment = Self.environment.merging([
      "RCLONE_CONFIG_S_TYPE": "s3", "RCLONE_CONFIG_S_PROVIDER": "Other", "RCLONE_CONFIG_S_ENV_AUTH": "true",
      "RCLONE_CONFIG_S_ENDPOINT": endpoint, "RCLONE_CONFIG_S_REGION": "us-east-1",
    ]) { $1 }
    let (ending, text) = try ChildProcess.run(
      "/usr/bin/rclone", ["--quiet", "--config", "/dev/null", "--retries", "1"] + arguments,
      environment: environment)
    guard ending == .exited(0) else {
      throw NotObserved(
        description: "rclone \(arguments.joined(separator: " ")) failed: \(String(decoding: text, as: UTF8.self))")
    }
    return Data(text)
  }
}
