import ArgumentParser

struct Keys: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make and show the keys that sign images.",
    discussion: """
      Batches with sign: true and renders with --sign carry a C2PA manifest ("Content Credentials"): who signed, that a \
      trained model made the image, and its record. Others check it with `emofarm verify`, c2pa-python or other \
      validators.
      """,
    subcommands: [KeysCreate.self, KeysShow.self])
}
