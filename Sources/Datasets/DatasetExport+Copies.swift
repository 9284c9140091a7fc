import Files

extension DatasetExport {
  /// What is known of an image's file in a dataset.
  private enum Found: Sendable {
    /// An interrupted run made it.
    case here
    /// The folder that will be replaced has it.
    case before
    /// Its bytes.
    case bytes([UInt8])
  }

  /// Puts the files that are images into the hidden folder, unless an earlier run did.
  func writeCopies(
    _ target: StagedFolder, _ total: Int, _ summary: inout Summary, _ onEvent: (Event) throws -> Void
  ) throws {
    var made: Set<String> = []
    let (hidden, earlier) = (target.path, target.hasPrevious ? target.target : nil)
    try ReadAhead.forEach(layout.copies, width: source.width) { [source] copy -> Found in
      try Self.find(copy, hidden, earlier, source)
    } _: { copy, found in
      let folder = Folder.parent(of: copy.path)
      if made.insert(folder).inserted { try Folder.make("\(target.path)/\(folder)") }
      if try place(copy, try found.get(), in: target) { summary.copied += 1 } else { summary.kept += 1 }
      try onEvent(.image(done: summary.copied + summary.kept, of: total))
    }
  }

  private static func find(
    _ copy: DatasetLayout.Copy, _ hidden: String, _ earlier: String?, _ source: ImageSource
  ) throws -> Found {
    let known = source.isConverting ? try source.bytes(of: copy.image) : nil
    if try source.isFile(of: copy.image, at: "\(hidden)/\(copy.path)", original: known) { return .here }
    // An earlier file that this user cannot read is written again.
    if let earlier, (try? source.isFile(of: copy.image, at: "\(earlier)/\(copy.path)", original: known)) == true {
      return .before
    }
    return .bytes(try source.file(of: copy.image, original: known))
  }

  /// Returns whether the file was written.
  private func place(_ copy: DatasetLayout.Copy, _ found: Found, in target: StagedFolder) throws -> Bool {
    switch found {
    case .here: return false
    case .before:
      if try target.keep(copy.path) { return false }
      try put(copy, try source.file(of: copy.image), in: target)
    case .bytes(let bytes): try put(copy, bytes, in: target)
    }
    return true
  }

  /// - Parameter bytes: of the file, which was compared with its record.
  private func put(_ copy: DatasetLayout.Copy, _ bytes: [UInt8], in target: StagedFolder) throws {
    guard source.isLinking else { return try target.write(bytes, to: copy.path) }
    try target.link(copy.image.source, to: copy.path)
  }
}
