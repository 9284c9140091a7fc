import ArgumentParser
import Vocabulary

/// Flags for files that are added to a base model.
struct AddedFileOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A VAE to use instead of the model's: a file or a folder.", valueName: "path"),
    completion: .file())
  var vae: String?

  @Option(
    help: ArgumentHelp(
      "A LoRA, optionally with its weight, which is 1 by default; may be repeated.", valueName: "file[:weight]"),
    completion: .file())
  var lora: [LoRAUse] = []

  @Option(
    help: ArgumentHelp(
      "A textual inversion, optionally with the token that stands for it in prompts; may be repeated.",
      valueName: "file[:token]"),
    completion: .file())
  var embedding: [EmbeddingUse] = []

  var additions: Additions {
    Additions(vae: vae.map { AddedFile(path: $0) }, loras: lora, embeddings: embedding)
  }
}

extension LoRAUse: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}

extension EmbeddingUse: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(parsing: argument)
  }
}
