package import EmoGen
package import Engine
import Files
package import Provenance
package import Signing
import Vocabulary

/// Renders an image again from its provenance.
package enum ImageReplay {
  /// The record's image and what rendering it again gave.
  ///
  /// The recorded emotion vector is used, so that an image replays whose vector came from a file.
  /// - Parameters:
  ///   - original: the PNG's bytes.
  ///   - name: of the file, for messages.
  ///   - latents: `[1, h, w, C]`, for an image whose latents were given instead of drawn.
  ///   - signer: signs the replay of a signed image; nil compares without the signatures.
  ///   - moved: where LoRAs and other files lie now that are not where the record says.
  ///   - onProgress: may throw to stop.
  /// - Throws: `AdminError` naming the files when the folder's model is another one; what reading and rendering throw.
  package static func run(
    _ original: [UInt8], named name: String, folder: ModelFolder, compute: Compute, latents: Tensor? = nil,
    signer: ImageSigner? = nil, moved: MovedFiles, onProgress: (RenderProgress) throws -> Void = { _ in }
  ) throws -> ReplayComparison {
    let record = try PNGProvenance.verify(original, named: name)
    try check(latents, against: record, named: name)
    let settings = try moved.settings(record.spec.settings, of: name)
    let pipeline = try EmoGenPipeline.load(folder, additions: settings.additions, on: compute)
    let differences = ModelMatch.differences(record.model, pipeline.model)
    guard differences.isEmpty else {
      throw AdminError(
        "\(folder.path) is not the model '\(record.model.name)' that rendered \(name): "
          + "\(differences.prefix(5).joined(separator: "; ")). Name the right folder with --model DIR, and its weights with --variant "
          + "if it holds several")
    }
    var request = RenderRequest(
      subject: record.spec.subject, settings: record.spec.settings, seeds: [record.spec.seed])
    if let width = record.emotionVector.first?.count {
      guard record.emotionVector.allSatisfy({ $0.count == width }) else {
        throw InputError(
          "\(name): the rows of its recorded emotion vector have different lengths: it cannot be replayed")
      }
      request.emotionVector = Tensor([record.emotionVector.count, width], record.emotionVector.flatMap { $0 })
    }
    request.latents = latents
    var possible = request
    possible.settings = settings
    // A CPU without the recorded precision is of another engine kind, which the comparison reports.
    if (try? compute.with(request.settings.shortcuts.precision)) == nil {
      possible.settings.shortcuts.precision = .fp32
    }
    var replay: [UInt8] = []
    try pipeline.render(possible, onProgress: onProgress) { rendered in
      let again = ProvenanceRecord(
        of: rendered, request: request, model: pipeline.model, name: record.model.name)
      replay =
        signer == nil
        ? try PNGProvenance.encode(rendered.image, again)
        : try MarkedImage.encode(rendered.image, again, signer: signer)
    }
    let unsigned = (
      original: try FileSignature.removed(from: original, named: name),
      replay: try FileSignature.removed(from: replay, named: "replay of \(name)")
    )
    return try ReplayComparison(original: original, replay: replay, unsigned: unsigned, named: name)
  }

  private static func check(_ latents: Tensor?, against record: ProvenanceRecord, named name: String) throws {
    guard record.latentsSHA256 != latents.map(ProvenanceRecord.digest) else { return }
    guard record.latentsSHA256 != nil else {
      throw InputError("\(name) was rendered from latents drawn from its seed: replay it without --latents")
    }
    throw InputError(
      latents == nil
        ? "\(name) was rendered from latents of a file, which provenance does not hold: name it with --latents FILE"
        : "these are not the latents that \(name) was rendered from: their digest differs from the recorded one")
  }
}
