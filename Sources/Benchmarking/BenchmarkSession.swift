package import Engine
import Foundation

/// Runs one workload once for each line of input, so that another program can run in between.
///
/// It prints one JSON document per line: first `ready`, after loading and a warm-up run; then the seconds of each run;
/// and the peak memory at the end of input.
package struct BenchmarkSession {
  private struct Ready: Encodable {
    let ready = true
    let program = "emofarm"
    let engine: String
    let threads: Int
    /// Seconds of loading.
    let loadSeconds: Double
    /// Seconds from the start to the end of the first run.
    let firstSeconds: Double
    /// ‖Δ‖ / ‖reference‖ of the first run; left out if there is no reference.
    let distance: Double?
    /// Billions of multiplications and additions of a run, if known.
    let operations: Double?
  }

  private struct Run: Encodable {
    let seconds: Double
  }

  private struct End: Encodable {
    let peakGib: Double
  }

  private let name: Workload.Name
  private let folder: String
  private let variant: String?
  private let compute: () throws -> Compute

  /// - Parameter compute: Creates the compute context; this is part of the time until the first result.
  package init(
    _ name: Workload.Name, folder: String, variant: String? = nil, compute: @escaping () throws -> Compute
  ) {
    self.name = name
    self.folder = folder
    self.variant = variant
    self.compute = compute
  }

  /// - Parameters:
  ///   - next: Waits for a line; returns nil at the end of input.
  ///   - print: Prints a line.
  package func run(next: () -> String?, print: (String) throws -> Void) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    func say(_ document: some Encodable) throws { try print(String(decoding: encoder.encode(document), as: UTF8.self)) }
    let clock = ContinuousClock()
    let start = clock.now
    let compute = try compute()
    let work = try Workload(name, folder: folder, variant: variant, on: compute)
    let loaded = (clock.now - start).seconds
    let result = try work.warmUp()
    try say(
      Ready(
        engine: compute.kind.description, threads: compute.threads, loadSeconds: loaded,
        firstSeconds: (clock.now - start).seconds, distance: work.distance(result),
        operations: Workload.operations(name)))
    while next() != nil {
      let start = clock.now
      _ = try work.run()
      try say(Run(seconds: (clock.now - start).seconds))
    }
    try say(End(peakGib: PeakMemory.gibibytes))
  }
}
