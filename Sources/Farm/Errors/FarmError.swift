package import Files
import ObjectStorage

/// A request that the farm refused or could not complete, and what to do next. The message has no line break.
package typealias FarmError = Failure<FarmErrorCode>

package enum FarmErrorCode: String, Hashable, Sendable, CustomStringConvertible {
  /// No batch, model or file has that name.
  case notFound
  /// Another specification holds the key of a batch.
  case conflict
  /// The state of a batch does not allow the request.
  case refused
  /// A setting, environment variable or configuration file is wrong.
  case badSettings
  /// A model folder differs from what was registered under its name.
  case modelChanged
  /// An image row names a file that is not in the store.
  case artifactMissing
  /// The content of a file in the store does not match its name.
  case artifactDamaged
  /// What jobs read from the store is missing or damaged there: nobody can run them until it is sent again.
  case inputDamaged
  /// A file of the store is intact, but it is not the image that its row and batch ask for.
  case artifactUntrue
  /// The store is another farm's, or lacks the marker of this one: nothing is read, published or deleted there.
  case storeRefused
  /// The store cannot be reached or is overloaded: nothing was published, and the same request may succeed later.
  case storeAway
  /// The volume is full: nothing was published.
  case diskFull
  /// The file system refused an operation.
  case fileSystem
  /// A row of the database holds something that this program cannot read.
  case badRow

  package var description: String { rawValue }
}

extension FarmError {
  /// A failure of an object store.
  init(_ error: ObjectStorageError) {
    let code: FarmErrorCode =
      switch error.code {
      case .away, .damaged: .storeAway
      case .badSettings: .badSettings
      case .refused, .clock, .noBucket, .unexpected: .storeRefused
      }
    self.init(code, error.description, underlying: error)
  }

  /// A failure of the file system; a full volume has its own code, because waiting and freeing space help.
  package init(_ error: FileError) {
    self.init(error.code == .full ? .diskFull : .fileSystem, error.description, underlying: error)
  }
}
