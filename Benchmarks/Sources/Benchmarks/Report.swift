import Foundation

/// Medians, their spread, and the ratios to the first program for each round.
struct Report {
  let work: String
  let threads: Int
  /// Billions of operations a second.
  let ceiling: Double?
  let programs: [Program.Record]

  private struct Row: Encodable {
    let program: Program.Record
    let median: Double
    let fastest: Double
    let slowest: Double
    /// The median ratio of this program's seconds to the first one's in the same round: how many times as fast the
    /// first one is.
    let ratio: Double
    let ratioLow: Double
    let ratioHigh: Double
    let gigaflops: Double?
    let shareOfCeiling: Double?
  }

  private struct Document: Encodable {
    let work: String
    let threads: Int
    let rows: [Row]
  }

  private var rows: [Row] {
    let operations = programs.first?.operations
    return programs.map { program in
      let sorted = program.seconds.sorted()
      let ratios = zip(program.seconds, programs[0].seconds).map { $0 / $1 }.sorted()
      let gigaflops = operations.map { $0 / Self.median(sorted) }
      return Row(
        program: program, median: Self.median(sorted), fastest: sorted[0], slowest: sorted[sorted.count - 1],
        ratio: Self.median(ratios), ratioLow: ratios[0], ratioHigh: ratios[ratios.count - 1], gigaflops: gigaflops,
        shareOfCeiling: gigaflops.flatMap { done in ceiling.map { done / $0 } })
    }
  }

  private static func median(_ sorted: [Double]) -> Double {
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  var text: String {
    func number(_ value: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", value) }
    let titles = [
      "program", "median s", "fastest … slowest", "times emofarm's", "GFLOP/s", "loaded s", "ready s",
      "peak GiB", "distance",
    ]
    let cells = rows.map { row in
      [
        row.program.name, number(row.median), "\(number(row.fastest)) … \(number(row.slowest))",
        "\(number(row.ratio, 2)) (\(number(row.ratioLow, 2)) … \(number(row.ratioHigh, 2)))",
        row.gigaflops.map { done in
          number(done, 0) + (row.shareOfCeiling.map { " (\(number(100 * $0, 0)) %)" } ?? "")
        } ?? "–",
        number(row.program.loadSeconds, 1), number(row.program.firstSeconds, 1), number(row.program.peakGiB, 1),
        row.program.distance.map { String(format: "%.1e", $0) } ?? "–",
      ]
    }
    let widths = titles.indices.map { column in ([titles] + cells).map { $0[column].count }.max() ?? 0 }
    let lines = ([titles] + cells).map { row in
      row.indices.map { row[$0].padding(toLength: widths[$0], withPad: " ", startingAt: 0) }.joined(separator: "  ")
    }
    return "\(work), \(threads) threads, \(programs.first?.seconds.count ?? 0) runs each, in turn\n"
      + lines.joined(separator: "\n")
  }

  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(Document(work: work, threads: threads, rows: rows)) + Data("\n".utf8)
  }
}
