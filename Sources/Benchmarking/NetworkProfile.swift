package import Engine
import Foundation

/// A table of the time that a workload spends in each block and operation.
package struct NetworkProfile {
  private let lines: [Profile.Line]
  private let runs: Int
  /// Seconds of a run.
  private let seconds: Double

  /// Runs the workload once to warm up, then `runs` times.
  package init(
    _ name: Workload.Name, folder: String, variant: String? = nil, on compute: Compute, runs: Int
  ) throws {
    let profile = Profile()
    let work = try Workload(name, folder: folder, variant: variant, on: compute.profiled(by: profile))
    _ = try work.run()
    profile.reset()
    let clock = ContinuousClock()
    let time = try clock.measure { for _ in 0..<runs { _ = try work.run() } }
    lines = profile.lines
    seconds = time.seconds / Double(runs)
    self.runs = runs
  }

  /// The table: rows for operations by block, then for blocks, then for operations.
  package var text: String {
    let head = Self.row(["block", "operation", "calls", "ms", "%", "GFLOP", "GFLOP/s", "MB", "GB/s"])
    var blocks: [String] = []
    for line in lines where !blocks.contains(line.block) { blocks.append(line.block) }
    var names: [String] = []
    for line in lines where !names.contains(line.operation) { names.append(line.operation) }
    var rows = [head] + lines.map { row($0.block, $0.operation, [$0]) } + ["", head]
    rows += blocks.map { block in row(block, "all", lines.filter { $0.block == block }) } + ["", head]
    rows += names.map { name in row("all", name, lines.filter { $0.operation == name }) }
    rows.append(row("all", "all", lines))
    let measured = lines.reduce(0) { $0 + $1.seconds } / Double(runs)
    rows.append(
      String(
        format: "a run: %.0f ms, of which %.0f ms are between operations", 1000 * seconds, 1000 * (seconds - measured)))
    return rows.joined(separator: "\n")
  }

  /// The sum of some lines, divided by the number of runs.
  private func row(_ block: String, _ operation: String, _ lines: [Profile.Line]) -> String {
    let time = lines.reduce(0) { $0 + $1.seconds } / Double(runs)
    let work = lines.reduce(0) { $0 + $1.operations } / Double(runs) / 1e9
    let bytes = Double(lines.reduce(0) { $0 + $1.bytes }) / Double(runs) / 1e6
    func number(_ value: Double, _ digits: Int) -> String {
      value > 0 && value.isFinite ? String(format: "%.\(digits)f", value) : "–"
    }
    return Self.row([
      block.isEmpty ? "–" : block, operation, "\(lines.reduce(0) { $0 + $1.calls } / runs)", number(1000 * time, 1),
      number(100 * time / seconds, 1), number(work, 2), number(work / time, 0), number(bytes, 1),
      number(bytes / 1000 / time, 1),
    ])
  }

  private static func row(_ cells: [String]) -> String {
    let widths = [16, 20, 7, 10, 7, 10, 9, 10, 8]
    return zip(cells, widths).enumerated().map { index, cell in
      let gap = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
      return index < 2 ? cell.0 + gap : gap + cell.0
    }.joined()
  }
}
