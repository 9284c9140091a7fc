package import Specifications
import Vocabulary

extension BatchSpec {
  /// The same specification with a cell for each picture of a folder to start from, and with the picture's size for
  /// images without one.
  ///
  /// - Parameter multiple: the number of pixels of which width and height must be multiples.
  /// - Throws: the errors of `SourcePictures`.
  package func withPictures(multiple: Int) throws -> BatchSpec {
    var spec = self
    spec.cells = try cells.flatMap { cell -> [CellSpec] in
      guard let source = cell.settings.source ?? settings.source else { return [cell] }
      return try SourcePictures.files(at: source).map { picture in
        var own = cell
        own.settings.source = picture
        if cell.settings.size == nil, settings.size == nil {
          own.settings.size = try SourcePictures.size(of: picture, multiple: multiple)
        }
        return own
      }
    }
    return spec
  }
}
