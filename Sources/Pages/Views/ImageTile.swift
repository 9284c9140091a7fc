import Admin
import Farm
import Vocabulary

/// An image on a sheet or in a gallery.
enum ImageTile {
  static func html(_ row: ImageRow) -> HTML {
    let words = row.subject.label
    return """
      <a class="tile\(Parts.colourClass(row.emotion))" href="/batches/\(row.batch)/images/\(row.index)" title="\(row.index): \(words)">\
      <img src="/thumbnails/\(row.sha256).jpg" alt="Image \(row.index): \(words)" width="96" height="96" decoding="async">\
      <span class="label">\(row.emotion ?? "text")</span></a>
      """
  }
}
