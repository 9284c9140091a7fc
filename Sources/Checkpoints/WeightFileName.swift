/// The name of a weight file or of an index of sharded weights, as diffusers and transformers write it.
struct WeightFileName {
  enum Format: String, CaseIterable {
    case safetensors, bin
  }

  let name: String
  let format: Format
  /// Empty for the plain name.
  let variant: String
  let isIndex: Bool
  private let stem: Int

  /// diffusers' name first; the others are transformers'.
  private static let stems = ["diffusion_pytorch_model", "model", "pytorch_model"]

  /// Orders the names of one variant: the lowest is read.
  var rank: Int {
    let isPreferred = isIndex == (stem == 0)
    return (format == .safetensors ? 0 : 100) + stem * 10 + (isPreferred ? 0 : 1)
  }

  /// nil if the name is no such name. Shards are found through their index alone.
  init?(_ name: String) {
    guard let stem = Self.stems.firstIndex(where: { name.hasPrefix("\($0).") }) else { return nil }
    var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    parts.removeFirst()
    let isIndex = parts.last == "json"
    if isIndex {
      parts.removeLast()
      guard let place = parts.firstIndex(of: "index") else { return nil }
      parts.remove(at: place)
    }
    // What remains is the format and perhaps the variant, which an index may name after the format.
    guard let format = Format.allCases.first(where: { parts.contains($0.rawValue) }),
      let place = parts.firstIndex(of: format.rawValue), isIndex || place == parts.count - 1
    else { return nil }
    parts.remove(at: place)
    let variant = parts.first ?? ""
    guard parts.count <= 1, parts.isEmpty || !variant.isEmpty,
      !variant.contains("-of-"), stem != 1 || format == .safetensors
    else { return nil }
    (self.name, self.format, self.variant, self.isIndex, self.stem) = (name, format, variant, isIndex, stem)
  }
}
