import Files

/// The files that the texts of an entry draw from, each read once.
final class WildcardFiles {
  private static let deepest = 16

  /// The value of the specification that names the files, for errors; relative paths start at its file's folder.
  private let node: SpecNode
  private var known: [String: WildcardGroup] = [:]

  init(_ node: SpecNode) { self.node = node }

  /// The lines of a file as alternatives, each with the weight that it begins with.
  ///
  /// - Parameters:
  ///   - name: the file's name without `.txt`.
  ///   - opened: the files whose lines are being read.
  /// - Throws: ``BatchSpecError`` with the place in the file.
  func group(_ name: String, opened: [String]) throws(BatchSpecError) -> WildcardGroup {
    if let group = known[name] { return group }
    guard !name.contains("*"), !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
      throw BatchSpecError(
        "names files by '__\(name)__', which is not supported: name one file beside the specification, without * and .."
      )
    }
    let path = opened + [name]
    guard !opened.contains(name), opened.count < Self.deepest else {
      throw BatchSpecError(
        "draws from files in a circle or more than \(Self.deepest) deep: \(path.joined(separator: ", "))")
    }
    let list: TextList
    do {
      list = try TextList(node, "\(name).txt")
    } catch {
      throw BatchSpecError(
        #"\#(error.message); write \_ for the character if '__\#(name)__' names no file"#, file: error.file,
        line: error.line)
    }
    var choices: [(weight: Double, parts: [Wildcards.Part])] = []
    for line in list.lines {
      do {
        var reader = WildcardReader(line.text, self, opened: path)
        choices.append((try reader.weight(), try reader.sequence(depth: 0)))
      } catch {
        throw error.file == nil
          ? BatchSpecError("the line \(error.message)", file: list.path, line: line.number) : error
      }
    }
    let group: WildcardGroup
    do {
      group = try WildcardGroup(choices)
    } catch {
      throw BatchSpecError("all lines have the weight 0: none can be drawn", file: list.path)
    }
    known[name] = group
    return group
  }
}
