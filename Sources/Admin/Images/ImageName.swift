/// Names of image files.
package enum ImageName {
  /// `000000.png`, by position; longer if six digits do not suffice.
  package static func ofRender(_ position: Int) -> String {
    let digits = String(position)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
  }
}
