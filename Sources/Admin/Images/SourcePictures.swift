import Files
import Imaging
package import Vocabulary

/// The pictures that images start from.
package enum SourcePictures {
  private static let endings = [".png", ".jpg", ".jpeg"]

  /// The picture at a path or, for a folder, each PNG and JPEG in it, sorted by name.
  ///
  /// - Parameter folder: where a relative path starts, which stays relative; nil for the current folder.
  /// - Throws: `FileError` if the folder cannot be read, `InputError` if it holds no picture.
  package static func files(at source: AddedFile, in folder: String? = nil) throws -> [AddedFile] {
    let path = folder.map { source.relative(to: $0).path } ?? source.path
    guard Folder.isFolder(path) else { return [source] }
    let names = try Folder.names(in: path).filter { name in
      !name.hasPrefix(".") && endings.contains { name.lowercased().hasSuffix($0) }
    }
    guard !names.isEmpty else {
      throw InputError(
        "the folder has no picture to start from: it needs files named .png, .jpg or .jpeg", file: source.path)
    }
    return names.map { AddedFile(path: "\(source.path)/\($0)") }
  }

  /// The size of an image from a picture if none is asked for: the picture's, rounded down to what the model can render,
  /// as in diffusers.
  ///
  /// - Parameter multiple: the number of pixels of which width and height must be multiples.
  /// - Throws: the errors of `ImageFile.uprightSize`; `InputError` if no image can have that size.
  package static func size(of picture: AddedFile, multiple: Int) throws -> SettingsOverride.Size {
    let (width, height) = try ImageFile.uprightSize(picture.path)
    let size = SettingsOverride.Size(width: width / multiple * multiple, height: height / multiple * multiple)
    guard Limits.side.contains(size.width), Limits.side.contains(size.height) else {
      throw InputError(
        "the picture has \(width)×\(height) pixels, but an image's sides are from \(Limits.side.lowerBound) to "
          + "\(Limits.side.upperBound): give the size of the image, such as --size 512x512", file: picture.path)
    }
    return size
  }
}
