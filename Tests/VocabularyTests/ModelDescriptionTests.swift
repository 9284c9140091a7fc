import Testing
import Vocabulary

struct ModelDescriptionTests {
  private func model(_ files: [ModelFile], digest: String? = nil) -> ModelDescription {
    ModelDescription(
      name: "tiny", folder: "/models/tiny", digest: digest, multiple: 8, files: files, defaults: .official)
  }

  private static let unet = ModelFile(path: "unet/x.safetensors", bytes: 3, sha256: "cc")
  private static let vae = ModelFile(path: "vae/x.safetensors", bytes: 3, sha256: "dd")

  @Test func theDigestDependsOnFilesAndNotOnTheirOrder() {
    let digest = model([Self.unet, Self.vae]).digest
    // printf 'unet/x.safetensors cc\nvae/x.safetensors dd\n' | sha256sum
    #expect(digest == "8226e3012dd1c9c25518dede8154736cdcfa89d8ac2ecb129d837eb8e9937662")
    #expect(model([Self.vae, Self.unet]).digest == digest)
    #expect(model([Self.unet, Self.vae]).named("other").digest == digest)
    #expect(model([Self.unet]).digest != digest)
    #expect(model([Self.unet], digest: "recorded").digest == "recorded")
  }

  @Test func differencesNameTheFiles() {
    let changed = ModelFile(path: Self.unet.path, bytes: 3, sha256: "ee")
    #expect(
      model([Self.unet, Self.vae]).differences(from: model([changed])) == [
        "unet/x.safetensors (changed)", "vae/x.safetensors (missing)",
      ])
    #expect(model([Self.unet]).differences(from: model([Self.unet, Self.vae])) == ["vae/x.safetensors (new)"])
  }
}
