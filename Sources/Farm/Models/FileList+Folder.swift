import Crypto
import Files
import Vocabulary

extension FileList {
  /// Bytes up to which a file is stored together with others.
  private static let small = 1 << 20
  /// Bytes of small files that one object holds.
  private static let pack = 16 << 20
  /// Files that are read at the same time.
  private static let ahead = 4

  /// Everything below a folder, hidden files excepted, read and digested.
  ///
  /// - Parameters:
  ///   - excluded: paths below the folder that do not count.
  ///   - parts: the folders directly in it that count, those of them that are there; nil for all.
  ///   - onFile: called after each file; throwing stops.
  /// - Throws: `FileError`, and what `onFile` throws.
  package init(folder: String, without excluded: [String] = [], parts: [String]? = nil, onFile: () throws -> Void = {})
    throws
  {
    let all =
      try parts.map { (parts) throws(FileError) in
        // A part may be a link to a folder elsewhere.
        var files: [String] = []
        for part in parts where Folder.isFolder("\(folder)/\(part)") {
          files += try Folder.entries(below: "\(folder)/\(part)").files.map { "\(part)/\($0)" }
        }
        return files
      } ?? Folder.entries(below: folder).files
    let paths = all.sorted().filter { path in
      !path.split(separator: "/").contains { $0.hasPrefix(".") }
        && !excluded.contains { path == $0 || path.hasPrefix("\($0)/") }
    }
    var (files, large): ([ModelFile], [ModelFile]) = ([], [])
    var packs: [Pack] = []
    var (hash, bytes, count) = (SHA256(), 0, 0)
    func close() {
      if count > 0 { packs.append(Pack(sha256: Hex.encode(hash.finalize()), bytes: bytes, count: count)) }
      (hash, bytes, count) = (SHA256(), 0, 0)
    }
    try ReadAhead.forEach(paths, width: Self.ahead) { path in
      try Content("\(folder)/\(path)")
    } _: { path, content in
      switch try content.get() {
      case .small(let content):
        if bytes + content.count > Self.pack { close() }
        hash.update(data: content)
        bytes += content.count
        count += 1
        files.append(
          ModelFile(path: path, bytes: content.count, sha256: Hex.encode(SHA256.hash(data: content))))
      case .large(let size, let sha256): large.append(ModelFile(path: path, bytes: size, sha256: sha256))
      }
      try onFile()
    }
    close()
    self.init(files: files + large, packs: packs.isEmpty ? nil : packs)
  }

  /// A file as it is read for a list.
  private enum Content: Sendable {
    case small([UInt8])
    case large(bytes: Int, sha256: String)

    init(_ path: String) throws {
      let file = try OpenFile(path)
      guard file.bytes > FileList.small else {
        self = .small(try file.read(0..<file.bytes))
        return
      }
      var hash = SHA256()
      for start in stride(from: 0, to: file.bytes, by: 8 << 20) {
        hash.update(data: try file.read(start..<min(start + 8 << 20, file.bytes)))
      }
      self = .large(bytes: Int(file.bytes), sha256: Hex.encode(hash.finalize()))
    }
  }
}
