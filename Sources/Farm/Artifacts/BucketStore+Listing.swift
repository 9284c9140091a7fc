import Files
package import Foundation
import ObjectStorage
import Synchronization

extension BucketStore {
  package func listing(of area: StoreArea, restoring: Bool) throws(FarmError) -> any StoreListing {
    BucketListing(self, area)
  }

  /// Copies the object aside and deletes it from its place.
  ///
  /// No object store moves, and few delete on a condition: a writer may renew the object just before it is deleted here.
  /// Therefore the copy stays for another grace period, readers look there too, and a later collection puts it back if
  /// an image row names it by then. The deletion is signed with the time of the decision, so the server refuses it if
  /// this process slept in between.
  package func setAside(_ file: StoredFile, ifUnusedSince limit: Date) throws(FarmError) -> (any FileAside)? {
    try Self.requests { () throws(ObjectStorageError) in
      let decided = Date()
      guard let found = try client.status(of: file.name), found.modified <= limit else { return nil }
      if file.isAside { return KeptObject(file: file, store: self, decided: decided) }
      guard try client.copy(file.name, to: Self.aside + file.name) else { return nil }
      try client.delete(file.name, decided: decided)
      return MovedObject(file: file, store: self)
    }
  }
}

extension BucketStore {
  package func endUploads(grace: Duration, now: Date?, dryRun: Bool) throws(FarmError) -> Int? {
    try Self.requests { () throws(ObjectStorageError) in
      guard let found = try client.uploads() else { return nil }
      let limit = (now ?? found.now).addingTimeInterval(-grace.seconds)
      var ended = 0
      for upload in found.uploads where upload.begun < limit {
        // A large file on a slow line takes longer than the grace period.
        guard StoreArea.digest(upload.key) != nil, try client.lastPart(of: upload).map({ $0 < limit }) ?? true else {
          continue
        }
        if !dryRun { try client.abort(upload) }
        ended += 1
      }
      return ended
    }
  }
}

/// The files of an area that earlier collections set aside, then those in their places.
private final class BucketListing: StoreListing {
  private enum Place {
    case aside(String?)
    case files(String?)
    case end
  }

  private let store: BucketStore
  private let area: StoreArea
  private let place = Mutex(Place.aside(nil))

  init(_ store: BucketStore, _ area: StoreArea) {
    self.store = store
    self.area = area
  }

  func next() throws(FarmError) -> StorePage? {
    switch place.withLock({ $0 }) {
    case .aside(let from):
      let (page, next) = try list("\(BucketStore.aside)\(area.prefix)", from, isAside: true)
      place.withLock { $0 = next.map { .aside($0) } ?? .files(nil) }
      return page
    case .files(let from):
      let (page, next) = try list(area.prefix, from, isAside: false)
      place.withLock { $0 = next.map { .files($0) } ?? .end }
      return page
    case .end: return nil
    }
  }

  private func list(
    _ prefix: String, _ from: String?, isAside: Bool
  ) throws(FarmError) -> (page: StorePage, next: String?) {
    let found = try BucketStore.requests { () throws(ObjectStorageError) in try store.client.list(prefix, from: from) }
    let files = found.objects.compactMap { object -> StoredFile? in
      let name = isAside ? String(object.key.dropFirst(BucketStore.aside.count)) : object.key
      // Objects that no farm wrote are left alone: an upload leaves no part of one.
      guard let digest = area.digest(name) else { return nil }
      return StoredFile(
        sha256: digest, name: object.key, bytes: object.bytes, modified: object.modified, isAside: isAside)
    }
    return (StorePage(files: files, now: found.now), found.next)
  }
}

/// An object that was just moved aside, where it stays for the grace period.
private struct MovedObject: FileAside {
  let file: StoredFile
  let store: BucketStore

  func delete() throws(FarmError) -> Bool { false }

  func giveBack() throws(FarmError) {
    try BucketStore.requests { () throws(ObjectStorageError) in
      // A writer may have put it there again in the meantime: the copy has the same bytes.
      guard try store.client.copy(BucketStore.aside + file.name, to: file.name) else { return }
      try store.client.delete(BucketStore.aside + file.name)
    }
  }
}

/// An object that an earlier collection moved aside, a grace period ago.
private struct KeptObject: FileAside {
  let file: StoredFile
  let store: BucketStore
  let decided: Date

  func delete() throws(FarmError) -> Bool {
    try BucketStore.requests { () throws(ObjectStorageError) in
      try store.client.delete(file.name, decided: decided)
      return true
    }
  }

  func giveBack() throws(FarmError) {
    try BucketStore.requests { () throws(ObjectStorageError) in
      let original = String(file.name.dropFirst(BucketStore.aside.count))
      if try store.client.status(of: original) == nil { _ = try store.client.copy(file.name, to: original) }
      try store.client.delete(file.name)
    }
  }
}
