/// A dataset of one batch as one tar in WebDataset's order, for whoever writes it member by member.
///
/// Image by image it has the members that the shards of an export have, without the ends of shards in between.
package struct DatasetTar: Sendable {
  private let isMeasured: Bool

  /// - Parameters:
  ///   - isMeasured: whether images of the dataset were measured: then all have the same names, with or without values.
  ///   - texts: images of plain text.
  ///   - labelled: all others.
  /// - Throws: `DatasetError` if loaders cannot read the two together.
  package init(isMeasured: Bool, texts: Int, labelled: Int) throws {
    try DatasetFormat.webdataset.checkLabels(texts: texts, isMixed: labelled > 0)
    self.isMeasured = isMeasured
  }

  /// The members of an image: its file, its metadata and its class.
  ///
  /// - Parameter bytes: the image's PNG, which was compared with its record.
  /// - Throws: `DatasetError` for values that loaders cannot read.
  package func members(of image: DatasetImage, _ bytes: [UInt8]) throws -> [UInt8] {
    var image = image
    image.measured = isMeasured ? image.measured ?? .init() : nil
    try image.check()
    var members: [UInt8] = []
    members.reserveCapacity(bytes.count + 4096)
    try TarShard { members += $0 }.append(image, bytes)
    return members
  }

  /// What follows the last member.
  package static var end: [UInt8] { TarShard.end }

  /// What follows the last member of a tar that cannot be completed: the beginning of a member that never comes. Programs
  /// take a tar that ends between two members for whole, even without its end.
  package static var cut: [UInt8] { TarShard.header("INCOMPLETE", 1) }
}
