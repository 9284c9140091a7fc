package import Farm
package import Foundation

/// Batches as a table.
package enum BatchTable {
  package static func lines(_ batches: [BatchStatus], now: Date) -> [String] {
    var table = TextTable([
      .number("BATCH"), .text("STATE"), .number("DONE"), .number("IMAGES"), .number("JOBS"), .number("QUARANTINED"),
      .number("PRIORITY"), .text("USER"), .text("CREATED"), .text("NAME"),
    ])
    for batch in batches {
      table.add([
        String(batch.id), batch.state.rawValue,
        batch.training.map { Measure.percent($0.step, of: $0.steps) }
          ?? Measure.percent(batch.imagesDone, of: batch.images),
        batch.training == nil ? Measure.count(batch.images) : "-", Measure.count(batch.jobs.total),
        Measure.count(batch.jobs.failed),
        String(batch.priority), TerminalText.fitted(batch.user, 20), Measure.age(batch.created, now: now),
        TerminalText.fitted(batch.name, 50),
      ])
    }
    return table.lines()
  }
}
