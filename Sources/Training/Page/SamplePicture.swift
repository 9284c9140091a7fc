import Foundation
import Imaging

/// A sample image embedded in a page, small enough that a page of samples opens quickly.
enum SamplePicture {
  /// Maximum size of a PNG file in bytes.
  private static let limit = 100_000

  /// A PNG file in base64, scaled down if it exceeds the limit; nil if it cannot be read.
  static func encoded(_ file: String) -> String? {
    guard let data = FileManager.default.contents(atPath: file) else { return nil }
    if data.count <= limit { return data.base64EncodedString() }
    guard var image = try? ImageFile.readUpright(file) else { return nil }
    while true {
      image = image.resized(width: max(1, image.width * 3 / 4), height: max(1, image.height * 3 / 4))
      guard let bytes = try? PNG.encode(image) else { return nil }
      if bytes.count <= limit || image.width == 1 { return Data(bytes).base64EncodedString() }
    }
  }
}
