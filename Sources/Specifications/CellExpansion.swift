import Files
import Foundation
import Vocabulary

/// Expands an entry of `cells` that has lists from a file, a grid of settings or wildcards into plain entries.
///
/// Only the plain entries are stored, so a batch's images never depend on files that may change later.
struct CellExpansion {
  private let node: SpecNode
  private let entries: [String: SpecNode]
  private let position: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - position: the entry's position in `cells`.
  ///   - seed: the batch's seed, from which alternatives are drawn.
  init(_ node: SpecNode, position: Int, seed: UInt64) throws(BatchSpecError) {
    self.node = node
    entries = try node.mapping(keys: BatchSpec.Keys.cell)
    self.position = position
    self.seed = seed
  }

  /// - Throws: ``BatchSpecError`` naming the key and its line.
  func cells() throws(BatchSpecError) -> [CellSpec] {
    var cell = try CellSpec(node)
    for (key, file) in [("prompts", "prompts_file"), ("texts", "texts_file")] {
      guard let entry = entries[file] else { continue }
      guard entries[key] == nil, entries[String(key.dropLast())] == nil else {
        throw entry.error("cannot stand beside '\(key)': use one of them")
      }
      let lines = try Self.lines(entry)
      if key == "texts" { cell.texts = lines } else { cell.prompts = lines }
    }
    try check(cell, node)
    var cells = [cell]
    if let grid = entries["grid"] { cells = try expanded(cell, grid) }
    guard try entries["wildcards"]?.boolean() ?? false else { return cells }
    var drawn: [CellSpec] = []
    for (number, cell) in cells.enumerated() {
      drawn += try self.drawn(cell, number)
      try bound(drawn.count)
    }
    return drawn
  }

  /// One entry for each combination of the listed settings; the last key changes fastest.
  private func expanded(_ cell: CellSpec, _ grid: SpecNode) throws(BatchSpecError) -> [CellSpec] {
    let lists = try grid.mapping(keys: BatchSpec.Keys.settings)
    var cells = [cell]
    for key in BatchSpec.Keys.settings {
      guard let list = lists[key] else { continue }
      guard entries[key] == nil else { throw list.error("stands in the entry as well: use one of them") }
      guard list.isList else { throw list.error("must be a list of values") }
      let values = try list.elements()
      try bound(cells.count * values.count)
      var combined: [CellSpec] = []
      for cell in cells {
        for value in values {
          var next = cell
          try next.settings.read([key: value])
          try check(next, value)
          combined.append(next)
        }
      }
      cells = combined
    }
    return cells
  }

  /// The subjects of an entry with the alternatives drawn for each image; images with the same words share an entry.
  private func drawn(_ cell: CellSpec, _ number: Int) throws(BatchSpecError) -> [CellSpec] {
    var cells: [CellSpec] = []
    let texts = cell.texts.isEmpty ? cell.prompts : cell.texts
    for emotion in cell.texts.isEmpty ? cell.emotions.map(Optional.some) : [nil] {
      for (place, text) in texts.enumerated() {
        var one = cell
        one.emotions = emotion.map { [$0] } ?? []
        var counts: [String: Int] = [:]
        var order: [String] = []
        for (words, count) in try draws(text, cell.count, number, place, emotion.flatMap(cell.emotions.firstIndex) ?? 0)
        {
          if counts[words] == nil { order.append(words) }
          counts[words, default: 0] += count
        }
        for words in order {
          if emotion == nil { one.texts = [words] } else { one.prompts = [words] }
          one.count = counts[words] ?? 0
          try check(one, node)
          cells.append(one)
        }
        try bound(cells.count)
      }
    }
    return cells
  }

  private func draws(
    _ text: String, _ count: Int, _ number: Int, _ place: Int, _ emotion: Int
  ) throws(BatchSpecError) -> [(String, Int)] {
    let wildcards: Wildcards
    do { wildcards = try Wildcards(text) } catch { throw node.error("'\(text)' \(error.message)") }
    guard count <= Limits.cells || wildcards.isConstant else {
      throw node.error(
        "draws alternatives for \(count) images, but at most \(Limits.cells) are possible: split the entry")
    }
    return (0..<(wildcards.isConstant ? 1 : count)).map { image in
      var generator = DrawGenerator(seed: seed, position, number, emotion, place, image)
      return (wildcards.drawn(using: &generator), wildcards.isConstant ? count : 1)
    }
  }

  private func bound(_ count: Int) throws(BatchSpecError) {
    guard count <= Limits.cells else {
      throw node.error("expands to more than \(Limits.cells) cells: split the entry")
    }
  }

  private func check(_ cell: CellSpec, _ place: SpecNode) throws(BatchSpecError) {
    do {
      try cell.check("cells[\(position)].")
    } catch {
      throw BatchSpecError(error.message, file: node.file, line: line(of: error.message) ?? place.line)
    }
  }

  /// The line of the key that a message names after `cells[N].`, if the entry has it.
  private func line(of message: String) -> Int? {
    let path = message.prefix { !" :".contains($0) }
    return path.split(separator: ".").dropFirst().first.flatMap { entries[String($0)]?.line }
  }

  /// The lines of a text file beside the specification, without empty ones and those that begin with `#`.
  private static func lines(_ node: SpecNode) throws(BatchSpecError) -> [String] {
    let name = try node.string()
    let path =
      name.hasPrefix("/") ? name : URL(filePath: node.file).deletingLastPathComponent().appending(path: name).path
    guard let data = FileManager.default.contents(atPath: path) else {
      throw node.error("names the file \(path), which is missing or cannot be read")
    }
    guard data.count <= 64 << 20, let text = String(validating: data, as: UTF8.self) else {
      throw node.error("names the file \(path), which is not a UTF-8 text of at most 64 MiB")
    }
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    guard !lines.isEmpty else { throw node.error("names the file \(path), which has no line with words") }
    guard lines.count <= Limits.cells else {
      throw node.error("names the file \(path), which has more than \(Limits.cells) lines: split it")
    }
    return lines
  }
}
