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

    package init(name: String, read: @escaping @Sendable () throws -> RGBImage) {
      self.name = name
      self.read = read
    }
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
  private let portion: Int

  /// - Parameter portion: pictures that are compared with all before them at the same time, and then with each other; at
  ///   least 1.
  package init(features: FeatureCheck? = nil, portion: Int = 512) {
    self.features = features
    self.portion = portion
  }

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
  /// A picture that cannot be read is named in the result. Memory grows by some 5.5 KB with each picture that is no copy.
  /// - Parameters:
  ///   - width: pictures that are read at the same time.
  ///   - onPicture: called with the number of pictures and references read so far; throwing stops the search.
  package func run(
    _ pictures: [Picture], against references: [Picture] = [], width: Int, onPicture: (Int) throws -> Void
  ) throws -> Result {
    var result = Result()
    var done = 0
    /// Looks at pictures on several threads, and passes on in order what was seen.
    func look<Seen: Sendable>(
      _ some: [(offset: Int, element: Picture)], _ see: @escaping @Sendable (PictureSignature) -> Seen,
      _ body: (Int, Seen) throws -> Void
    ) throws {
      try ReadAhead.forEach(some, width: width) {
        see(PictureSignature(of: try $0.element.read()))
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
    var known = Known(references)
    try look(Array(references.enumerated()), { $0 }) { position, signature in
      result.references += 1
      known.add(signature, position)
    }
    var own = Known(pictures)
    let all = Array(pictures.enumerated())
    for start in stride(from: 0, to: all.count, by: portion) {
      // Those of this portion, all of which are compared with the portions before it on several threads.
      var fresh = Known(pictures)
      var added: [(PictureSignature, Int)] = []
      try look(Array(all[start..<min(start + portion, all.count)])) { [known, own] signature in
        (signature: signature, leak: known.match(signature), copy: own.match(signature))
      } _: { position, seen in
        result.pictures += 1
        if let found = seen.leak { try note(found, pictures[position], isLeak: true, &result) }
        if let found = seen.copy ?? fresh.match(seen.signature) {
          try note(found, pictures[position], isLeak: false, &result)
        } else {
          fresh.add(seen.signature, position)
          added.append((seen.signature, position))
        }
      }
      for (signature, position) in added { own.add(signature, position) }
    }
    return result
  }

  /// Pictures that others are compared with.
  private struct Known: Sendable {
    struct Found: Sendable {
      let match: NearDuplicates.Match
      let original: Picture
    }

    private let pictures: [Picture]
    private var duplicates = NearDuplicates()
    /// The position of each added picture.
    private var positions: [Int] = []

    init(_ pictures: [Picture]) { self.pictures = pictures }

    mutating func add(_ signature: PictureSignature, _ position: Int) {
      duplicates.add(signature)
      positions.append(position)
    }

    func match(_ signature: PictureSignature) -> Found? {
      duplicates.match(signature).map { Found(match: $0, original: pictures[positions[$0.picture]]) }
    }
  }

  private func note(
    _ found: Known.Found, _ picture: Picture, isLeak: Bool, _ result: inout Result
  ) throws {
    let original = found.original
    let similarity = try features.map { $0.similarity(try picture.read(), try original.read()) }
    if let similarity, let features, !features.confirms(similarity) {
      result.refuted += 1
      return
    }
    result.pairs.append(
      Pair(
        picture: picture.name, original: original.name, isLeak: isLeak, match: found.match, similarity: similarity))
  }
}
