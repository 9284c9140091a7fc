import Checkpoints
import EmoGen
import Files
import Foundation
import Vocabulary

/// The model folder that imported parts go into.
struct ImportTarget {
  let folder: String

  /// Writes parts and their record. Everything is written to a temporary folder and checked before the first file is
  /// moved into place.
  ///
  /// - Returns: the record of these parts alone; `import.json` keeps the entries of other parts.
  /// - Throws: `CheckpointError` if a part exists and `replacing` is false, or a part does not load; `FileError` if a
  ///   file cannot be written.
  func write(_ parts: [ImportedPart], replacing: Bool) throws -> ImportRecord {
    var unfinished = try UnfinishedImport.read(in: folder)
    for file in parts.flatMap(\.files) {
      // Files of an interrupted import may be overwritten.
      try checkPlace(of: file.path, replacing: replacing || unfinished.files.contains(file.path))
    }
    let earlier = try ImportRecord.read(in: folder)
    let isNew = !FileManager.default.fileExists(atPath: folder)
    let aside = "\(folder)/.import-\(getpid())-\(UInt32.random(in: .min ... .max))"
    try Folder.make(aside)
    defer {
      try? FileManager.default.removeItem(atPath: aside)
      // rmdir only removes an empty folder.
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
    try writeOfficialDefaults()
    let record = ImportRecord(written)
    try DurableFile.write(
      try ConfigFile.encoded(record.following(earlier, in: folder)), to: "\(folder)/\(ImportRecord.name)")
    unfinished.files.subtract(written.map(\.path))
    try unfinished.write(in: folder)
    return record
  }

  /// The settings with which the authors' code renders, for a folder that names none: its own scheduler would be the
  /// default otherwise.
  private func writeOfficialDefaults() throws {
    let file = "\(folder)/emogen.json"
    guard !FileManager.default.fileExists(atPath: file) else { return }
    let official = RenderSettings.official
    try DurableFile.write(
      ConfigFile.encoded(ModelDefaults(steps: official.steps, sampler: official.sampler)), to: file)
  }

  private func checkPlace(of path: String, replacing: Bool) throws {
    let files = FileManager.default
    let file = "\(folder)/\(path)"
    let part = Folder.parent(of: file)
    if let other = try? files.destinationOfSymbolicLink(atPath: part) {
      throw CheckpointError(
        .unwritable, file: part,
        "is a link to \(other), which belongs to another model: remove the link and import again")
    }
    // attributesOfItem does not follow links, so that dangling links count as well.
    if !replacing, (try? files.attributesOfItem(atPath: file)) != nil {
      throw CheckpointError(.unwritable, file: file, "already exists: pass --replace to overwrite it")
    }
    guard path.hasSuffix("/model.safetensors") else { return }
    let others = ((try? files.contentsOfDirectory(atPath: part)) ?? [])
      .filter { $0.contains(".safetensors") && !$0.hasPrefix(".") && $0 != "model.safetensors" }.sorted()
    guard others.isEmpty else {
      throw CheckpointError(
        .unwritable, file: part,
        "contains other weights that might be read instead of the imported ones (\(others.joined(separator: ", "))): move them away first"
      )
    }
  }
}
