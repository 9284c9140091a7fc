import ArgumentParser

struct Models: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Register, list, check, combine and convert the models that batches use; import EmoGen's releases.",
    discussion: """
      A registration records the digest of every file that affects the model's images. Workers load a batch's model \
      only if its folder still matches those digests.

      Examples:
        emofarm models add emogen-sd15 /models/emogen-sd15
        emofarm models list
        emofarm models verify
        emofarm models import EmoGen/emo_space --out /models/emogen-sd15
        emofarm models convert v1-5-pruned-emaonly.safetensors --out /models/sd15
      """,
    subcommands: [
      ModelsAdd.self, ModelsList.self, ModelsVerify.self, ModelsRemove.self, ModelsPlug.self, ModelsImport.self,
      ModelsConvert.self,
    ])
}
