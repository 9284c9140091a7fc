import Foundation

/// The same steps in several job queues, one queue after the other in each step.
struct QueueRace {
  private struct Row: Encodable {
    let step: String
    let results: [String: Program.Step]
  }

  private let names: [String]
  private let engines: [String: String]
  private var rows: [Row] = []

  /// - Parameter history: jobs that have passed through while an old snapshot is open.
  init(_ starts: [Start], history: Int) throws {
    let programs = try starts.map { try Program($0) }
    names = programs.map(\.record.name)
    engines = Dictionary(uniqueKeysWithValues: programs.map { ($0.record.name, $0.record.engine) })
    try run("claim + complete, 8 at once, one batch", "work 8 1 \(Self.jobs) \(Self.seconds)", programs)
    try run("claim + complete, 8 at once, eight batches", "work 8 8 \(Self.jobs) \(Self.seconds)", programs)
    // More than all claims together.
    let waiting = history + 50_000
    try run("", "fill \(waiting)", programs)
    for (label, claimers) in [("fresh, 1 at once", 1), ("fresh, 8 at once", 8), ("fresh, 32 at once", 32)] {
      try run(label, "claim \(claimers) \(Self.claims) \(Self.seconds)", programs)
    }
    try run("", "pin", programs)
    try run("", "history \(history)", programs)
    for claimers in [1, 8, 32] {
      try run(
        "old snapshot and \(history) dead jobs, \(claimers) at once",
        "claim \(claimers) \(Self.claims) \(Self.seconds)", programs)
    }
    try run("old snapshot, claim + complete, 8 at once, one batch", "work 8 1 \(Self.jobs) \(Self.seconds)", programs)
    try run("", "unpin", programs)
    try run("", "vacuum", programs)
    for claimers in [1, 8, 32] {
      try run("vacuumed, \(claimers) at once", "claim \(claimers) \(Self.claims) \(Self.seconds)", programs)
    }
    // Only EmoFarm has batches.
    let farms = programs.filter { $0.record.name.hasPrefix("emofarm") }
    try run("", "batches 10000", farms)
    for claimers in [1, 8] {
      try run("10000 open batches, \(claimers) at once", "claim \(claimers) \(Self.claims) \(Self.seconds)", farms)
    }
    for program in programs { try program.close() }
  }

  private static let claims = 4000
  private static let jobs = 4000
  /// The longest time of a step.
  private static let seconds = 20

  /// - Parameter label: of the step in the result; empty for a step that measures nothing.
  private mutating func run(_ label: String, _ line: String, _ programs: [Program]) throws {
    var results: [String: Program.Step] = [:]
    for program in programs {
      results[program.record.name] = try program.step(line)
      FileHandle.standardError.write(Data("\r\(line), \(program.record.name)\u{1B}[K".utf8))
    }
    if !label.isEmpty { rows.append(Row(step: label, results: results)) }
  }

  var text: String {
    func number(_ value: Double) -> String { String(format: value < 10 ? "%.1f" : "%.0f", value) }
    let cells = rows.map { row in
      [row.step]
        + names.map { name in
          guard let result = row.results[name], let perSecond = result.perSecond else { return "–" }
          guard let p50 = result.p50, let p99 = result.p99 else { return "\(number(perSecond)) a second" }
          return "\(number(p50)) / \(number(p99)) ms, \(number(perSecond)) a second"
        }
    }
    let lines = [[""] + names.map { engines[$0] ?? $0 }] + cells
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return "Claims: p50 / p99 and rate\n"
      + lines.map { line in
        line.indices.map { line[$0].padding(toLength: widths[$0], withPad: " ", startingAt: 0) }
          .joined(separator: "  ")
      }.joined(separator: "\n")
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(rows) + Data("\n".utf8)
  }
}
