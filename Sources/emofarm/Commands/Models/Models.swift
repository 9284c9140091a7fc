import ArgumentParser

struct Models: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Register the model folders that batches name, list, check and combine them; import EmoGen's releases.",
    discussion: """
      A model is registered with the digest of every file that decides what its images look like. Workers load a \
      batch's model only if its folder still has those digests.

      Examples:
        emofarm models add emogen-sd15 /models/emogen-sd15
        emofarm models list
        emofarm models verify
        emofarm models import EmoGen/emo_space --out /models/emogen-sd15
      """,
    subcommands: [ModelsAdd.self, ModelsList.self, ModelsVerify.self, ModelsPlug.self, ModelsImport.self])
}
