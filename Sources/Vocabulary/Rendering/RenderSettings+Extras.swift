extension RenderSettings {
  /// The settings that most images leave at their defaults, each in a few words; files by their names alone, and a
  /// picture without its name, so that the images of a batch agree. Shortcuts have words of their own.
  package var extras: [String] {
    var words: [String] = []
    if promptSyntax != .literal { words.append("prompt syntax \(promptSyntax.rawValue)") }
    if clipSkip != 1 { words.append("clip skip \(clipSkip)") }
    if let vae = additions.vae { words.append("VAE \(vae.name)") }
    words += additions.loras.map { "LoRA \($0.file.name):\($0.weight)" }
    words += additions.embeddings.map { "embedding \($0.file.name)" + ($0.token.map { ":\($0)" } ?? "") }
    if let eta { words.append("eta \(eta)") }
    if let timestepSpacing { words.append("\(timestepSpacing.rawValue) timesteps") }
    if source != nil { words.append("from a picture at strength \(strength)") }
    if sign { words.append("signed") }
    return words
  }
}
