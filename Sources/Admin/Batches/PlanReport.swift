package import Specifications

/// The output of `enqueue --dry-run`.
package struct PlanReport: Sendable {
  private let plan: BatchPlan
  private let model: String
  private let estimate: PlanEstimate
  /// Number of workers that are alive.
  private let workers: Int
  private let freeBytes: Int64?

  package init(_ plan: BatchPlan, model: String, estimate: PlanEstimate, workers: Int, freeBytes: Int64?) {
    self.plan = plan
    self.model = model
    self.estimate = estimate
    self.workers = workers
    self.freeBytes = freeBytes
  }

  package var json: JSONDocument {
    [
      "images": JSONDocument(plan.images), "jobs": JSONDocument(plan.jobs), "cells": JSONDocument(plan.cells.count),
      "model": JSONDocument(model),
      "seconds": JSONDocument(estimate.seconds(workers: workers)) { JSONDocument(measured: $0) },
      "workers": JSONDocument(workers), "bytes": JSONDocument(estimate.bytes),
      "bytes_are_bound": JSONDocument(estimate.isBound), "free_bytes": JSONDocument(freeBytes) { JSONDocument($0) },
      "samples": JSONDocument(estimate.samples),
    ]
  }

  package var lines: [String] {
    [
      "Images  \(Measure.count(plan.images)) in \(Measure.count(plan.jobs, "job")) of up to \(plan.spec.chunk), "
        + Measure.count(plan.cells.count, "cell"),
      "Model   \(TerminalText.safe(model))",
      "Time    \(time)",
      "Disk    \(estimate.isBound ? "at most" : "about") \(Measure.bytes(estimate.bytes)), "
        + (freeBytes.map { "\(Measure.bytes($0)) free\(estimate.bytes > $0 ? ": not enough" : "")" } ?? "in a bucket"),
    ]
  }

  private var time: String {
    guard let seconds = estimate.seconds(workers: workers) else {
      return "unknown: nothing was rendered with this model recently"
    }
    let who =
      workers > 0 ? "with the \(Measure.count(workers, "worker")) at work now" : "with one worker; none is at work now"
    return
      "about \(Measure.duration(seconds)) \(who), estimated from \(Measure.count(estimate.samples, "recent image"))"
  }
}
