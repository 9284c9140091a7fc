import Files
package import Foundation
package import ObjectStorage

/// A store in a bucket of an object store.
///
/// Every put sends the bytes, also of a known image: that renews the object's time, which a collection goes by. Content
/// names the objects, so a second writer changes nothing.
package struct BucketStore: Store {
  let client: S3Client
  /// The local folder for what waits to be sent.
  private let scratch: String

  /// A file set aside keeps its name under this one.
  static let aside = "trash/"

  package init(_ client: S3Client, scratch: String) {
    self.client = client
    self.scratch = scratch
  }

  package var place: String { "\(client.address)" }
  package var width: Int { client.parallelism }

  package func describe(_ name: String) -> String { client.address.describe(name) }

  /// The largest object that is read into memory at once.
  private static let largest = 1 << 30

  package func put(_ bytes: [UInt8], as name: String, onStep: () -> Void) throws(FarmError) -> Bool {
    try Self.requests { () throws(ObjectStorageError) in
      try client.put(bytes, as: name, type: name.hasSuffix(".png") ? "image/png" : "application/octet-stream")
    }
    onStep()
    return true
  }

  package func probe() throws(FarmError) {
    let probe = "\(ArtifactName.images)/.probe-\(UUID().uuidString.lowercased())"
    _ = try put(Array("emofarm".utf8), as: probe)
    try delete(probe)
  }

  package func create(_ bytes: [UInt8], as name: String) throws(FarmError) {
    // No server is relied on for a conditional request: the caller reads what prevailed.
    guard try size(of: name) == nil else { return }
    _ = try put(bytes, as: name)
  }

  package func get(_ name: String) throws(FarmError) -> [UInt8]? {
    try found(name) { name throws(ObjectStorageError) in try client.get(name, atMost: Self.largest) }
  }

  package func beginning(of name: String, atMost limit: Int) throws(FarmError) -> (bytes: [UInt8], size: Int)? {
    try found(name) { name throws(ObjectStorageError) in try client.beginning(of: name, atMost: limit) }
  }

  package func size(of name: String) throws(FarmError) -> Int64? {
    try found(name) { name throws(ObjectStorageError) in try client.status(of: name)?.bytes }
  }

  package func sizeForUse(of name: String) throws(FarmError) -> Int64? { try size(of: name) }

  package func names(in prefix: String, withAside: Bool) throws(FarmError) -> [String] {
    try Self.requests { () throws(ObjectStorageError) in
      var names: [String] = []
      for place in withAside ? ["", Self.aside] : [""] {
        var from: String?
        repeat {
          let page = try client.list(place + prefix, from: from, isFlat: true)
          names += page.objects.map { String($0.key.dropFirst(place.count)) }
          from = page.next
        } while from != nil
      }
      return names
    }
  }

  package func delete(_ name: String) throws(FarmError) {
    try Self.requests { () throws(ObjectStorageError) in try client.delete(name) }
  }

  package func send(_ path: String, as name: String) throws {
    do {
      try client.upload(path, as: name)
    } catch let error as ObjectStorageError {
      throw FarmError(error)
    } catch let error as FileError {
      throw FarmError(error)
    }
  }

  package func read(_ name: String, from offset: Int64, _ body: ([UInt8]) throws -> Void) throws -> Bool {
    do {
      if try client.read(name, from: offset, body) { return true }
      return StoreArea.digest(name) == nil ? false : try client.read(Self.aside + name, from: offset, body)
    } catch let error as ObjectStorageError {
      throw FarmError(error)
    }
  }

  package func holds(_ name: String, _ path: String, sha256: String) throws -> Bool {
    do {
      if let answer = try client.matches(name, path) { return answer }
    } catch let error as ObjectStorageError {
      throw FarmError(error)
    } catch let error as FileError {
      throw FarmError(error)
    }
    return try digest(of: name) == sha256
  }

  package func version(of name: String) throws(FarmError) -> String? {
    try found(name) { name throws(ObjectStorageError) in
      try client.status(of: name).map { "\($0.tag) \($0.bytes) \($0.modified.timeIntervalSince1970)" }
    }
  }

  /// The volume of the local folder is what limits a worker here.
  package func freeBytes() throws(FarmError) -> Int64? { nil }

  package func owner(_ farm: UUID) -> any StoreOwner { BucketGuard(farm: farm, store: self) }

  /// Looks a name up, and then where a collection may just have put it.
  private func found<T>(_ name: String, _ look: (String) throws(ObjectStorageError) -> T?) throws(FarmError) -> T? {
    try Self.requests { () throws(ObjectStorageError) in
      if let here = try look(name) { return here }
      return StoreArea.digest(name) == nil ? nil : try look(Self.aside + name)
    }
  }

  /// Sends requests and converts their errors to ``FarmError``.
  static func requests<T>(_ body: () throws(ObjectStorageError) -> T) throws(FarmError) -> T {
    do throws(ObjectStorageError) {
      return try body()
    } catch {
      throw FarmError(error)
    }
  }
}
