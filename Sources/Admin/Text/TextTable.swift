/// Rows in aligned columns under a heading.
package struct TextTable {
  package struct Column {
    let title: String
    let isNumber: Bool

    package static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
    /// Aligned to the right.
    package static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
  }

  private let columns: [Column]
  private var rows: [[String]] = []

  package init(_ columns: [Column]) {
    self.columns = columns
  }

  /// - Parameter cells: one for each column.
  package mutating func add(_ cells: [String]) {
    rows.append(cells.map(TerminalText.safe))
  }

  /// The heading and the rows, without spaces at their ends.
  package func lines() -> [String] {
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { column in all.map { TerminalText.width($0[column]) }.max() ?? 0 }
    return all.map { row in
      let cells = columns.indices.map { TerminalText.padded(row[$0], widths[$0], right: columns[$0].isNumber) }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
