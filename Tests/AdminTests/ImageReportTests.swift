import Admin
import Provenance
import Testing
import Vocabulary

struct ImageReportTests {
  private func lines(_ settings: RenderSettings) -> [String] {
    let record = ProvenanceRecord(
      generator: .current, spec: ProvenanceRecord.Spec(subject: .text("a house"), settings: settings, seed: 7),
      emotionVector: [], sampler: settings.sampler, actualSteps: settings.steps, networkCalls: settings.steps,
      model: ProvenanceRecord.Model(name: "tiny", digest: "00112233445566", files: []), engineKind: "fp32",
      width: 64, height: 64, rgbSHA256: "ab")
    return ImageReport(file: "a.png", bytes: 9, sha256: "cd", record: record, texts: []).lines()
  }

  @Test func addedFilesAndOtherSettingsAreListed() {
    func file(_ name: String) -> AddedFile { AddedFile(path: "/m/\(name)", sha256: "0123456789abcdef") }
    let plain = lines(.official)
    var settings = RenderSettings.official
    settings.eta = 0.5
    settings.timestepSpacing = .trailing
    settings.promptSyntax = .a1111
    settings.clipSkip = 2
    settings.source = file("photo.png")
    settings.strength = 0.5
    settings.additions = Additions(
      vae: file("vae"),
      loras: [LoRAUse(file: file("a.safetensors"), weight: 0.8), LoRAUse(file: file("b.safetensors"))],
      embeddings: [EmbeddingUse(file: file("cat.pt"), token: "<cat>"), EmbeddingUse(file: file("dog.pt"))])
    let all = lines(settings)
    #expect(
      all.filter { !plain.contains($0) } == [
        "Eta             0.5",
        "Timesteps       trailing",
        "Prompt syntax   a1111",
        "Clip skip       2",
        "Init picture    0123456789ab…  /m/photo.png, strength 0.5",
        "VAE             0123456789ab…  /m/vae",
        "LoRA            0123456789ab…  /m/a.safetensors, weight 0.8",
        "LoRA            0123456789ab…  /m/b.safetensors, weight 1",
        "Embedding       0123456789ab…  /m/cat.pt, token <cat>",
        "Embedding       0123456789ab…  /m/dog.pt",
      ])
    #expect(plain.allSatisfy(all.contains))
    #expect(RenderSettings.official.extras.isEmpty)
    #expect(
      settings.extras == [
        "prompt syntax a1111", "clip skip 2", "VAE vae", "LoRA a.safetensors:0.8", "LoRA b.safetensors:1.0",
        "embedding cat.pt:<cat>", "embedding dog.pt", "eta 0.5", "trailing timesteps", "from a picture at strength 0.5",
      ])
  }
}
