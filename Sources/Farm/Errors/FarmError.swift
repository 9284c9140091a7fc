import Files

/// What the farm refused or could not do, and what to do next.
package struct FarmError: Error, Sendable, Equatable {
  package let code: Code
  /// What was wrong and what to do about it, without a line break.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension FarmError {
  /// What the system refused: a full volume is told apart, because waiting and freeing space help there.
  init(_ error: FileError) {
    self.init(error.code == .full ? .diskFull : .fileSystem, error.description)
  }
}

extension FarmError: CustomStringConvertible {
  package var description: String { message }
}

extension FarmError {
  /// The kind of a ``FarmError``; more may be added.
  package struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Base: String {
      case notFound, conflict, refused, badSettings, modelChanged
      case artifactMissing, artifactDamaged, artifactUntrue, diskFull, fileSystem, badRow
    }

    private let base: Base

    private init(_ base: Base) {
      self.base = base
    }

    package var description: String { base.rawValue }

    /// No batch, model or file of that name.
    package static let notFound = Code(.notFound)
    /// The key of a batch is taken by another specification.
    package static let conflict = Code(.conflict)
    /// The state of a batch does not allow it.
    package static let refused = Code(.refused)
    /// A setting, environment variable or configuration file is wrong.
    package static let badSettings = Code(.badSettings)
    /// A model folder is not what was registered under its name.
    package static let modelChanged = Code(.modelChanged)
    /// An image row names a file that is not in the store.
    package static let artifactMissing = Code(.artifactMissing)
    /// A file of the store is not what its name says.
    package static let artifactDamaged = Code(.artifactDamaged)
    /// A file of the store is intact, but not the image that its row and batch ask for.
    package static let artifactUntrue = Code(.artifactUntrue)
    /// The volume is full: nothing was published.
    package static let diskFull = Code(.diskFull)
    /// The file system refused an operation.
    package static let fileSystem = Code(.fileSystem)
    /// A row of the database holds something this program cannot read.
    package static let badRow = Code(.badRow)
  }
}
