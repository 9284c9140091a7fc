/// Something wrong with a dataset.
package struct DatasetFault: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case missingFile = "missing file"
    case wrongRow = "row of a wrong form"
    case pathOutside = "path outside the folder"
    case unknownEmotion = "unknown emotion"
    case brokenImage = "broken picture"
    case brokenAnnotation = "broken annotation"
    case unknownAttribute = "attribute not in info.json"
    case otherEmotion = "annotation with another emotion"
    case duplicateRow = "duplicate row"
    case sharedImage = "picture in two splits"
  }

  package let kind: Kind
  /// The file, or the row in a split's file.
  package let place: String
  package let message: String
}
