import ArgumentParser

struct Dataset: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a dataset to train on, draw one, or find copies of images.",
    discussion: """
      Datasets have EmoSet's layout: info.json; train.json, val.json and test.json with a row for each picture; \
      image/ and annotation/.

      Examples:
        emofarm dataset synth --out synthetic --per-attribute 120
        emofarm dataset check synthetic
        emofarm dataset duplicates dataset --against synthetic
      """,
    subcommands: [DatasetCheck.self, DatasetSynth.self, DatasetDuplicates.self])
}
