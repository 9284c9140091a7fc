import Farm
import Foundation
import TestSupport
import Testing

/// The commands that read images, with a store in a bucket of a real server.
@Suite struct BucketTests {
  /// A farm moves from a folder to a bucket by copying, and its readers give the same results.
  @Test func readersGiveTheSameFromABucketAsFromAFolder() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 40)
      // The first program that writes marks the store.
      #expect(try await farm("gc").status == 0)
      let server = try ObjectServer.shared()
      let address = ObjectServer.newAddress()
      try server.rclone("copy", "\(farm.home)/artifacts", "s:\(address.dropFirst("s3://".count))")
      let bucket = server.environment(store: address)

      for (name, environment) in [("folder", [:]), ("bucket", bucket)] {
        let export = try await farm(
          "export", "1", "--out", "\(farm.home)/\(name)", environment: environment)
        #expect(export.status == 0, "\(export.error)")
        let sheet = try await farm(
          "sheet", "1", "--out", "\(farm.home)/\(name).png", environment: environment)
        #expect(sheet.status == 0, "\(sheet.error)")
      }
      let exported = contents(below: "\(farm.home)/folder")
      #expect(exported.count > 40 && exported == contents(below: "\(farm.home)/bucket"))
      #expect(
        FileManager.default.contents(atPath: "\(farm.home)/folder.png")
          == FileManager.default.contents(atPath: "\(farm.home)/bucket.png"))
      for arguments in [["audit"], ["audit", "--deep"], ["verify", "1"], ["gc"]] {
        let outcome = try await Program.emofarm.run(
          arguments, environment: farm.environment.merging(bucket) { $1 }, input: "", folder: SourceTree.root.path)
        #expect(outcome.status == 0, "\(arguments): \(outcome.output) \(outcome.error)")
      }
      let status = try await farm("status", environment: bucket)
      #expect(status.status == 0 && status.output.contains("Store     \(address)\n"))

      // A lost and a damaged object are found, and nothing else is blamed.
      let name = try #require(farm.artifacts().first).components(separatedBy: "/artifacts/")[1]
      try server.rclone("deletefile", "s:\(address.dropFirst("s3://".count))/\(name)")
      let audit = try await farm("audit", environment: bucket)
      #expect(audit.status == 1 && audit.output.contains("file.missing") && audit.output.contains(address))
      let partial = try await farm("export", "1", "--out", "\(farm.home)/lost", environment: bucket)
      #expect(partial.status == 1 && partial.error.contains("\(address)/\(name) is missing"))
    }
  }

  @Test func aStoreThatCannotBeReachedOrIsForbiddenIsOneClearError() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 2)
      let server = try ObjectServer.shared()
      var environment = server.environment(store: ObjectServer.newAddress())
      environment["AWS_SECRET_ACCESS_KEY"] = "wrong-secret"
      let forbidden = try await farm("audit", environment: environment)
      #expect(forbidden.status == 1 && forbidden.error.contains("check the secret key") == true)
      #expect(!(forbidden.error + forbidden.output).contains("wrong-secret"))
      environment["EMOFARM_STORE"] = "s3://x"
      let wrong = try await farm("audit", environment: environment)
      #expect(wrong.status != 0 && wrong.error.contains("write s3://BUCKET or s3://BUCKET/PREFIX"))
    }
  }
}
