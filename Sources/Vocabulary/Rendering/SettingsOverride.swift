/// Render settings that a specification names; what it leaves out comes from further out.
package struct SettingsOverride: Hashable, Sendable {
  /// Pixels, both or neither.
  package var size: Size?
  package var steps: Int?
  package var sampler: SamplerName?
  package var guidance: Double?
  package var negative: String?
  package var precision: Precision?
  package var guidanceInterval: GuidanceInterval?
  package var reuse: Int?

  /// Width and height in pixels, written `64x64`.
  package struct Size: Hashable, Sendable, CustomStringConvertible {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }

    package var description: String { "\(width)x\(height)" }
  }

  package init(
    size: Size? = nil, steps: Int? = nil, sampler: SamplerName? = nil, guidance: Double? = nil, negative: String? = nil
  ) {
    self.size = size
    self.steps = steps
    self.sampler = sampler
    self.guidance = guidance
    self.negative = negative
  }

  /// The base settings with what is named here in their place.
  package func over(_ base: RenderSettings) -> RenderSettings {
    var shortcuts = base.shortcuts
    shortcuts.precision = precision ?? shortcuts.precision
    shortcuts.guidanceInterval = guidanceInterval ?? shortcuts.guidanceInterval
    shortcuts.reuse = reuse ?? shortcuts.reuse
    return RenderSettings(
      width: size?.width ?? base.width,
      height: size?.height ?? base.height,
      steps: steps ?? base.steps,
      sampler: sampler ?? base.sampler,
      guidance: guidance ?? base.guidance,
      negative: negative ?? base.negative,
      shortcuts: shortcuts
    )
  }
}

extension SettingsOverride.Size {
  /// Reads `WIDTHxHEIGHT`; nil if it is not two plain decimal numbers.
  package init?(parsing text: String) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false)
    guard sides.count == 2, sides.allSatisfy({ !$0.isEmpty && $0.count <= 6 && $0.utf8.allSatisfy(Self.isDigit) }),
      let width = Int(sides[0]), let height = Int(sides[1])
    else { return nil }
    self.init(width: width, height: height)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
