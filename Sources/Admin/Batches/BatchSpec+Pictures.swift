package import Specifications
import Vocabulary

extension BatchSpec {
  /// The same specification with a cell for each picture of a folder to start from, and with the picture's size for
  /// images without one.
  ///
  /// - Parameters:
  ///   - multiple: the number of pixels of which width and height must be multiples.
  ///   - folder: where relative paths start.
  /// - Throws: the errors of `SourcePictures`.
  package func withPictures(multiple: Int, in folder: SpecificationFolder) throws -> BatchSpec {
    var spec = self
    spec.cells = try cells.flatMap { cell -> [CellSpec] in
      guard let source = cell.settings.source ?? settings.source else { return [cell] }
      return try SourcePictures.files(at: source, in: folder.path).map { picture in
        var own = cell
        own.settings.source = picture
        if cell.settings.size == nil, settings.size == nil {
          own.settings.size = try SourcePictures.size(of: picture.relative(to: folder.path), multiple: multiple)
        }
        return own
      }
    }
    return spec
  }
}
