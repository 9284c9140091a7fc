import Files
import Vocabulary

/// Expands an entry of `cells` that has lists from a file, a grid of settings or wildcards into plain entries.
///
/// Only the plain entries are stored, so a batch's images never depend on files that may change later.
struct CellExpansion {
  private let node: SpecNode
  private let entries: [String: SpecNode]
  private let position: Int
  private let seed: UInt64
  /// The batch's settings, which apply where the entry has none of its own.
  private let inherited: SettingsOverride

  /// - Parameters:
  ///   - position: the entry's position in `cells`.
  ///   - seed: the batch's seed, from which alternatives are drawn.
  init(
    _ node: SpecNode, position: Int, seed: UInt64, inherited: SettingsOverride
  ) throws(BatchSpecError) {
    self.node = node
    entries = try node.mapping(keys: BatchSpec.Keys.cell)
    self.position = position
    self.seed = seed
    self.inherited = inherited
  }

  private var path: String { "cells[\(position)]." }

  /// - Throws: ``BatchSpecError`` naming the key and its line.
  func cells() throws(BatchSpecError) -> [CellSpec] {
    let prompts = try CellWords.of("prompt", entries, in: node)
    let texts = try CellWords.of("text", entries, in: node)
    for words in prompts + texts { try words.check(.literal, path) }
    let cell = try CellSpec(node, prompts: prompts.map(\.text), texts: texts.map(\.text))
    try check(cell, node)
    let none = CellWords(text: "", key: "prompt", file: node.file, line: node.line)
    let words = texts.isEmpty ? prompts.isEmpty ? [none] : prompts : texts
    let cells = try entries["grid"].map { (grid) throws(BatchSpecError) in try expanded(cell, grid) } ?? [cell]
    let isDrawn = try entries["wildcards"]?.boolean() ?? false
    for syntax in Set(cells.map(syntax)) where !isDrawn {
      for word in words { try word.check(syntax, path) }
    }
    var read: Set<SettingsOverride> = []
    for cell in cells {
      var words = SettingsOverride(negative: cell.settings.negative)
      words.promptSyntax = cell.settings.promptSyntax
      if read.insert(words).inserted { try checkNegative(of: cell, isDrawn) }
      try checkStrength(of: cell)
    }
    guard isDrawn else { return cells }
    let files = WildcardFiles(node)
    var wildcards: [Wildcards] = []
    for word in words {
      do {
        wildcards.append(try Wildcards(word.text, files))
      } catch {
        throw error.file == nil ? word.error(error.message, path) : error
      }
    }
    var drawn: [CellSpec] = []
    for (number, cell) in cells.enumerated() {
      drawn += try self.drawn(cell, number, words, wildcards)
      try bound(drawn.count)
    }
    return drawn
  }

  /// One entry for each combination of the listed settings; the last key changes fastest.
  private func expanded(_ cell: CellSpec, _ grid: SpecNode) throws(BatchSpecError) -> [CellSpec] {
    let lists = try grid.mapping(keys: BatchSpec.Keys.settings)
    guard !lists.isEmpty else { throw grid.error("is empty: list values of a setting, as in { guidance: [3, 7.5] }") }
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
  private func drawn(
    _ cell: CellSpec, _ number: Int, _ words: [CellWords], _ wildcards: [Wildcards]
  ) throws(BatchSpecError) -> [CellSpec] {
    var cells: [CellSpec] = []
    for emotion in cell.texts.isEmpty ? cell.emotions.indices.map(Optional.some) : [nil] {
      for (place, text) in wildcards.enumerated() {
        var one = cell
        one.emotions = emotion.map { [cell.emotions[$0]] } ?? []
        var counts: [String: Int] = [:]
        var order: [String] = []
        for (drawn, count) in try draws(text, words[place], cell.count, [number, emotion ?? 0, place]) {
          if counts[drawn] == nil {
            order.append(drawn)
            try words[place].saying(drawn).check(syntax(cell), path)
          }
          counts[drawn, default: 0] += count
        }
        for drawn in order {
          if emotion == nil { one.texts = [drawn] } else { one.prompts = [drawn] }
          one.count = counts[drawn] ?? 0
          cells.append(one)
        }
        try bound(cells.count)
      }
    }
    return cells
  }

  /// The texts of each image of a cell, with the number of images; one for all images if nothing is drawn.
  private func draws(
    _ wildcards: Wildcards, _ words: CellWords, _ count: Int, _ place: [Int]
  ) throws(BatchSpecError) -> [(String, Int)] {
    guard count <= Limits.cells || wildcards.isConstant else {
      throw words.error(
        "draws alternatives for \(count) images, but at most \(Limits.cells) are possible: split the entry", path)
    }
    var drawn: [(String, Int)] = []
    for image in 0..<(wildcards.isConstant ? 1 : count) {
      var generator = DrawGenerator(seed: seed, [position] + place + [image])
      do {
        drawn.append((try wildcards.drawn(using: &generator), wildcards.isConstant ? count : 1))
      } catch {
        throw words.error(error.message, path)
      }
    }
    return drawn
  }

  private func bound(_ count: Int) throws(BatchSpecError) {
    guard count <= Limits.cells else {
      throw node.error(
        "expands to \(count) cells, but a batch has at most \(Limits.cells): list fewer values or split the entry")
    }
  }

  private func syntax(_ cell: CellSpec) -> PromptSyntax {
    cell.settings.promptSyntax ?? inherited.promptSyntax ?? .literal
  }

  /// Checks the negative prompt, which is not drawn, so alternatives in it would be characters.
  private func checkNegative(of cell: CellSpec, _ isDrawn: Bool) throws(BatchSpecError) {
    guard let negative = cell.settings.negative ?? inherited.negative else { return }
    let isOwn = cell.settings.negative != nil
    let words = CellWords(
      text: negative, key: "negative", file: node.file,
      line: entries["negative"]?.line ?? entries["grid"]?.entry("negative")?.line ?? node.line)
    let place = isOwn ? path : "settings."
    try words.check(syntax(cell), place)
    if isDrawn, negative.contains("{") {
      throw words.error(
        "has alternatives, but only prompts and texts are drawn: list negative prompts in a grid", place)
    }
  }

  private func checkStrength(of cell: CellSpec) throws(BatchSpecError) {
    guard (cell.settings.source ?? inherited.source) == nil else { return }
    if let strength = entries["strength"] ?? entries["grid"]?.entry("strength") {
      throw strength.error("requires init, the picture that images start from")
    }
    if inherited.strength != nil {
      throw node.error("has no init, the picture that images start from, which settings.strength requires")
    }
  }

  private func check(_ cell: CellSpec, _ place: SpecNode) throws(BatchSpecError) {
    do {
      try cell.check(path)
    } catch {
      throw BatchSpecError(error.message, file: node.file, line: line(of: error.message) ?? place.line)
    }
  }

  /// The line of the key that a message names after `cells[N].`, if the entry has it.
  private func line(of message: String) -> Int? {
    let path = message.prefix { !" :".contains($0) }
    return path.split(separator: ".").dropFirst().first.flatMap { entries[String($0)]?.line }
  }
}
