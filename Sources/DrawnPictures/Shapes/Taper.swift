/// The convex hull of two discs: a line with round ends, which may taper.
struct Taper: Shape {
  let start: Point
  let end: Point
  let widths: (start: Float, end: Float)

  /// - Parameters:
  ///   - width: width at the start.
  ///   - last: width at the end; nil for the same width.
  init(_ start: Point, _ end: Point, width: Float, to last: Float? = nil) {
    self.start = start
    self.end = end
    widths = (width, last ?? width)
  }

  func distance(to point: Point) -> Float {
    let (line, offset) = (end - start, point - start)
    let square = line.dot(line)
    let share = square > 0 ? min(max(offset.dot(line) / square, 0), 1) : 0
    return (offset - line * share).length - (widths.start + (widths.end - widths.start) * share) / 2
  }
  var bounds: Bounds { Bounds(of: [start, end], reach: max(widths.start, widths.end) / 2) }
}
