import Glibc

/// The few calls that an export needs, with errors that name the file and the system's reason.
enum FileSystem {
  static func failure(_ action: String, _ path: String) -> DatasetError {
    DatasetError(.io, "cannot \(action) \(path): \(String(cString: strerror(errno)))")
  }

  /// Whether `path` exists, whatever it is.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether `path` is a regular file, or a link to one.
  static func isFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Writes a file, without waiting until it is on disk.
  static func write(_ bytes: [UInt8], to path: String) throws { try write(CollectionOfOne(bytes), to: path) }

  /// Writes a file of several parts, without waiting until it is on disk.
  static func write(_ parts: some Sequence<[UInt8]>, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard file >= 0 else { throw failure("write", path) }
    for bytes in parts {
      var done = 0
      while done < bytes.count {
        let step = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, bytes.count - done) }
        if step < 0, errno == EINTR { continue }
        guard step > 0 else {
          let error = failure("write", path)
          close(file)
          throw error
        }
        done += step
      }
    }
    guard close(file) == 0 else { throw failure("write", path) }
  }

  /// Bytes of a regular file; nil when there is none (a link is not one).
  static func size(ofFile path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  static func makeFolder(_ path: String) throws {
    guard mkdir(path, 0o777) != 0 else { return }
    var status = stat()
    guard errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw failure("make the folder", path)
    }
  }

  /// The folder and those above it that are missing.
  static func makeFolders(_ path: String) throws {
    var known = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      known += (known.isEmpty || known.hasSuffix("/") ? "" : "/") + part
      try makeFolder(known)
    }
  }

  /// Names in a folder, sorted; none when there is no such folder.
  static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw failure("read the folder", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Everything below a folder by its relative path: folders before what they hold, symbolic links among the files.
  static func entries(below folder: String) throws -> (files: [String], folders: [String]) {
    var (files, folders): ([String], [String]) = ([], [])
    var open = [""]
    while let inner = open.popLast() {
      for name in try names(in: inner.isEmpty ? folder : "\(folder)/\(inner)") {
        let path = inner.isEmpty ? name : "\(inner)/\(name)"
        var status = stat()
        guard lstat("\(folder)/\(path)", &status) == 0 else { continue }
        if status.st_mode & S_IFMT == S_IFDIR {
          folders.append(path)
          open.append(path)
        } else {
          files.append(path)
        }
      }
    }
    return (files, folders)
  }

  static func read(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("open", path) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("read", path) }
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      while count < buffer.count {
        let step = Glibc.read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if step < 0, errno == EINTR { continue }
        failed = step < 0
        if step <= 0 { break }
        count += step
      }
    }
    if failed { throw failure("read", path) }
    return bytes
  }

  /// Removes a file; none is fine.
  static func remove(_ path: String) throws {
    guard unlink(path) != 0, errno != ENOENT else { return }
    throw failure("remove", path)
  }

  /// Removes a folder if it is empty.
  static func removeIfEmpty(_ folder: String) throws {
    guard rmdir(folder) != 0, errno != ENOENT, errno != ENOTEMPTY, errno != EEXIST else { return }
    throw failure("remove the folder", folder)
  }

  /// Makes the names in a folder durable.
  static func sync(folder: String) throws {
    let file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw failure("open the folder", folder) }
    defer { close(file) }
    guard fsync(file) == 0 else { throw failure("write the folder", folder) }
  }
}
