import Diffusion
import Engine
import Files
import Models
import Vocabulary

extension EmoGenPipeline {
  /// What a request says that does not reach its images, in sentences: the words of literal prompts that are cut, the
  /// tokens of embeddings that are written otherwise, what the added files hold beside the model's tensors, and what the
  /// mapper was trained with and the request renders without.
  ///
  /// - Throws: `RenderError` if a prompt is not in the request's syntax or does not fit.
  package func warnings(for request: RenderRequest) throws -> [String] {
    let prompts = try conditioning.prompts(of: request)
    let notes = additionNotes + (request.subject.emotion == nil ? [] : mapperNotes)
    let words = [("prompt", prompts.prompt), ("negative prompt", prompts.negative)]
    let shortened = words.flatMap { name, prompt in
      prompt.shortened.map {
        "the \(name) has '\($0)' in other letters, and so only the first of its vectors, as in diffusers: write it as "
          + "'\($0)', or use the prompt syntax long or a1111"
      }
    }
    return notes + shortened
      + words.compactMap { name, prompt in
        guard !prompt.cut.isEmpty else { return nil }
        let cut = conditioning.tokenizer.text(of: prompt.cut.prefix(Self.quotedTokens))
        return "the \(name) is cut after \(prompt.length - 2 - prompt.emotions) tokens, without "
          + "'\(cut)\(prompt.cut.count > Self.quotedTokens ? " …" : "")' "
          + "(\(prompt.cut.count) \(prompt.cut.count == 1 ? "token" : "tokens")): "
          + "the prompt syntaxes long and a1111 use all words"
      }
  }

  /// Of the words that are cut, a warning quotes this many tokens.
  private static let quotedTokens = 6

  /// Checks that this model can render a request.
  ///
  /// - Throws: `RenderError` or `SamplerError` that names the mismatch.
  package func check(_ request: RenderRequest) throws {
    let settings = request.settings
    do { try settings.check() } catch { throw RenderError(error.description) }
    if let misfit = settings.misfit(multiple: folder.multiple) { throw RenderError(misfit) }
    guard request.seeds.allSatisfy(Limits.seed.contains) else { throw RenderError("seeds must be below 2^63") }
    guard settings.additions == additions else {
      throw RenderError(
        "the request adds other files to the model than those it was loaded with: load the model with them")
    }
    guard settings.clipSkip <= folder.text.tower.layers else {
      throw RenderError(
        "clip_skip is \(settings.clipSkip), but the text encoder has \(folder.text.tower.layers) layers: 1 is the last")
    }
    _ = try conditioning.prompts(of: request)
    _ = try folder.sampler(for: settings)
    guard unet.configuration.guidanceChannels == nil || settings.shortcuts.guidanceInterval == .whole else {
      throw RenderError(
        "the model '\(model.name)' takes the guidance scale as an input (time_cond_proj_dim), so there are no steps "
          + "without guidance: leave out the guidance interval")
    }
    if settings.source != nil { try autoencoder.checkEncoder() }
    if let emotion = request.subject.emotion {
      guard let mapper = conditioning.mapper else {
        throw RenderError("the model '\(model.name)' has no emotion_space and mapper: it can render plain text only")
      }
      let tokens = emotion.tokens.count
      guard tokens <= conditioning.length - 2 else {
        throw RenderError(
          "'\(emotion)' fuses \(tokens) tokens, but the text encoder has room for \(conditioning.length - 2)")
      }
      if let vector = request.emotionVector, vector.shape != [tokens, mapper.inputs] {
        throw RenderError(
          "the emotion vector has the shape \(vector.shape), but '\(emotion)' needs [\(tokens), \(mapper.inputs)]")
      }
      if let vector = request.emotionVector, !vector.isFinite {
        throw RenderError("the emotion vector contains numbers that are not finite: remove infinity and NaN")
      }
    } else if request.emotionVector != nil {
      throw RenderError("an emotion vector requires an emotion, but the subject is plain text")
    }
    if let latents = request.latents, latents.shape != latentShape(settings) {
      throw RenderError(
        "the latents have the shape \(latents.shape), but the size needs \(latentShape(settings)) (N, h, w, C)")
    }
    if let latents = request.latents, !latents.isFinite {
      throw RenderError("the latents contain numbers that are not finite: remove infinity and NaN")
    }
  }
}
