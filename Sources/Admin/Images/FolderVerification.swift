import Files
import Foundation
import Provenance
package import Signing

/// Checks every image below a folder against its own provenance and signature.
package struct FolderVerification {
  package struct Problem: Sendable, Equatable {
    /// The file's path in the folder.
    package let file: String
    package let message: String
  }

  package let folder: String
  /// The images' paths in the folder, sorted.
  package let files: [String]
  /// Files of other kinds, which are not looked at.
  package let others: Int
  package private(set) var checked = 0
  package private(set) var problems: [Problem] = []
  private var tally = SignatureTally<String>()
  /// Files with a signature.
  package var signed: Int { tally.signed }

  /// Lists the files; blocks.
  package init(_ folder: String) throws {
    self.folder = folder
    let all = try Folder.entries(below: folder).files
    files = all.filter { ImageProvenance.canRead($0) }.sorted()
    others = all.count - files.count
    guard !files.isEmpty else { throw InputError("\(folder) has no PNG, JPEG or WebP file") }
  }

  /// Reads and checks the files; blocks.
  ///
  /// - Parameter onImage: called with the number of files checked so far; throwing stops the check.
  package mutating func run(onImage: (Int) throws -> Void) throws {
    let width = ProcessInfo.processInfo.activeProcessorCount
    try ReadAhead.forEach(files, width: width) { [folder] file in
      let path = "\(folder)/\(file)"
      return try MarkedImage.verify(File.read(path), named: path).signature
    } _: { file, result in
      do {
        let signature = try result.get()
        if let problem = signature?.problem {
          problems.append(Problem(file: file, message: "\(folder)/\(file): the signature is broken: \(problem)"))
        } else {
          tally.add(signature, of: file)
        }
      } catch {
        problems.append(Problem(file: file, message: "\(error)"))
      }
      checked += 1
      try onImage(checked)
    }
  }

  /// After ``run(onImage:)``: files that none of the roots vouches for are problems, too.
  package mutating func require(_ anchors: TrustAnchors) async {
    problems += await tally.untrusted(by: anchors).map { Problem(file: $0, message: "\(folder)/\($0): \($1)") }
    problems.sort { $0.file < $1.file }
  }
}
