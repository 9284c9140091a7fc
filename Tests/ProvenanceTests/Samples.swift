import Imaging
import Provenance
import Vocabulary

/// Records and images that the tests share.
enum Samples {
  static let image = RGBImage(width: 16, height: 8, pixels: (0..<384).map { UInt8(truncatingIfNeeded: $0 * 5) })

  static let settings = RenderSettings(
    width: 16, height: 8, steps: 20, sampler: .pndm, guidance: 7.5, negative: "blurry"
  )

  static func record(
    of image: RGBImage = image,
    subject: Subject = .emotion(EmotionSpec(.awe), prompt: "bag"),
    settings: RenderSettings = settings,
    vector: [[Float]] = [[0.1, -2.5, 3.4028235e38, Float(bitPattern: 1), -0.0, 0.33333334]],
    engineKind: String = "x86_64-avx512/openblas-0.3.21-Cooperlake/fp32",
    version: String = "0.1.0",
    files: [ModelFile] = [ModelFile(path: "unet/diffusion_pytorch_model.safetensors", bytes: 12, sha256: "ab")]
  ) -> ProvenanceRecord {
    ProvenanceRecord(
      generator: ProvenanceRecord.Generator(version: version),
      spec: ProvenanceRecord.Spec(subject: subject, settings: settings, seed: 1 << 63),
      emotionVector: vector, sampler: settings.sampler, actualSteps: 20, networkCalls: 21,
      model: ProvenanceRecord.Model(
        name: "tiny", digest: "00112233445566778899aabbccddeeff", files: files
      ),
      engineKind: engineKind, width: image.width, height: image.height, rgbSHA256: image.sha256
    )
  }
}
