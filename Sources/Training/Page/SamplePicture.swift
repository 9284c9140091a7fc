import Foundation
import Imaging

/// A sample as it stands in a page: small enough that a page of them opens at once.
enum SamplePicture {
  /// Bytes of a PNG.
  private static let limit = 100_000

  /// A PNG file in base64, made smaller where it is large; nil where it cannot be read.
  static func encoded(_ file: String) -> String? {
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    if data.count <= limit { return data.base64EncodedString() }
    guard var image = try? ImageFile.read(file) else { return nil }
    while true {
      image = image.resized(width: max(1, image.width * 3 / 4), height: max(1, image.height * 3 / 4))
      guard let bytes = try? PNG.encode(image) else { return nil }
      if bytes.count <= limit || image.width == 1 { return Data(bytes).base64EncodedString() }
    }
  }
}
