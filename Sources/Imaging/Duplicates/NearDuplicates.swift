/// Finds pictures that are copies of earlier ones: the same pixels, compressed again, resized, mirrored, or nine tenths of
/// them.
///
/// Perceptual hashes name candidates: the hash of each picture, of its mirror image and of parts of either is compared
/// with all earlier ones (``HashIndex``). Small pictures decide: the candidate is laid over the picture where they agree
/// best, their levels and details are correlated, and their colours compared. A picture takes about 5.5 KB.
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
  /// Correlations of copies, at least, of levels and of details, and the difference of their colours, at most.
  private static let whole = PictureAlignment.Likeness(levels: 0.98, details: 0.8, colour: 4)
  private static let part = PictureAlignment.Likeness(levels: 0.99, details: 0.975, colour: 4)
  /// Candidates that are looked at, nearest first.
  private static let most = 48

  private var small: [SmallPicture] = []
  private var wholes = HashIndex()
  /// Hashes of parts; the value is the picture's number times their count, plus the part's.
  private var parts = HashIndex()

  package init() {}

  /// The pictures that were added.
  package var count: Int { small.count }

  /// - Returns: the picture's number, from 0.
  @discardableResult
  package mutating func add(_ picture: PictureSignature) -> Int {
    let number = small.count
    small.append(picture.small)
    wholes.insert(picture.hash, Int32(number))
    for (part, hash) in picture.parts.enumerated() {
      parts.insert(hash, Int32(number * picture.parts.count + part))
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
        case .whole: PictureAlignment.whole(own, other, colour: least.colour)
        case .part: PictureAlignment.part(other, of: own, at: place ?? (0, 0))
        case .container: PictureAlignment.part(own, of: other, at: place ?? (0, 0))
        }
      guard let likeness = found, likeness.levels >= least.levels, likeness.details >= least.details,
        likeness.colour <= least.colour
      else {
        continue
      }
      let isExact = !candidate.isMirrored && other.checksum == picture.small.checksum
      return Match(
        picture: candidate.picture, kind: isExact ? .exact : candidate.relation == .whole ? .near : .crop,
        isMirrored: candidate.isMirrored, distance: candidate.distance, correlation: likeness.details)
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
    func search(_ hash: PerceptualHash, part: Int?, isMirrored: Bool) {
      wholes.forEach(near: hash, within: Self.radius) { value, distance in
        note(
          Candidate(
            picture: Int(value), relation: part == nil ? .whole : .part, isMirrored: isMirrored, part: part,
            distance: distance))
      }
    }
    let count = picture.parts.count
    for (whole, own, isMirrored) in [
      (picture.hash, picture.parts, false), (picture.mirrored, picture.mirroredParts, true),
    ] {
      search(whole, part: nil, isMirrored: isMirrored)
      for (part, hash) in own.enumerated() { search(hash, part: part, isMirrored: isMirrored) }
      parts.forEach(near: whole, within: Self.radius) { value, distance in
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
