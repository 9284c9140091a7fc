import Foundation
import Testing
import Vocabulary

struct RenderSettingsTests {
  /// Settings that differ from ``RenderSettings/official`` in every field.
  private static let unusual: RenderSettings = {
    var settings = RenderSettings(
      width: 128, height: 64, steps: 30, sampler: .ddim, guidance: 1.5, negative: "blur/red")
    settings.shortcuts.precision = .bf16
    settings.shortcuts.guidanceInterval = GuidanceInterval(parsing: "0.2-0.8") ?? .whole
    settings.shortcuts.reuse = 2
    settings.promptSyntax = .a1111
    settings.clipSkip = 2
    settings.additions = Additions(
      vae: AddedFile(path: "/v", sha256: "0a"), loras: [LoRAUse(file: AddedFile(path: "/l"), weight: 0.5)],
      embeddings: [EmbeddingUse(file: AddedFile(path: "/e"), token: "<cat>")])
    settings.source = AddedFile(path: "/p.png")
    settings.strength = 0.3
    settings.eta = 0.25
    settings.timestepSpacing = .trailing
    settings.sign = true
    return settings
  }()

  private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The exact bytes stored in databases and image files; inactive shortcuts are omitted.
  @Test func theWrittenFormIsTheStoredOne() throws {
    let plain = RenderSettings(width: 64, height: 64, steps: 20, sampler: .dpmpp2m, guidance: 4)
    let forms = [
      (plain, #"{"guidance":4,"height":64,"negative":"","sampler":"dpmpp-2m","steps":20,"width":64}"#),
      (
        Self.unusual,
        #"{"clip_skip":2,"embeddings":[{"path":"/e","token":"<cat>"}],"eta":0.25,"guidance":1.5,"guidance_interval":"0.2-0.8","#
          + #""height":64,"init":{"path":"/p.png"},"loras":[{"path":"/l","weight":0.5}],"negative":"blur/red","#
          + #""precision":"bf16","prompt_syntax":"a1111","reuse":2,"sampler":"ddim","sign":true,"steps":30,"#
          + #""strength":0.3,"timestep_spacing":"trailing","vae":{"path":"/v","sha256":"0a"},"width":128}"#
      ),
    ]
    for (settings, text) in forms {
      #expect(try json(settings) == text)
      #expect(try JSONDecoder().decode(RenderSettings.self, from: Data(text.utf8)) == settings)
    }
  }

  @Test func aChosenSamplerIsNotTheModelsOwn() throws {
    var settings = RenderSettings(width: 64, height: 64, steps: 20, sampler: .ddim, guidance: 4)
    settings.correctsScheduler = true
    let text = try json(settings)
    #expect(text.contains(#""corrected_scheduler":true"#))
    #expect(try JSONDecoder().decode(RenderSettings.self, from: Data(text.utf8)) == settings)
    #expect(SettingsOverride(steps: 30).over(settings).correctsScheduler)
    #expect(!SettingsOverride(sampler: .ddim).over(settings).correctsScheduler)
  }

  /// Detects a setting that one of these places omits.
  @Test func anOverrideCoversEverySetting() throws {
    let override = SettingsOverride(Self.unusual)
    #expect(override.named == SettingsOverride.Key.allCases)
    #expect(override.named.count == Mirror(reflecting: override).children.count)
    #expect(override.over(.official) == Self.unusual)
    #expect(
      try json(override)
        == #"{"clip_skip":2,"embedding":["/e:<cat>"],"eta":0.25,"guidance":1.5,"guidance_interval":"0.2-0.8","init":"/p.png","#
        + #""lora":["/l:0.5"],"negative":"blur/red","precision":"bf16","prompt_syntax":"a1111","reuse":2,"#
        + #""sampler":"ddim","sign":true,"size":"128x64","steps":30,"strength":0.3,"timestep_spacing":"trailing","vae":"/v"}"#
    )
  }

  @Test(arguments: [
    ("style.safetensors", "style.safetensors", 1.0), ("a:b.pt", "a:b.pt", 1), ("a:0.8", "a", 0.8),
    ("a:b:-1", "a:b", -1), ("a:1e3", "a", 1000),
  ])
  func aLoRAIsWrittenWithItsWeight(text: String, path: String, weight: Double) throws {
    let use = try #require(LoRAUse(parsing: text))
    #expect(use == LoRAUse(file: AddedFile(path: path), weight: weight))
    #expect(LoRAUse(parsing: use.written) == use)
  }

  @Test(arguments: [
    ("cat.pt", "cat.pt", nil), ("cat.pt:<cat>", "cat.pt", "<cat>"), ("a:b/cat.pt", "a:b/cat.pt", nil),
    ("a:b:", "a:b", nil),
  ])
  func anEmbeddingIsWrittenWithItsToken(text: String, path: String, token: String?) throws {
    let use = try #require(EmbeddingUse(parsing: text))
    #expect(use == EmbeddingUse(file: AddedFile(path: path), token: token))
    #expect(EmbeddingUse(parsing: use.written) == use)
  }

  @Test func aFileIsNeeded() {
    #expect(LoRAUse(parsing: "") == nil)
    #expect(LoRAUse(parsing: ":1") == nil)
    #expect(EmbeddingUse(parsing: ":cat") == nil)
    #expect(EmbeddingUse(parsing: "cat.pt:two words") == nil)
  }

  @Test func unsetSettingsAreInherited() throws {
    #expect(SettingsOverride().named.isEmpty)
    #expect(SettingsOverride().over(Self.unusual) == Self.unusual)
    #expect(try json(SettingsOverride()) == "{}")
    var expected = Self.unusual
    expected.steps = 7
    #expect(SettingsOverride(steps: 7).over(Self.unusual) == expected)
  }

  @Test func everyValueIsCheckedAgainstItsLimits() throws {
    func refused(_ change: (inout RenderSettings) -> Void) -> String? {
      var settings = Self.unusual
      change(&settings)
      do { try SettingsOverride(settings).check() } catch { return error.description }
      return nil
    }
    #expect(refused { _ in } == nil)
    #expect(refused { $0.width = 4096 } == "size: the width is 4096, but must be from 8 to 2048")
    #expect(refused { $0.height = 0 } == "size: the height is 0, but must be from 8 to 2048")
    #expect(refused { $0.steps = 1001 } == "steps is 1001, but must be from 1 to 1000")
    #expect(refused { $0.guidance = .nan } == "guidance is nan, but must be finite")
    #expect(refused { $0.guidance = -1 } == "guidance is -1.0, but must be from 0.0 to 1000.0")
    #expect(refused { $0.shortcuts.reuse = 0 } == "reuse is 0, but must be from 1 to 100")
    #expect(refused { $0.eta = 1.5 } == "eta is 1.5, but must be from 0.0 to 1.0")
    #expect(refused { $0.eta = .nan } == "eta is nan, but must be from 0.0 to 1.0")
    #expect(
      refused { $0.sampler = .euler }
        == "eta has no effect on the sampler euler: leave it out, or use one of ddim, tcd")
    #expect(refused { $0.sampler = .tcd }?.hasPrefix("timestep_spacing has no effect on the sampler tcd") == true)
    #expect(refused { $0.negative = "a\0" } == "negative contains a NUL character")
    #expect(refused { $0.clipSkip = 0 } == "clip_skip is 0, but must be from 1 to 32")
    #expect(refused { $0.strength = 1.5 } == "strength is 1.5, but must be from 0.01 to 1.0")
    #expect(
      refused { $0.additions.loras = [LoRAUse(parsing: "a:nan")].compactMap(\.self) }
        == "lora: the weight is nan, but must be from -100.0 to 100.0")
    #expect(
      refused { $0.negative = String(repeating: "a", count: 10_001) }
        == "negative has 10001 characters, but at most 10000 are accepted")
  }

  @Test func anErrorForAnUnsupportedSizeSuggestsTheNearestSizes() {
    var settings = Self.unusual
    #expect(settings.misfit(multiple: 8) == nil)
    settings.height = 63
    #expect(settings.misfit(multiple: 4) == "the height 63 is not a multiple of 4, which the model needs: use 60 or 64")
    settings.width = 5
    #expect(settings.misfit(multiple: 8) == "the width 5 is not a multiple of 8, which the model needs: use 8 or 16")
  }
}
