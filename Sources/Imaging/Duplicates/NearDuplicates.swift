/// Finds pictures that are copies of earlier ones: the same pixels, compressed again, resized, mirrored, or nine tenths of
/// them.
///
/// Perceptual hashes name candidates: the hash of each picture, of its mirror image and of parts of either is compared
/// with those of all earlier ones of nearly its colour. Small pictures decide: the candidate is laid over the picture where
/// they agree best, their levels and details are correlated, and their colours compared. A picture takes about 5.5 KB.
package struct NearDuplicates: Sendable {
  /// How a picture was made from another one.
  package enum Kind: String, Sendable, CaseIterable {
    /// Its pixels are the same.
    case exact
    /// It shows the same: compressed again, resized, or changed a little.
    case near
    /// One of the two shows a part of the other.
    case crop
  }

  package struct Match: Sendable, Equatable {
    /// The earlier picture, by the number that ``add(_:)`` returned.
    package let picture: Int
    package let kind: Kind
    package let isMirrored: Bool
    /// Bits in which the hashes that named it differ.
    package let distance: Int
    /// The correlation of the details, up to 1.
    package let correlation: Double
  }

  /// Bits in which hashes of copies differ at most.
  package static let radius = 11
  /// What copies have in common at least. Of 1,600 drawn pictures each of 64, 128 and 256 pixels, the details of JPEGs of
  /// quality 75 correlated .87 and more; the colours of those of 128 pixels differed by 1.9 and less.
  private static let whole = PictureAlignment.Likeness(levels: 0.98, details: 0.87, colour: 4, colours: 2.5)
  private static let part = PictureAlignment.Likeness(levels: 0.99, details: 0.975, colour: 4, colours: 12)
  /// The difference of the mean colours, at most, at the place of a part where it is looked for first, which is at most a
  /// pixel from the right one. Of 1,400 parts of drawn pictures .5 % differed more, and of 63,000 other pictures with a
  /// near hash 93 %.
  private static let distantColour: Float = 6
  /// Candidates that are looked at, nearest first.
  private static let most = 48

  private var small: [SmallPicture] = []
  private var wholes = ColouredHashes()
  /// Hashes of parts; the value is the picture's number times their count, plus the part's.
  private var parts = ColouredHashes()

  package init() {}

  /// The pictures that were added.
  package var count: Int { small.count }

  /// - Returns: the picture's number, from 0.
  @discardableResult
  package mutating func add(_ picture: PictureSignature) -> Int {
    let number = small.count
    small.append(picture.small)
    wholes.insert(picture.whole, Int32(number))
    for (part, view) in picture.parts.enumerated() {
      parts.insert(view, Int32(number * picture.parts.count + part))
    }
    return number
  }

  /// The added picture of which this one is a copy, if there is one.
  package func match(_ picture: PictureSignature) -> Match? {
    var flipped: SmallPicture?
    for candidate in candidates(picture) {
      if candidate.isMirrored, flipped == nil { flipped = picture.small.mirrored }
      let own = (candidate.isMirrored ? flipped : nil) ?? picture.small
      let other = small[candidate.picture]
      let place = candidate.part.map { part in
        let (y, x) = part.quotientAndRemainder(dividingBy: PictureSignature.places.count)
        return (PictureSignature.places[x], PictureSignature.places[y])
      }
      let least = candidate.relation == .whole ? Self.whole : Self.part
      let found =
        switch candidate.relation {
        case .whole: PictureAlignment.details(of: own, other, least)
        case .part: PictureAlignment.details(of: other, in: own, at: place ?? (0, 0), least)
        case .container: PictureAlignment.details(of: own, in: other, at: place ?? (0, 0), least)
        }
      guard let details = found, details >= least.details else { continue }
      let isExact = !candidate.isMirrored && other.checksum == picture.small.checksum
      return Match(
        picture: candidate.picture, kind: isExact ? .exact : candidate.relation == .whole ? .near : .crop,
        isMirrored: candidate.isMirrored, distance: candidate.distance, correlation: details)
    }
    return nil
  }

  private struct Candidate {
    enum Relation: Int {
      case whole
      /// The earlier picture shows a part of the new one.
      case part
      /// The new picture shows a part of the earlier one.
      case container
    }

    let picture: Int
    let relation: Relation
    let isMirrored: Bool
    /// The number of the part.
    let part: Int?
    let distance: Int
  }

  /// Pictures with near hashes, the nearest first; of a picture the best of each way to relate it.
  private func candidates(_ picture: PictureSignature) -> [Candidate] {
    var best: [Int: Candidate] = [:]
    func note(_ candidate: Candidate) {
      let key = (candidate.picture * 3 + candidate.relation.rawValue) * 2 + (candidate.isMirrored ? 1 : 0)
      if let known = best[key], known.distance <= candidate.distance { return }
      best[key] = candidate
    }
    func search(_ view: PictureSignature.View, part: Int?, isMirrored: Bool) {
      let colour = part == nil ? Self.whole.colour : Self.distantColour
      wholes.forEach(near: view, within: Self.radius, colour: colour) { value, distance in
        note(
          Candidate(
            picture: Int(value), relation: part == nil ? .whole : .part, isMirrored: isMirrored, part: part,
            distance: distance))
      }
    }
    let count = picture.parts.count
    for (whole, own, isMirrored) in [
      (picture.whole, picture.parts, false), (picture.mirrored, picture.mirroredParts, true),
    ] {
      search(whole, part: nil, isMirrored: isMirrored)
      for (part, view) in own.enumerated() { search(view, part: part, isMirrored: isMirrored) }
      parts.forEach(near: whole, within: Self.radius, colour: Self.distantColour) { value, distance in
        let (number, part) = Int(value).quotientAndRemainder(dividingBy: count)
        note(
          Candidate(picture: number, relation: .container, isMirrored: isMirrored, part: part, distance: distance))
      }
    }
    let sorted = best.values.sorted {
      ($0.distance, $0.relation.rawValue, $0.picture, $0.isMirrored ? 1 : 0)
        < ($1.distance, $1.relation.rawValue, $1.picture, $1.isMirrored ? 1 : 0)
    }
    return Array(sorted.prefix(Self.most))
  }
}
