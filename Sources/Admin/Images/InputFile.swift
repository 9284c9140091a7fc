import Foundation

/// Whole files that the user names.
package enum InputFile {
  /// - Throws: `AdminError` that names the file and why it cannot be read.
  package static func read(_ path: String, atMost limit: Int = 1 << 30) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw AdminError("\(path) is a folder, and a file is needed") }
    let data: Data
    do {
      data = try file.read(upToCount: limit + 1) ?? Data()
    } catch {
      throw AdminError("\(path) cannot be read: \(error.localizedDescription)")
    }
    guard data.count <= limit else {
      throw AdminError("\(path) is larger than \(Measure.bytes(Int64(limit))): it cannot be what is needed here")
    }
    return Array(data)
  }

  private static func failure(_ path: String) -> AdminError {
    AdminError("\(path) cannot be read: \(String(cString: strerror(errno)))")
  }
}
