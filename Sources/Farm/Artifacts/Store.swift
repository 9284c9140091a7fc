import Crypto
import Files
package import Foundation

/// What holds a farm's files by their names: a folder, or a bucket of an object store.
///
/// Names are paths such as `sha256/ab/cd/….png`, the same in every kind of store, so that a farm moves by copying. All
/// calls block and throw ``FarmError``: `diskFull`, `fileSystem`, `storeAway`, `storeRefused`.
package protocol Store: Sendable {
  /// The folder or address of the images and the marker, for messages.
  var place: String { get }
  /// Calls that gain from being under way at the same time.
  var width: Int { get }

  /// The object's path or address, for messages.
  func describe(_ name: String) -> String
  /// Stores bytes durably under a name and renews its time; returns false if the same bytes were there.
  ///
  /// - Parameter onStep: called after each step that may take long.
  func put(_ bytes: [UInt8], as name: String, onStep: () -> Void) throws(FarmError) -> Bool
  /// Stores bytes durably unless the name is taken. Of several writers at once one may prevail after another returned:
  /// read the name afterwards.
  func create(_ bytes: [UInt8], as name: String) throws(FarmError)
  /// The bytes of a name; nil if there is none.
  func get(_ name: String) throws(FarmError) -> [UInt8]?
  /// The size of an object and its first bytes; nil if there is none.
  func beginning(of name: String, atMost limit: Int) throws(FarmError) -> (bytes: [UInt8], size: Int)?
  /// The size of an object; nil if there is none.
  func size(of name: String) throws(FarmError) -> Int64?
  /// The size of an object that something is about to refer to; nil if there is none. A store without `trash/` renews its
  /// time, so that no collection deletes it meanwhile.
  func sizeForUse(of name: String) throws(FarmError) -> Int64?
  /// The names that begin with a prefix, which ends with "/", and have no other "/" after it.
  ///
  /// - Parameter withAside: also what collections have set aside and reads still find.
  func names(in prefix: String, withAside: Bool) throws(FarmError) -> [String]
  /// Deletes an object; does nothing if there is none. Images and inputs are deleted by collections alone.
  func delete(_ name: String) throws(FarmError)
  /// Stores a file's bytes durably under a name, with bounded memory.
  func send(_ path: String, as name: String) throws
  /// Calls `body` with the bytes of an object from an offset on, with bounded memory; returns false if there is none.
  func read(_ name: String, from offset: Int64, _ body: ([UInt8]) throws -> Void) throws -> Bool

  /// Whether an object has the bytes of a file; reads the object if the store does not tell.
  ///
  /// - Parameter sha256: of the file.
  func holds(_ name: String, _ path: String, sha256: String) throws -> Bool
  /// A text that differs when an object was written again; nil if there is none.
  func version(of name: String) throws(FarmError) -> String?

  /// The files of a part of the store, and what interrupted writers left beside them.
  ///
  /// - Parameter restoring: put back what an interrupted collection had set aside.
  func listing(of area: StoreArea, restoring: Bool) throws(FarmError) -> any StoreListing
  /// Ends uploads of large files that nobody has continued for the grace period.
  ///
  /// - Parameters:
  ///   - now: the time that the grace period ends at; nil for the store's.
  ///   - dryRun: only count them.
  /// - Returns: their number; nil if the store does not list them.
  func endUploads(grace: Duration, now: Date?, dryRun: Bool) throws(FarmError) -> Int?
  /// Moves a file out of every writer's reach; nil if a writer renewed it since `limit` or it no longer exists.
  func setAside(_ file: StoredFile, ifUnusedSince limit: Date) throws(FarmError) -> (any FileAside)?

  /// Stores a small object and deletes it again.
  func probe() throws(FarmError)
  /// Bytes that may still be written; nil if the store has no such limit.
  func freeBytes() throws(FarmError) -> Int64?
  /// A check, while a program runs, that the store still is the farm's.
  func owner(_ farm: UUID) -> any StoreOwner
}

extension Store {
  package func put(_ bytes: [UInt8], as name: String) throws(FarmError) -> Bool {
    try put(bytes, as: name) {}
  }

  /// The SHA-256 of an object's bytes; nil if there is none.
  package func digest(of name: String) throws -> String? {
    var hash = SHA256()
    guard try read(name, from: 0, { hash.update(data: $0) }) else { return nil }
    return Hex.encode(hash.finalize())
  }

  /// The images and what interrupted writers left beside them.
  package func listing(restoring: Bool) throws(FarmError) -> any StoreListing {
    try listing(of: .images, restoring: restoring)
  }
}

/// The files of a store, page by page.
package protocol StoreListing: Sendable {
  /// The next page; nil at the end. Files written or deleted meanwhile may be missing.
  func next() throws(FarmError) -> StorePage?
}

package struct StorePage: Sendable {
  package let files: [StoredFile]
  /// The store's time; nil if it has no clock of its own.
  package let now: Date?
}

/// A file that a collection has moved aside, either to delete it or to put it back.
package protocol FileAside: Sendable {
  var file: StoredFile { get }
  /// Deletes the file; returns false if another collection put it back, or if the store keeps it for a later collection.
  func delete() throws(FarmError) -> Bool
  func giveBack() throws(FarmError)
}

/// Checks that a store still is a farm's.
package protocol StoreOwner: Sendable {
  /// - Throws: ``FarmError``: `storeRefused` if it is not.
  func check() throws(FarmError)
  /// Also checks that a file which was just written is in that store.
  func check(holds name: String, bytes: Int) throws(FarmError)
}

/// A file found in a store.
package struct StoredFile: Hashable, Sendable {
  /// nil for a temporary file left by an interrupted write.
  package let sha256: String?
  package let name: String
  package let bytes: Int64
  /// When the file was written, or last renewed by a worker that produced the same bytes again.
  package let modified: Date
  /// Whether an earlier collection has moved it aside and keeps it for the grace period.
  package var isAside = false
}
