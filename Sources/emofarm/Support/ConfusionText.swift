import Admin
import Foundation
import Training

/// A confusion matrix as text.
enum ConfusionText {
  /// Maximum number of classes that fit side by side on a terminal.
  private static let widest = 10

  /// Each class with its recall and, if there are few classes, the counts of predicted classes.
  static func lines(_ confusion: ConfusionMatrix) -> [String] {
    let isWhole = confusion.classes.count <= widest
    let columns: [TextTable.Column] =
      [.text("held out"), .number("pictures"), .number("found")]
      + (isWhole ? confusion.classes.map { .number($0) } : [])
    var table = TextTable(columns)
    for (label, row) in confusion.counts.enumerated() {
      let found = confusion.accuracies[label].map(percent) ?? "-"
      table.add([confusion.classes[label], "\(row.reduce(0, +))", found] + (isWhole ? row.map { "\($0)" } : []))
    }
    return table.lines() + ["", "found of all \(confusion.total): \(percent(confusion.accuracy))"]
  }

  private static func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}
