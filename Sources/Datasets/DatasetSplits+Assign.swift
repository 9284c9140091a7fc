import Crypto
import Vocabulary

extension DatasetSplits {
  /// What stays together in one split.
  package enum Unit: String, CaseIterable, Sendable {
    /// The images of one subject with one seed, whatever their settings.
    case image
    /// The images with the same words.
    case prompt
    /// The images with the same label.
    case emotion
  }

  /// The positions in `images` of each split, in the order of `parts`; positions ascend by batch
  /// and index.
  ///
  /// A hash of the image alone decides, so it is in the same split however many images its batch has, and wherever else
  /// it is exported: images that were added to a training split never reach the test split of a later export. The
  /// shares are therefore met as well as chance meets them; the dataset card says how well.
  func assign(_ images: [DatasetImage], by unit: Unit) -> [[Int]] {
    var result = [[Int]](repeating: [], count: parts.count)
    for position in images.indices.sorted(by: { images[$0].place < images[$1].place }) {
      result[split(of: images[position].identity(unit))].append(position)
    }
    return result
  }

  /// The first 64 bits of the identity's SHA-256, as a fraction of 2⁶⁴, fall into the share of one of the parts.
  private func split(of identity: String) -> Int {
    let bits = SHA256.hash(data: Array(identity.utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let place = Int(bits.multipliedFullWidth(by: UInt64(Self.one)).high)
    var end = 0
    for (split, part) in parts.enumerated() {
      end += part.share
      if place < end { return split }
    }
    return parts.count - 1
  }
}

extension DatasetImage {
  /// Its place in a dataset of several batches.
  var place: (Int, Int) { (batch, index) }

  /// What decides its split; different subjects or seeds have different ones.
  fileprivate func identity(_ unit: DatasetSplits.Unit) -> String {
    let words = subject.words
    // A mixture is the same in whatever order it is written; the tokens of a fusion are not.
    let tokens = subject.emotion?.tokens.map { token in
      token.sorted { $0.emotion.index < $1.emotion.index }.map { "\($0.emotion)=\($0.weight)" }.joined(separator: ",")
    }
    let spec = (tokens ?? []).joined(separator: "+")
    return switch unit {
    case .image: "image \(seed) \(spec.utf8.count) \(spec) \(words)"
    case .prompt: "prompt \(words)"
    case .emotion: "emotion \(label?.rawValue ?? "")"
    }
  }
}
