import Crypto
package import Engine
import Files
import Imaging
import Provenance
package import Vocabulary

extension ProvenanceRecord {
  /// The record of a rendered image; rendering the same image again yields the same record.
  ///
  /// - Parameters:
  ///   - request: the request that the image belongs to.
  ///   - model: the model as it was loaded.
  ///   - name: the model's name; nil for its folder's name.
  package init(
    of rendered: RenderedImage, request: RenderRequest, model: ModelDescription, name: String? = nil
  ) {
    self.init(
      generator: .current,
      spec: Spec(subject: request.subject, settings: request.settings, seed: rendered.seed),
      emotionVector: rendered.emotionVector, sampler: request.settings.sampler, actualSteps: rendered.steps,
      networkCalls: rendered.calls,
      model: Model(
        name: name ?? model.name, digest: model.digest,
        files: model.files),
      engineKind: rendered.engineKind, width: rendered.image.width, height: rendered.image.height,
      rgbSHA256: rendered.image.sha256,
      latentsSHA256: request.latents.map(Self.digest))
  }

  /// The SHA-256 of latents `[1, h, w, C]` as 32-bit little-endian floats, in lower-case hexadecimal.
  package static func digest(of latents: Tensor) -> String {
    let bytes = latents.values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }
    return Hex.encode(SHA256.hash(data: bytes))
  }
}
