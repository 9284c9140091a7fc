package import Engine
package import Farm
import Files
import Foundation
package import Imaging
import Provenance
import Scoring

/// Finds images that are copies of others: of earlier ones, or of those of a folder.
package struct DuplicateSearch {
  /// An image that can be read, whenever it is needed.
  package struct Picture: Sendable {
    /// Its path in its folder, or `BATCH/INDEX`.
    package let name: String
    let read: @Sendable () throws -> RGBImage
  }

  /// An image and the one that it is a copy of.
  package struct Pair: Sendable {
    package let picture: String
    package let original: String
    /// Whether the original is in the folder that was compared with.
    package let isLeak: Bool
    package let match: NearDuplicates.Match
    /// The cosine of the angle between the features of CLIP; nil without a model.
    package let similarity: Double?
  }

  package struct Unread: Sendable {
    package let name: String
    package let message: String
  }

  package struct Result: Sendable {
    package var pictures = 0
    package var references = 0
    package var pairs: [Pair] = []
    /// Pairs that the hashes found and the features did not confirm.
    package var refuted = 0
    package var unread: [Unread] = []
  }

  /// Features of CLIP, which confirm or refute what the hashes found.
  package struct FeatureCheck {
    private let network: CLIPFeatureExtractor
    private let compute: Compute
    private let least: Double

    /// - Parameters:
    ///   - folder: a model folder with `clip`, or CLIP's own.
    ///   - least: the cosine of copies, at least.
    /// - Throws: `InputError` if the folder has no CLIP, `CheckpointError` if it is damaged.
    package init(folder: String, least: Double, compute: Compute) throws {
      let clip = ["\(folder)/clip", folder].first { File.exists("\($0)/config.json") }
      guard let clip else {
        throw InputError("\(folder) has no folder 'clip' with both towers of CLIP: name a model folder that has one")
      }
      network = try CLIPFeatureExtractor(folder: clip, tokenizers: [])
      self.compute = compute
      self.least = least
    }

    func similarity(_ first: RGBImage, _ second: RGBImage) -> Double {
      network.similarity(first, second, on: compute)
    }

    func confirms(_ similarity: Double) -> Bool { similarity >= least }
  }

  private let features: FeatureCheck?

  package init(features: FeatureCheck? = nil) { self.features = features }

  /// The images below a folder, sorted by path; blocks.
  ///
  /// - Throws: `InputError` if there are none.
  package static func pictures(below folder: String) throws -> [Picture] {
    let files = try Folder.entries(below: folder).files.filter { ImageProvenance.canRead($0) }.sorted()
    guard !files.isEmpty else { throw InputError("\(folder) has no PNG, JPEG or WebP file") }
    return files.map { file in Picture(name: file) { try ImageFile.readUpright("\(folder)/\(file)") } }
  }

  /// The images of a batch, by index.
  package static func pictures(of batch: Int64, _ images: ImageIndex, _ store: ArtifactStore) async throws -> [Picture]
  {
    var pictures: [Picture] = []
    var last = -1
    while true {
      let rows = try await images.page(batch, after: last, limit: 1000)
      guard let end = rows.last?.index else { return pictures }
      pictures += rows.map { row in
        Picture(name: "\(batch)/\(row.index)") { try StoredImage.decode(row, in: store).image }
      }
      last = end
    }
  }

  /// Compares every picture with the references and with the pictures before it; blocks.
  ///
  /// A picture that cannot be read is named in the result. Memory grows by some 5 KB with each picture that is no copy.
  /// - Parameters:
  ///   - width: pictures that are read at the same time.
  ///   - onPicture: called with the number of pictures and references read so far; throwing stops the search.
  package func run(
    _ pictures: [Picture], against references: [Picture] = [], width: Int, onPicture: (Int) throws -> Void
  ) throws -> Result {
    var result = Result()
    var known = NearDuplicates()
    var knownNames: [Int] = []
    var done = 0
    func read(_ all: [Picture], _ body: (Int, PictureSignature) throws -> Void) throws {
      try ReadAhead.forEach(Array(all.enumerated()), width: width) {
        try PictureSignature(of: $0.element.read())
      } _: {
        do {
          try body($0.offset, try $1.get())
        } catch let error as any CodedError {
          result.unread.append(Unread(name: $0.element.name, message: "\(error)"))
        }
        done += 1
        try onPicture(done)
      }
    }
    try read(references) { position, signature in
      result.references += 1
      known.add(signature)
      knownNames.append(position)
    }
    var own = NearDuplicates()
    var ownNames: [Int] = []
    try read(pictures) { position, signature in
      result.pictures += 1
      if let match = known.match(signature) {
        try note(match, pictures[position], references[knownNames[match.picture]], isLeak: true, &result)
      }
      if let match = own.match(signature) {
        try note(match, pictures[position], pictures[ownNames[match.picture]], isLeak: false, &result)
      } else {
        own.add(signature)
        ownNames.append(position)
      }
    }
    return result
  }

  private func note(
    _ match: NearDuplicates.Match, _ picture: Picture, _ original: Picture, isLeak: Bool, _ result: inout Result
  ) throws {
    let similarity = try features.map { $0.similarity(try picture.read(), try original.read()) }
    if let similarity, let features, !features.confirms(similarity) {
      result.refuted += 1
      return
    }
    result.pairs.append(
      Pair(
        picture: picture.name, original: original.name, isLeak: isLeak, match: match, similarity: similarity))
  }
}
