import Foundation
import Postgres
import TestSupport
import Testing

/// Stores of other farms, and files that are lost, as seen by commands.
@Suite struct StoreCommandTests {
  @Test(.timeLimit(.minutes(10))) func aSecondDatabaseDoesNotTouchTheStoreOfTheFirst() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 3)
      #expect(try await farm("store").output.contains("no marker yet"))
      #expect(try await farm("gc").status == 0)
      let own = try await farm("store", "--json")
      #expect(own.status == 0 && own.output.contains(#""problem" : null"#), "\(own)")
      // Every database of a test is a copy of one, with its id.
      try await farm.query("UPDATE farm SET id = gen_random_uuid(), store_marked_at = NULL")
      let files = farm.artifacts()
      for command in [
        ["gc"], ["gc", "--dry-run"], ["audit"], ["export", "1", "--out", "\(farm.home)/out"], ["repair"],
        ["verify", "1"], ["sheet", "1", "--out", "\(farm.home)/sheet.png"],
      ] {
        let outcome = try await Program.emofarm.run(
          command, environment: farm.environment, folder: SourceTree.root.path)
        #expect(outcome.status == 1, "\(command) \(outcome)")
        #expect(outcome.error.contains("belongs to the farm"), "\(command) \(outcome)")
        #expect(outcome.error.contains("emofarm store adopt"), "\(command) \(outcome)")
      }
      let worker = try await farm.work()
      #expect(worker.status == 1 && worker.error.contains("belongs to the farm"), "\(worker)")
      #expect(farm.artifacts() == files && files.count == 3)
      #expect(try await farm("store").status == 1)
      // What needs no store works.
      #expect(try await farm("status").status == 0)

      #expect(try await farm("store", "adopt").status == 2)
      #expect(try await farm("store", "adopt", "--yes").status == 0)
      #expect(try await farm("audit").status == 0)
      #expect(try await farm("export", "1", "--out", "\(farm.home)/out").status == 0)
    }
  }

  /// A farm of the earlier schema has images and a store without a marker.
  @Test(.timeLimit(.minutes(10))) func aFarmOfTheEarlierSchemaIsUpgraded() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 2)
      #expect(try await farm("db", "migrate", "--to", "3", "--yes").status == 0)
      #expect(try await farm("export", "1", "--out", "\(farm.home)/out").error.contains("emofarm db migrate"))
      #expect(try await farm("db", "migrate").status == 0)
      #expect(try await farm("export", "1", "--out", "\(farm.home)/out").status == 0)
      #expect(try await farm("enqueue", "--emotion", "fear", "--count", "1", "--steps", "1").status == 0)
      #expect(try await farm.work().status == 0)
      let store = try await farm("store")
      #expect(store.status == 0 && store.output.contains("this farm's, marked"), "\(store)")
      #expect(try await farm("audit", "--deep").status == 0)
      // The share is not mounted: the folder exists and is empty.
      try FileManager.default.moveItem(atPath: "\(farm.home)/artifacts", toPath: "\(farm.home)/share")
      try FileManager.default.createDirectory(atPath: "\(farm.home)/artifacts", withIntermediateDirectories: false)
      for command in [["gc"], ["repair"], ["audit"]] {
        let outcome = try await Program.emofarm.run(
          command, environment: farm.environment, folder: SourceTree.root.path)
        #expect(outcome.status == 1 && outcome.error.contains("mount the volume"), "\(command) \(outcome)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(farm.home)/artifacts").isEmpty)
    }
  }

  @Test(.timeLimit(.minutes(10))) func lostFilesAreLeftOutOfAPartialExportAndRepaired() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 5)
      #expect(try await farm("repair").output == "5 files examined: nothing to repair\n")
      let files = farm.artifacts()
      try FileManager.default.removeItem(atPath: files[0])
      try Data("short".utf8).write(to: URL(filePath: files[1]))
      let out = "\(farm.home)/out"
      let whole = try await farm("export", "1", "--out", out)
      #expect(whole.status == 1 && !FileManager.default.fileExists(atPath: out), "\(whole)")
      let partial = try await farm("export", "1", "--out", out, "--partial", "--json")
      #expect(partial.status == 0 && partial.output.contains(#""copied" : 3"#), "\(partial)")
      #expect(partial.output.contains(#""fault" : "missing""#) && partial.output.contains(#""fault" : "damaged""#))
      #expect(partial.error.contains("left out 2 images"), "\(partial)")
      #expect(partial.error.contains("emofarm repair 1"), "\(partial)")

      let dry = try await farm("repair", "1", "--dry-run")
      #expect(dry.status == 0 && dry.output.contains("2 files of 5 of no use (1 missing, 1 damaged)"), "\(dry)")
      let repair = try await farm("repair", "1", "--json")
      #expect(repair.status == 0 && repair.output.contains(#""images" : 2"#), "\(repair)")
      #expect(try await farm("status", "1").output.contains("running"))
      #expect(try await farm("audit").status == 0)
      // The model has painted nothing: the worker renders other pixels with its own engine kind, and it is said.
      #expect(try await farm.work().status == 0)
      let after = try await farm("repair", "1")
      #expect(after.output.contains("2 back with other pixels"), "\(after)")
      #expect(try await farm("audit", "--deep").status == 0)
      #expect(try await farm("export", "1", "--out", out).status == 0)
      let pruned = try await farm("prune", "--dry-run")
      #expect(pruned.output == "would remove 0 events, 0 attempts and 0 registrations\n", "\(pruned)")
    }
  }
}
