import Files
import Foundation
import Specifications
import Worker

/// What many workers ask of one server: a simulation of their requests, with the server's time for each as it was
/// measured.
///
/// A worker claims, sends a heartbeat a second while it renders, publishes each image, completes, and claims again; it
/// waits for each answer. Requests wait in one queue for the server's cores; the time of a request varies as an
/// exponential distribution does, and the time of an image by a tenth. The same seed gives the same result.
package struct FarmLoad: Sendable {
  /// Mean CPU time of the server for one request, in seconds.
  package struct Costs: Codable, Sendable, Equatable {
    package var claim: Double
    package var heartbeat: Double
    package var publication: Double
    package var completion: Double
    /// A claim that finds nothing, and when the next job is due.
    package var poll: Double

    package init(claim: Double, heartbeat: Double, publication: Double, completion: Double, poll: Double) {
      self.claim = claim
      self.heartbeat = heartbeat
      self.publication = publication
      self.completion = completion
      self.poll = poll
    }

    /// Of all requests of a job without heartbeats.
    package func job(images: Int) -> Double { claim + publication * Double(images) + completion }

    package func scaled(by factor: Double) -> Costs {
      Costs(
        claim: claim * factor, heartbeat: heartbeat * factor, publication: publication * factor,
        completion: completion * factor, poll: poll * factor)
    }
  }

  package struct Outcome: Codable, Sendable, Equatable {
    package let jobsPerSecond: Double
    package let requestsPerSecond: Double
    /// Seconds from a claim's request to its answer.
    package let claimP50: Double
    package let claimP99: Double
    /// Busy cores, on average.
    package let busyCores: Double
  }

  package let costs: Costs
  package let workers: Int
  /// Of the server.
  package let cores: Int
  /// Images of a job.
  package let images: Int
  /// Seconds of rendering a job.
  package let jobSeconds: Double
  /// Seconds between two heartbeats.
  package var heartbeat = 1.0

  package init(costs: Costs, workers: Int, cores: Int, images: Int, jobSeconds: Double) {
    self.costs = costs
    self.workers = workers
    self.cores = cores
    self.images = images
    self.jobSeconds = jobSeconds
  }

  private struct Worker {
    /// When it sends its next request.
    var at: Double
    var request: Request
    var imagesLeft = 0
    var imageEnds = 0.0
  }

  private enum Request { case claim, heartbeat, publication, completion }

  /// Simulates `seconds` after a time in which the workers come apart.
  package func run(seconds: Double, seed: UInt64) -> Outcome {
    var random = DrawGenerator(seed: seed, [])
    var free = [Double](repeating: 0, count: max(1, cores))
    var farm = (0..<max(1, workers)).map { _ in Worker(at: random.unit() * jobSeconds, request: .claim) }
    let start = 2 * jobSeconds
    let end = start + seconds
    var (jobs, requests, busy) = (0, 0, 0.0)
    var claims: [Double] = []
    while let next = farm.indices.min(by: { farm[$0].at < farm[$1].at }), farm[next].at < end {
      let now = farm[next].at
      let time = -cost(of: farm[next].request) * log1p(-random.unit())
      // Requests are served in the order of their arrival, by the core that is free first.
      let core = free.indices.min { free[$0] < free[$1] } ?? 0
      let answered = max(now, free[core]) + time
      free[core] = answered
      if now >= start {
        requests += 1
        busy += time
        if farm[next].request == .claim { claims.append(answered - now) }
        if farm[next].request == .completion { jobs += 1 }
      }
      advance(&farm[next], answered, &random)
    }
    claims.sort()
    func quantile(_ part: Double) -> Double {
      claims.isEmpty ? 0 : claims[min(claims.count - 1, Int(Double(claims.count) * part))]
    }
    return Outcome(
      jobsPerSecond: Double(jobs) / seconds, requestsPerSecond: Double(requests) / seconds, claimP50: quantile(0.5),
      claimP99: quantile(0.99), busyCores: busy / seconds)
  }

  private func cost(of request: Request) -> Double {
    switch request {
    case .claim: costs.claim
    case .heartbeat: costs.heartbeat
    case .publication: costs.publication
    case .completion: costs.completion
    }
  }

  private func advance(_ worker: inout Worker, _ now: Double, _ random: inout DrawGenerator) {
    switch worker.request {
    case .claim:
      worker.imagesLeft = images
      worker.imageEnds = now + imageSeconds(&random)
    case .publication:
      worker.imagesLeft -= 1
      worker.imageEnds += imageSeconds(&random)
    case .heartbeat: break
    case .completion:
      worker.at = now
      worker.request = .claim
      return
    }
    if worker.imagesLeft == 0 {
      worker.at = now
      worker.request = .completion
    } else if worker.imageEnds <= now + heartbeat {
      worker.at = max(now, worker.imageEnds)
      worker.request = .publication
    } else {
      worker.at = now + heartbeat
      worker.request = .heartbeat
    }
  }

  private func imageSeconds(_ random: inout DrawGenerator) -> Double {
    jobSeconds / Double(max(1, images)) * (0.9 + 0.2 * random.unit())
  }

  /// Seconds until every worker has an answer when an enqueued batch wakes all of them at once.
  package var wave: Double { Double(workers) * costs.claim / Double(max(1, cores)) }
  /// Busy cores while no worker finds anything to do.
  package var idleCores: Double { Double(workers) / WorkerLoop.poll.seconds * costs.poll }
}

extension DrawGenerator {
  /// From 0 up to, but not, 1.
  fileprivate mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
