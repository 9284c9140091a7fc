import Foundation
import TestSupport

/// `emofarm web` while a test runs.
final class WebServer: Sendable {
  let port: Int
  private let program: BackgroundProgram

  var address: String { "http://127.0.0.1:\(port)" }
  /// What it has said so far.
  var log: String { program.text }

  /// - Parameters:
  ///   - arguments: beside the address.
  ///   - environment: that of the farm if it is nil.
  static func with<T: Sendable>(
    _ farm: CommandFarm, _ arguments: String..., environment: [String: String] = [:],
    isolation: isolated (any Actor)? = #isolation, _ body: (WebServer) async throws -> T
  ) async throws -> T {
    let server = try await WebServer(farm, arguments, environment)
    defer { server.program.kill() }
    return try await body(server)
  }

  private init(_ farm: CommandFarm, _ arguments: [String], _ environment: [String: String]) async throws {
    let program = try BackgroundProgram(
      Program.emofarm, ["web", "--listen", "127.0.0.1:0"] + arguments,
      environment: farm.environment.merging(environment) { $1 }, log: "\(farm.home)/web-\(UUID().uuidString).log")
    self.program = program
    do {
      port = try await eventually("the address is said") {
        program.text.firstMatch(of: #/serving http://127\.0\.0\.1:(\d+)//#).flatMap { Int($0.1) }
      }
    } catch {
      program.kill()
      throw NotObserved(description: "\(error); emofarm web said: \(program.text)")
    }
  }

  /// A token in a file that only its owner may read.
  static func token(_ farm: CommandFarm) -> (file: String, bearer: [String: String]) {
    let (token, file) = ("0123456789abcdef", "\(farm.home)/token")
    _ = FileManager.default.createFile(
      atPath: file, contents: Data("\(token)\n".utf8), attributes: [.posixPermissions: 0o600])
    return (file, ["Authorization": "Bearer \(token)"])
  }

  func get(_ target: String, headers: [String: String] = [:]) async throws -> RawHTTP.Answer {
    try await RawHTTP.request(target, port: port, headers: headers)
  }

  func post(_ target: String, _ form: String, headers: [String: String] = [:]) async throws -> RawHTTP.Answer {
    let type = ["Content-Type": "application/x-www-form-urlencoded"]
    return try await RawHTTP.request(
      target, port: port, method: "POST", headers: type.merging(headers) { $1 }, body: form)
  }
}
