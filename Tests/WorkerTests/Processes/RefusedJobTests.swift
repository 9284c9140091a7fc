import Farm
import Files
import Foundation
import TestSupport
import Testing

/// Real daemons report faults of jobs and of the machine where operators look.
extension DaemonTests {
  @Suite struct Refused {
    /// What a host's copy of the model lacks costs the job nothing, and the repaired host renders it.
    @Test(.timeLimit(.minutes(10)), arguments: HostDamage.allCases)
    func aDamagedCopyOfTheModelIsTheHostsFaultAndIsNamed(_ damage: HostDamage) async throws {
      try await TestFarm.with { farm in
        let folder = try farm.copyOfTheModel()
        try await farm.register(folder)
        let batch = try await farm.enqueue(2, chunk: 2)
        try damage.strike(folder)
        let daemon = try farm.daemon("worker", ["--once"])
        #expect(try await daemon.end() == .exited(3))
        #expect(daemon.text.contains(damage.message(folder)), "\(daemon.text)")
        let events = try await farm.database.events.recent(batch: batch)
        let returned = try #require(events.first { $0.kind == "job.returned" })
        #expect(returned.detail["error"]?.contains(damage.message(folder)) == true)
        #expect(try await farm.database.batches.status(batch).jobs.ready == 1)

        try? FileManager.default.removeItem(atPath: folder)
        _ = try farm.copyOfTheModel()
        let next = try farm.daemon("next", ["--once"])
        #expect(try await next.end() == .exited(0))
        #expect(try await farm.database.batches.status(batch).state == .done)
        #expect(next.text.contains("job claimed attempt=1"))
        try await farm.isSound(batch, images: 2)
      }
    }

    /// The farm replaced the model that the batch was enqueued for: no host can render it, and none is at fault.
    @Test(.timeLimit(.minutes(10))) func aModelThatWasRegisteredAgainFailsTheJobAtOnce() async throws {
      try await TestFarm.with { farm in
        let folder = try farm.copyOfTheModel()
        try await farm.register(folder)
        let batch = try await farm.enqueue(2, chunk: 2)
        try HostDamage.changed.strike(folder)
        try await farm.register(folder)
        let daemon = try farm.daemon("worker", ["--once"])
        #expect(try await daemon.end() == .exited(0))
        let stopped = try #require(try await farm.database.batches.stopped(batch).first)
        #expect(stopped.attempt == 1)
        #expect(stopped.errors.last?.contains("was registered again since this batch was enqueued") == true)
      }
    }

    /// A model whose numbers are not finite fails its jobs at the first attempt, and the worker continues with others.
    @Test(.timeLimit(.minutes(10))) func aModelThatIsNotFiniteFailsTheJobAtOnceAndTheWorkerLivesOn() async throws {
      try await TestFarm.with { farm in
        let daemon = try farm.daemon("worker")
        for (name, file, tensor, value, message) in [
          (
            "nan-unet", "unet/diffusion_pytorch_model", "conv_out.bias", Float.nan,
            "denoising step 1 of \(Undisturbed.steps) gave numbers"
          ),
          (
            "inf-vae", "vae/diffusion_pytorch_model", "decoder.conv_out.bias", .infinity,
            "the image decoder gave numbers"
          ),
          ("nan-mapper", "mapper/model", "mlp.2.bias", .nan, "the mapper gave numbers"),
        ] {
          let folder = try farm.copyOfTheModel(name)
          try WeightDamage.set(tensor, to: value, in: "\(folder)/\(file).safetensors")
          try await farm.register(folder, name: name)
          let batch = try await farm.enqueue(2, chunk: 2, model: name)
          #expect(try await farm.finishes(batch, daemon).state == .failed)
          let stopped = try #require(try await farm.database.batches.stopped(batch).first)
          #expect(stopped.attempt == 1)
          #expect(stopped.errors.count == 1)
          #expect(stopped.errors.last?.contains("\(message) that are not finite") == true, "\(stopped.errors)")
        }
        let batch = try await farm.enqueue(2, chunk: 2)
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 2)
        #expect(daemon.current() == nil)
        #expect(!daemon.text.contains("attempt=2"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func withoutFreeSpaceNothingIsClaimedAndTheRegistrySaysSo() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(2, chunk: 2)
        let daemon = try farm.daemon("worker", environment: ["EMOFARM_MINIMUM_FREE_BYTES": "\(Int64.max)"])
        try await farm.saysWhyItWaits(daemon)
        #expect(try await farm.database.batches.status(batch).state == .queued)
        #expect(daemon.text.contains("no jobs are claimed"))
        daemon.send(SIGTERM)
        #expect(try await daemon.end() == .exited(0))
      }
    }

    @Test(.timeLimit(.minutes(10))) func aStoreThatCannotBeWrittenIsNotTheJobsFault() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(2, chunk: 2)
        _ = try await farm.database.openStore(.home(farm.home), for: .writing)
        // Files in place of the top-level folders: nothing can be stored, whatever its digest.
        let root = "\(farm.home)/artifacts/sha256"
        let names = (0..<256).map { String(format: "\(root)/%02x", $0) }
        for name in names { #expect(FileManager.default.createFile(atPath: name, contents: nil)) }
        let daemon = try farm.daemon("worker")
        try await farm.suspends(daemon)
        for name in names { try FileManager.default.removeItem(atPath: name) }
        #expect(try await farm.finishes(batch, daemon).state == .done)
        try await farm.isSound(batch, images: 2)
        #expect(!daemon.text.contains("attempt=2"))
      }
    }

    @Test(.enabled(if: SmallVolume.isAvailable, Comment(rawValue: SmallVolume.reason)), .timeLimit(.minutes(10)))
    func aFullVolumeIsNotTheJobsFault() async throws {
      try await TestFarm.with { farm in
        let batch = try await farm.enqueue(2, chunk: 2)
        let root = "\(farm.home)/artifacts/sha256"
        try Folder.make(root)
        try await SmallVolume.with(kilobytes: 1024, at: root) {
          _ = try await farm.database.openStore(.home(farm.home), for: .writing)
          // One page is left: enough for a job to be claimed, too little for an image.
          let filler = [UInt8](repeating: 0, count: Int(try farm.store.freeBytes() ?? 0) - 4096)
          try File.write(filler, to: "\(root)/filler")
          let daemon = try farm.daemon("worker")
          try await farm.saysWhyItWaits(daemon)
          #expect(daemon.text.contains("No space left on device"))
          try File.remove("\(root)/filler")
          #expect(try await farm.finishes(batch, daemon).state == .done)
          try await farm.isSound(batch, images: 2)
          #expect(!daemon.text.contains("attempt=2"))
          daemon.send(SIGTERM)
          #expect(try await daemon.end() == .exited(0))
        }
      }
    }

    @Test func wrongUsageEndsWithTwo() async throws {
      try await TestFolder.with { home in
        for arguments in [["--no-such-flag"], ["--model-cache", "0"], ["--threads", "many"]] {
          let daemon = try Daemon(arguments, environment: ["EMOFARM_HOME": home], log: "\(home)/log")
          #expect(try await daemon.end() == .exited(2))
        }
      }
    }
  }
}

/// What can happen to the copy of a model on one host.
enum HostDamage: CaseIterable, Sendable {
  case changed, truncated, absent

  func strike(_ folder: String) throws {
    switch self {
    case .changed:
      let file = "\(folder)/scheduler/scheduler_config.json"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try (text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    case .truncated: #expect(truncate("\(folder)/unet/diffusion_pytorch_model.safetensors", 1000) == 0)
    case .absent: try FileManager.default.removeItem(atPath: folder)
    }
  }

  func message(_ folder: String) -> String {
    switch self {
    case .changed: "changed since 'tiny' was registered: scheduler/scheduler_config.json (changed)"
    case .truncated: "\(folder)/unet/diffusion_pytorch_model.safetensors"
    case .absent: "there is no such model folder"
    }
  }
}
