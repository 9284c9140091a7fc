import Checkpoints
import EmoGen
import Files
import Foundation

/// The model folder that imported parts go into.
struct ImportTarget {
  let folder: String

  /// Writes parts and the record of them. Everything is written and checked aside before the first file takes its place.
  ///
  /// - Returns: the record of these parts alone; `import.json` keeps what is said there of others.
  /// - Throws: `CheckpointError` where a part is there already and is not to be replaced, does not load;
  ///   `FileError` where one cannot be written.
  func write(_ parts: [ImportedPart], replacing: Bool) throws -> ImportRecord {
    var unfinished = try UnfinishedImport.read(in: folder)
    for file in parts.flatMap(\.files) {
      // What an interrupted import had begun to write may be written again.
      try checkPlace(of: file.path, replacing: replacing || unfinished.files.contains(file.path))
    }
    let earlier = try ImportRecord.read(in: folder)
    let isNew = !FileManager.default.fileExists(atPath: folder)
    let aside = "\(folder)/.import-\(getpid())-\(UInt32.random(in: .min ... .max))"
    try Folder.make(aside)
    defer {
      try? FileManager.default.removeItem(atPath: aside)
      // Goes only while it is empty.
      if isNew { rmdir(folder) }
    }
    var written: [ImportRecord.File] = []
    for part in parts {
      for file in part.files {
        try Folder.make(Folder.parent(of: "\(aside)/\(file.path)"))
        written.append(try file.write(below: aside))
      }
      try part.check(below: aside)
    }
    unfinished.files.formUnion(written.map(\.path))
    try unfinished.write(in: folder)
    for file in written {
      try Folder.make(Folder.parent(of: "\(folder)/\(file.path)"))
      try File.move("\(aside)/\(file.path)", to: "\(folder)/\(file.path)")
    }
    let record = ImportRecord(written)
    try DurableFile.write(
      try ConfigFile.encoded(record.following(earlier, in: folder)), to: "\(folder)/\(ImportRecord.name)")
    unfinished.files.subtract(written.map(\.path))
    try unfinished.write(in: folder)
    return record
  }

  private func checkPlace(of path: String, replacing: Bool) throws {
    let files = FileManager.default
    let file = "\(folder)/\(path)"
    let part = Folder.parent(of: file)
    if let other = try? files.destinationOfSymbolicLink(atPath: part) {
      throw CheckpointError(
        .unwritable, file: part,
        "is a link to \(other), which is not this model's own: remove the link and import again")
    }
    // Links that lead nowhere count too.
    if !replacing, (try? files.attributesOfItem(atPath: file)) != nil {
      throw CheckpointError(.unwritable, file: file, "is there already: it is overwritten with --replace only")
    }
    guard path.hasSuffix("/model.safetensors") else { return }
    let others = ((try? files.contentsOfDirectory(atPath: part)) ?? [])
      .filter { $0.contains(".safetensors") && !$0.hasPrefix(".") && $0 != "model.safetensors" }.sorted()
    guard others.isEmpty else {
      throw CheckpointError(
        .unwritable, file: part,
        "holds other weights, which might be read in place of the imported ones (\(others.joined(separator: ", "))): move them away first"
      )
    }
  }

}
