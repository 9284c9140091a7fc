import Farm
import Files
import Postgres
import Specifications
import Vocabulary

extension FarmLoad.Costs {
  /// Measures each request by itself, one after the other, on a batch of its own.
  ///
  /// - Parameters:
  ///   - count: Requests of each kind; the server's time is known to a hundredth of a second.
  static func measure(
    _ farm: FarmDatabase, model: RegisteredModel, time: ServerTime, count: Int = 1000
  ) async throws -> FarmLoad.Costs {
    let plan = try BatchSpec(
      parsing: #"{"name": "requests", "chunk": 1, "cells": [{"emotion": "awe", "count": \#(count + 1)}]}"#,
      named: "requests"
    ).plan(defaults: model.defaults, multiple: model.multiple)
    _ = try await farm.batches.enqueue(plan, model: model)
    let worker = try await farm.workers.register(
      host: "benchmark", pid: 1, engine: "benchmark", version: "0", threads: 1)
    let lease = Duration.seconds(600)
    var jobs: [ClaimedJob] = []

    func seconds(_ request: (Int) async throws -> Void) async throws -> Double {
      let before = time.seconds()
      for index in 0..<count { try await request(index) }
      return (time.seconds() - before) / Double(count)
    }
    @Sendable func next() async throws -> ClaimedJob {
      guard case .images(let job)? = try await farm.jobs.claim(worker: worker, lease: lease).first else {
        throw FarmError(.badRow, "no job is left to claim")
      }
      return job
    }
    let claim = try await seconds { _ in jobs.append(try await next()) }
    let heartbeat = try await seconds { index in
      let progress = JobProgress(index: jobs[index].firstIndex, step: 1, steps: 2)
      _ = try await farm.jobs.heartbeat(jobs[index].handle, lease: lease, progress: progress)
    }
    let publication = try await seconds { index in
      let job = jobs[index]
      let digest =
        String(repeating: "0", count: 48) + Hex.encode(withUnsafeBytes(of: job.handle.job.bigEndian, Array.init))
      _ = try await farm.jobs.publish(
        job.handle,
        NewImage(
          index: job.firstIndex, seed: job.seed(of: job.firstIndex), specSHA256: job.specSHA256,
          modelDigest: job.model.digest, sha256: digest, rgbSHA256: digest, bytes: 1, actualSteps: 1,
          engine: "benchmark",
          seconds: 0),
        lease: lease)
    }
    let completion = try await seconds { index in _ = try await farm.jobs.complete(jobs[index].handle) }
    // Until now one job was waiting, as in most batches.
    _ = try await next()
    let poll = try await seconds { _ in
      _ = try await farm.jobs.claim(worker: worker, lease: lease)
      _ = try await farm.jobs.next(for: worker)
    }
    return FarmLoad.Costs(
      claim: claim, heartbeat: heartbeat, publication: publication, completion: completion, poll: poll)
  }
}
