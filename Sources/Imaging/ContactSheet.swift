/// A sheet of many images, in rows with a label at the left.
package enum ContactSheet {
  private static let background = RGBColor(250, 249, 246)
  fileprivate static let empty = RGBColor(236, 234, 229)
  fileprivate static let ink = RGBColor(45, 43, 48)
  /// The maximum number of characters in a line of a label.
  private static let labelWidth = 18

  /// Draws the sheet; the same images give the same pixels.
  ///
  /// - Parameters:
  ///   - rows: The labels and their images. Labels are printable ASCII (other characters become a box); long ones are
  ///     broken into lines.
  ///   - cell: The side of an image's square in pixels; an image of another size is fitted into it. The default is the
  ///     longest side of the images, from 48 to 256.
  ///   - columns: The number of images in a line; a longer row continues on further lines under the same label.
  package static func draw(
    rows: [(label: String, images: [RGBImage])], cell: Int? = nil, columns: Int = 16
  ) -> RGBImage {
    let longest = rows.flatMap(\.images).map { max($0.width, $0.height) }.max() ?? 64
    let cell = max(8, cell ?? min(256, max(48, longest)))
    let scale = cell < 48 ? 1 : cell < 192 ? 2 : 4
    let gutter = max(1, cell / 32)
    let margin = max(6, cell / 5)

    let labels = rows.map { lines(of: $0.label) }
    let labelColumn = labels.joined().map { BitmapFont.width(of: $0, scale: scale) }.max() ?? 0
    let indent = margin + labelColumn + (labelColumn > 0 ? margin : 0)
    let columns = max(1, min(columns, rows.map(\.images.count).max() ?? 1))
    let heights = zip(rows, labels).map { row, label in
      let pictures = max(1, (row.images.count + columns - 1) / columns) * (cell + gutter) - gutter
      return max(pictures, label.count * lineHeight(scale))
    }
    let gap = gutter * 2
    var sheet = RGBImage(
      width: indent + columns * (cell + gutter) - gutter + margin,
      height: 2 * margin + heights.reduce(0, +) + gap * max(0, rows.count - 1),
      filledWith: background
    )

    var top = margin
    for (index, row) in rows.enumerated() {
      let first = min(heights[index], cell)
      sheet.draw(labels[index], x: margin, middle: top + max(first, labels[index].count * lineHeight(scale)) / 2, scale)
      let squares = max(1, (row.images.count + columns - 1) / columns) * columns
      for position in 0..<squares {
        let x = indent + position % columns * (cell + gutter)
        let y = top + position / columns * (cell + gutter)
        sheet.place(position < row.images.count ? row.images[position] : nil, x: x, y: y, cell: cell)
      }
      top += heights[index] + gap
    }
    return sheet
  }

  private static func lineHeight(_ scale: Int) -> Int { (BitmapFont.glyphHeight + 2) * scale }

  /// `label` in lines of at most `labelWidth` characters, broken after a space, comma, plus or colon where possible.
  private static func lines(of label: String) -> [String] {
    var lines: [String] = []
    var rest = Array(label)
    while rest.count > labelWidth {
      let end = (1...labelWidth).last { " ,+:".contains(rest[$0 - 1]) } ?? labelWidth
      lines.append(String(rest[..<end]).trimmingSpaces)
      rest.removeFirst(end)
    }
    return lines + [String(rest).trimmingSpaces]
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension RGBImage {
  /// Draws `lines` below each other, centred vertically at `middle`.
  fileprivate mutating func draw(_ lines: [String], x: Int, middle: Int, _ scale: Int) {
    let step = (BitmapFont.glyphHeight + 2) * scale
    // Without its descenders a line is `capHeight` high, and centring this height looks right.
    var y = middle - ((lines.count - 1) * step + BitmapFont.capHeight * scale) / 2
    for line in lines {
      draw(line, x: x, y: y, scale: scale, color: ContactSheet.ink)
      y += step
    }
  }

  /// Fits `image` into a square; a missing image leaves an empty square.
  fileprivate mutating func place(_ image: RGBImage?, x: Int, y: Int, cell: Int) {
    guard let image else {
      paste(RGBImage(width: cell, height: cell, filledWith: ContactSheet.empty), x: x, y: y)
      return
    }
    let longest = max(image.width, image.height)
    let fitted = image.resized(
      width: max(1, (image.width * cell + longest / 2) / longest),
      height: max(1, (image.height * cell + longest / 2) / longest)
    )
    paste(fitted, x: x + (cell - fitted.width) / 2, y: y + (cell - fitted.height) / 2)
  }
}
