/// Another process trains in the folder.
package struct RunLocked: Error, CustomStringConvertible, Equatable {
  package let folder: String

  package var description: String { "another process trains in \(folder): wait for its end, or name another folder" }
}
