import Files
import Glibc

/// A folder that appears under its name complete, or not at all.
///
/// It is written into a hidden folder beside the target and renamed once it is complete and on disk; an interrupted run
/// leaves the hidden folder for the next one to resume. An earlier folder from the same source is exchanged for the new
/// one in one step and then removed, so that a reader finds the old folder or the new one. Files that do not belong to
/// the export are linked from the earlier folder into the new one.
final class StagedFolder {
  static let marker = ".emofarm-export.json"

  /// The target path, without symbolic links.
  let target: String
  /// The hidden folder, which is written first.
  let path: String
  /// Whether the target holds an earlier folder from the same source.
  private(set) var hasPrevious = false
  private let expected: ExportMarker
  private let lock: FolderLock
  private let owns: (String) -> Bool
  private let adopts: (String) throws -> Bool

  /// Creates the hidden folder or resumes the existing one.
  ///
  /// - Parameters:
  ///   - marker: The source of the folder; a folder from another source is refused.
  ///   - owns: Whether folders of this kind use a relative path (a folder's path ends with "/"): such files are
  ///     replaced or removed, and all others are kept.
  ///   - adopts: Called for a folder whose old marker does not identify its source: whether the new folder contains
  ///     everything in it.
  /// - Throws: `DatasetError`: `folder` if the target holds something else or another process writes there;
  ///   `FileError` if a system call fails.
  init(
    _ folder: String, marker: ExportMarker, owns: @escaping (String) -> Bool,
    adopts: @escaping (String) throws -> Bool = { _ in false }
  ) throws {
    target = try Self.resolve(folder)
    let (parent, name) = Self.split(target)
    path = "\(parent)/.\(name).emofarm-partial"
    expected = marker
    self.owns = owns
    self.adopts = adopts
    let taken: FolderLock?
    do throws(FileError) {
      taken = try FolderLock(ifFree: path, making: true)
    } catch {
      throw Self.unreachable(target, error)
    }
    guard let taken else { throw Self.busy(target) }
    lock = taken
    do {
      try recover()
      hasPrevious = try inspect()
      if hasPrevious { try Self.requireWritable(target) }
      try takeUp()
    } catch {
      // Succeeds only while the folder is empty.
      rmdir(path)
      throw error
    }
    // A private dataset stays private while it is written.
    var status = stat()
    if lstat(target, &status) == 0 { chmod(path, status.st_mode & 0o7777 | 0o700) }
  }

  /// The name of an earlier folder until its removal, on file systems that cannot exchange two names.
  private var aside: String {
    let (parent, name) = Self.split(target)
    return "\(parent)/.\(name).emofarm-replaced"
  }

  // MARK: - Looking

  /// Refuses a target that the initialiser would refuse; makes the folders above it, but nothing else.
  static func check(
    _ folder: String, marker: ExportMarker, owns: @escaping (String) -> Bool, linkingFrom source: String? = nil
  ) throws {
    let target = try resolve(folder)
    let (parent, name) = split(target)
    guard access(parent, W_OK | X_OK) == 0 else { throw unreachable(target, FileError(parent, "cannot be changed")) }
    let hidden = "\(parent)/.\(name).emofarm-partial"
    if File.exists(hidden), try FolderLock(ifFree: hidden, making: false) == nil { throw busy(target) }
    if try inspect(target, marker, owns, adopts: { _ in true }) { try requireWritable(target) }
    guard let source else { return }
    var (own, others) = (stat(), stat())
    guard stat(parent, &own) == 0, stat(source, &others) == 0 else { return }
    guard own.st_dev == others.st_dev else {
      throw DatasetError(
        .folder,
        "\(target) is not on the volume of \(source), whose files can therefore not be linked: export without --link")
    }
  }

  /// Whether the target holds an earlier folder from the same source; false if it is missing or empty.
  private func inspect() throws -> Bool { try Self.inspect(target, expected, owns, adopts: adopts) }

  private static func inspect(
    _ target: String, _ expected: ExportMarker, _ owns: (String) -> Bool, adopts: (String) throws -> Bool
  ) throws -> Bool {
    let names = try Folder.names(in: target)
    guard names.contains(marker) else {
      guard names.isEmpty || (names == [".\(marker).part"] && owns(names[0])) else {
        throw DatasetError(
          .folder, "\(target) is not empty and does not hold an export of this batch: choose a new or empty folder")
      }
      return !names.isEmpty
    }
    let found: ExportMarker
    do {
      found = try ExportMarker(json: File.read("\(target)/\(marker)"))
    } catch let error where !(error is DatasetError) {
      throw DatasetError(.folder, "\(target)/\(marker) cannot be read as a marker: choose another folder")
    }
    switch expected.relation(to: found) {
    case .same: return true
    case .unproved:
      guard try adopts(target) else {
        throw DatasetError(
          .folder,
          "\(target) holds \(found.origin), exported by a version that did not record the farm, and its images are not "
            + "those of this batch: choose another folder, or remove that one")
      }
      return true
    case .other:
      throw DatasetError(
        .folder,
        "\(target) holds another export (\(found.origin), as \(found.format)), and this is \(expected.origin), as "
          + "\(expected.format): choose another folder")
    }
  }

  /// Refuses an earlier folder that could be replaced, but not removed afterwards.
  private static func requireWritable(_ target: String) throws {
    for folder in [target] + (try Folder.entries(below: target).folders.map { "\(target)/\($0)" })
    where access(folder, W_OK | X_OK) != 0 {
      throw DatasetError(
        .folder, "\(folder) cannot be changed by this user: make it writable, or choose another folder")
    }
  }

  /// Resumes the hidden folder of an interrupted run, or clears it.
  private func takeUp() throws {
    let file = "\(path)/\(Self.marker)"
    let relation = (try? ExportMarker(json: File.read(file))).map { expected.relation(to: $0) }
    // Only a replaced folder can have an old marker here: versions that wrote it made no hidden folders.
    if relation == .same || (relation == .unproved && hasPrevious) {
      // A run was killed while it removed the folder that it had replaced.
      if hasPrevious { try giveBack(from: path) }
    } else {
      let left = try Folder.entries(below: path)
      if let foreign = left.files.first(where: { !owns($0) }) {
        throw DatasetError(
          .folder, "\(path) is left from an interrupted export of something else and holds \(foreign): remove it")
      }
      for file in left.files { try File.remove("\(path)/\(file)") }
      for folder in left.folders.reversed() { try Folder.removeIfEmpty("\(path)/\(folder)") }
    }
    try write(Array(expected.line.utf8), to: Self.marker)
  }

  // MARK: - Writing

  /// Writes a file into the hidden folder; it reaches the disk with ``publish()``.
  func write(_ bytes: [UInt8], to name: String) throws { try write(CollectionOfOne(bytes), to: name) }

  /// Writes a file of several parts.
  func write(_ parts: some Sequence<[UInt8]>, to name: String) throws {
    let file = "\(path)/\(name)"
    // The existing file may be a hard link to one in the earlier folder, which must not change.
    try File.remove(file)
    try File.write(parts, to: file)
  }

  /// Writes a file bit by bit; it has its name once it is complete.
  ///
  /// - Parameter body: gets a function that appends bytes.
  func write(_ name: String, _ body: (_ put: @escaping ([UInt8]) throws -> Void) throws -> Void) throws {
    let file = "\(path)/\(name)"
    let unfinished = "\(path)/\(Self.split(name).parent)/.\(Self.split(name).name).part"
    let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw FileError(unfinished, "cannot be created") }
    defer { close(descriptor) }
    try body { bytes in
      do throws(SystemError) {
        try Descriptor.write(bytes, to: descriptor)
      } catch {
        throw FileError(unfinished, "cannot be written", error)
      }
    }
    try File.move(unfinished, to: file)
  }

  /// Links a file of the earlier folder into the hidden one; returns false if that is not possible.
  func keep(_ name: String) throws -> Bool {
    guard hasPrevious else { return false }
    try File.remove("\(path)/\(name)")
    return Glibc.link("\(target)/\(name)", "\(path)/\(name)") == 0
  }

  /// Links a file from elsewhere into the hidden folder.
  func link(_ source: String, to name: String) throws {
    let file = "\(path)/\(name)"
    try File.remove(file)
    guard Glibc.link(source, file) == 0 else {
      let reason = SystemError()
      let what =
        switch reason.number {
        case EXDEV: "it is on another volume"
        case EMLINK: "it has as many names as its file system allows"
        case EPERM: "its file system, or the system's protection of links to others' files, does not allow it"
        default: "\(reason)"
        }
      throw DatasetError(
        .folder, "\(source) cannot be linked into \(path) (\(what)): export without --link", underlying: reason)
    }
  }

  /// Puts the folder into its place.
  ///
  /// - Parameter onPublished: Runs when the new folder is in place and before the earlier one is removed; if it throws,
  ///   the next run removes the earlier folder.
  func publish(onPublished: () throws -> Void = {}) throws {
    guard try inspect() == hasPrevious else { throw changed }
    if hasPrevious { try carry() }
    var status = stat()
    if lstat(target, &status) == 0 {
      // The owner of the files decides their group only among those of this user: best effort.
      _ = chown(path, uid_t.max, status.st_gid)
      chmod(path, status.st_mode & 0o7777)
    }
    try lock.syncVolume()
    guard hasPrevious else {
      guard rename(path, target) == 0 else { throw unplaced(SystemError()) }
      try Folder.sync(Self.split(target).parent)
      return try onPublished()
    }
    // The lock is held until the earlier folder is removed, because that folder may now have the hidden folder's name.
    guard let earlier = try FolderLock(ifFree: target, making: false) else { throw Self.busy(target) }
    try withExtendedLifetime(earlier) {
      // Syncing took a while, in which another folder may have been put into this place.
      guard try inspect() else { throw changed }
      let replaced = try exchange()
      try Folder.sync(Self.split(target).parent)
      try onPublished()
      try retire(replaced)
    }
  }

  /// Puts the hidden folder into the place of the earlier one; returns the earlier one's new path.
  private func exchange() throws -> String {
    do throws(SystemError) {
      if try Folder.exchange(path, target) { return path }
    } catch {
      throw unplaced(error)
    }
    // The file system cannot exchange two names, so the target is missing for a moment.
    guard rename(target, aside) == 0 else { throw unplaced(SystemError()) }
    guard rename(path, target) == 0 else {
      let reason = SystemError()
      rename(aside, target)
      throw unplaced(reason)
    }
    return aside
  }

  private func unplaced(_ reason: SystemError) -> FileError {
    let isMount = reason.number == EBUSY || reason.number == EXDEV
    return FileError(
      .system, file: target,
      "the finished folder cannot be put in its place (\(reason)): "
        + (isMount ? "it is a mount point; name a folder inside it" : "what was written is in \(path)"),
      underlying: reason)
  }

  private var changed: DatasetError {
    DatasetError(.folder, "another process changed \(target) during the export: export again")
  }

  private static func busy(_ target: String) -> DatasetError {
    DatasetError(.folder, "another export is writing into \(target): wait until it has finished")
  }

  private static func unreachable(_ target: String, _ reason: FileError) -> FileError {
    FileError(
      reason.code, file: reason.file,
      "\(reason.message); the folder is written beside its target and then renamed, so choose a folder whose parent you "
        + "may write to, such as \(target)/dataset", underlying: reason)
  }

  // MARK: - Foreign files

  /// Links the foreign files of the earlier folder into the hidden one.
  private func carry() throws {
    let there = try Folder.entries(below: target)
    for name in there.files where !owns(name) && !File.exists("\(path)/\(name)") {
      try Folder.make("\(path)/\(Self.split(name).parent)")
      guard Glibc.link("\(target)/\(name)", "\(path)/\(name)") == 0 else {
        // A file of another user, or a file system without links: the file is moved after the exchange.
        if [EPERM, EOPNOTSUPP, EMLINK].contains(errno) { continue }
        throw DatasetError(
          .folder,
          "\(target)/\(name): cannot be linked into the new folder (\(SystemError())): it is not part of the export, "
            + "so move it away first"
        )
      }
    }
    for folder in there.folders {
      if !owns("\(folder)/") { try Folder.make("\(path)/\(folder)") }
      var status = stat()
      guard lstat("\(target)/\(folder)", &status) == 0 else { continue }
      _ = chown("\(path)/\(folder)", uid_t.max, status.st_gid)
      chmod("\(path)/\(folder)", status.st_mode & 0o7777)
    }
  }

  /// Moves foreign files from a replaced folder into the new one, unless the same or a newer file is there.
  private func giveBack(from old: String) throws {
    for name in try Folder.entries(below: old).files where !owns(name) {
      let place = "\(target)/\(name)"
      if Self.supersedes(place, "\(old)/\(name)") {
        try File.remove("\(old)/\(name)")
      } else {
        try Folder.make(Self.split(place).parent)
        guard rename("\(old)/\(name)", place) == 0 else { throw FileError("\(old)/\(name)", "cannot be moved") }
      }
    }
  }

  /// Whether a path holds the same file as another one, or a file that was changed no earlier.
  private static func supersedes(_ path: String, _ other: String) -> Bool {
    var (own, others) = (stat(), stat())
    guard lstat(path, &own) == 0, lstat(other, &others) == 0 else { return false }
    if (own.st_dev, own.st_ino) == (others.st_dev, others.st_ino) { return true }
    return (own.st_mtim.tv_sec, own.st_mtim.tv_nsec) >= (others.st_mtim.tv_sec, others.st_mtim.tv_nsec)
  }

  /// Removes a replaced folder: the files of the export, after all others have been moved into the new folder.
  private func retire(_ old: String) throws {
    try giveBack(from: old)
    for file in try Folder.entries(below: old).files where owns(file) && file != Self.marker {
      try File.remove("\(old)/\(file)")
    }
    // Another process may have created files in the meantime.
    try giveBack(from: old)
    let left = try Folder.entries(below: old)
    try File.remove("\(old)/\(Self.marker)")
    for folder in left.folders.reversed() { try Folder.removeIfEmpty("\(old)/\(folder)") }
    try Folder.removeIfEmpty(old)
  }

  /// Completes a replacement that was interrupted on a file system without exchange.
  private func recover() throws {
    guard File.exists(aside) else { return }
    if File.exists(target) {
      let found = try? ExportMarker(json: File.read("\(target)/\(Self.marker)"))
      guard let found, expected.relation(to: found) == .same else {
        throw DatasetError(
          .folder, "\(aside) holds an earlier export, and \(target) something else: move one of them away")
      }
      return try retire(aside)
    }
    guard rename(aside, target) == 0 else { throw FileError(aside, "cannot be moved back") }
  }
}
