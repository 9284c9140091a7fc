import Files
import Foundation
package import ObjectStorage

/// Where a farm's files are.
package enum StoreLocation: Hashable, Sendable {
  /// A folder that holds `sha256`.
  case folder(String)
  /// A bucket.
  case bucket(S3Address, S3Options, scratch: String)

  /// The store in a data folder.
  package static func home(_ home: String) -> StoreLocation { .folder("\(home)/artifacts") }

  /// A store of its own inside this one, for benchmarks.
  package func nested(_ name: String) throws(FarmError) -> any Store {
    switch self {
    case .folder(let path): return FolderStore("\(path)/\(name)")
    case .bucket(let address, let options, let scratch):
      let inner = try BucketStore.requests { () throws(ObjectStorageError) in try S3Address("\(address)/\(name)") }
      return try StoreLocation.bucket(inner, options, scratch: scratch).open { _ in }
    }
  }

  /// Bytes that this user can write there, whosever store it is; nil if the store has no such limit.
  package func freeBytes() throws(FarmError) -> Int64? { try open { _ in }.freeBytes() }

  /// The marker of the store; nil if it has none.
  package func marker() throws(FarmError) -> StoreMarker? { try ArtifactStore(open { _ in }).marker() }

  /// Whether machines reach it without a path that they share.
  package var isBucket: Bool { if case .bucket = self { true } else { false } }

  /// The folder or address.
  package var place: String {
    switch self {
    case .folder(let path): path
    case .bucket(let address, _, _): "\(address)"
    }
  }

  /// - Throws: ``FarmError`` (`badSettings`). Nothing is read or sent.
  func open(notice: @escaping @Sendable (String) -> Void) throws(FarmError) -> any Store {
    switch self {
    case .folder(let path): return FolderStore(path)
    case .bucket(let address, let options, let scratch):
      return BucketStore(
        try BucketStore.requests { () throws(ObjectStorageError) in try S3Client(address, options, notice: notice) },
        scratch: scratch)
    }
  }
}
