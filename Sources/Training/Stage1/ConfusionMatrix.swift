package import Imaging

/// Counts how often images of each class were classified as each class.
package struct ConfusionMatrix: Codable, Sendable, Equatable {
  package let classes: [String]
  /// Indexed by the true class, then by the predicted class.
  package private(set) var counts: [[Int]]

  package init(classes: [String]) {
    self.classes = classes
    counts = [[Int]](repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
  }

  package mutating func add(label: Int, found: Int) { counts[label][found] += 1 }

  package var total: Int { counts.joined().reduce(0, +) }

  /// The share of images that are classified correctly; 0 if there are no images.
  package var accuracy: Double {
    Double(counts.indices.reduce(0) { $0 + counts[$1][$1] }) / Double(max(1, total))
  }

  /// The accuracy of each class; nil if the class has no images.
  package var accuracies: [Double?] {
    counts.enumerated().map { label, row in
      let own = row.reduce(0, +)
      return own > 0 ? Double(row[label]) / Double(own) : nil
    }
  }

  /// Draws a square for each pair of classes; the larger its share of the row, the darker it is.
  package var picture: RGBImage {
    let cell = max(4, min(32, 384 / max(1, classes.count)))
    let side = cell * max(1, classes.count)
    var picture = RGBImage(width: side, height: side, filledWith: RGBColor(255, 255, 255))
    for (label, row) in counts.enumerated() {
      let own = Double(max(1, row.reduce(0, +)))
      for (found, count) in row.enumerated() {
        let share = Double(count) / own
        // Correct predictions are blue, errors red.
        let faded = UInt8(level: 255 * (1 - share), half: .toNearestOrAwayFromZero)
        let color = label == found ? RGBColor(faded, faded, 255) : RGBColor(255, faded, faded)
        picture.paste(RGBImage(width: cell, height: cell, filledWith: color), x: found * cell, y: label * cell)
      }
    }
    return picture
  }
}
