import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

struct ConfigFileTests {
  private struct Config: Decodable, Equatable {
    struct Block: Decodable, Equatable {
      let channels: Int
      let act: String
    }
    let blocks: [Block]
    let scale: Double
  }

  @Test func decodesAFileAndIgnoresOtherKeys() async throws {
    try await TestFolder.with { folder in
      let path = try write(#"{"blocks":[{"channels":3,"act":"silu"}],"scale":1,"other":null}"#, folder)
      #expect(
        try ConfigFile.read(Config.self, from: path) == Config(blocks: [.init(channels: 3, act: "silu")], scale: 1))
    }
  }

  @Test(arguments: [
    (#"{"blocks":[]}"#, "misses the key 'scale'"),
    (#"{"blocks":[{"channels":3,"act":"x"},{"act":"x"}],"scale":1}"#, "misses the key 'blocks[1].channels'"),
    (#"{"blocks":[{"channels":"3","act":"x"}],"scale":1}"#, "the value of 'blocks[0].channels' should be an integer"),
    (#"{"blocks":[{"channels":1.5,"act":"x"}],"scale":1}"#, "holds a number of the wrong kind: a fraction"),
    (#"{"blocks":[{"channels":1,"act":2}],"scale":1}"#, "the value of 'blocks[0].act' should be a string"),
    (#"{"blocks":{},"scale":1}"#, "the value of 'blocks' should be a list"),
    (#"{"blocks":[],"scale":null}"#, "has null for the key 'scale', where a number is needed"),
    (#"[]"#, "should hold an object"),
    (#"{"blocks":[}"#, "is not valid JSON: Invalid value around character 11."),
    ("", "is not valid JSON"),
  ])
  func namesTheFileAndTheKeyThatIsWrong(_ text: String, _ message: String) async throws {
    try await TestFolder.with { folder in
      let path = try write(text, folder)
      let error = try #require(throws: CheckpointError.self) { try ConfigFile.read(Config.self, from: path) }
      #expect(error.file == path)
      #expect(error.code == .malformed)
      #expect(error.message.hasPrefix(message), "\(error.message)")
    }
  }

  @Test func splitsATextIntoLines() async throws {
    try await TestFolder.with { folder in
      #expect(try ConfigFile.lines(of: write("a\r\nb c\n\né", folder)) == ["a", "b c", "", "é"])
      let path = try write("a\n", folder)
      try Data([0x61, 0x0A, 0xFF, 0x0A]).write(to: URL(filePath: path))
      let error = try #require(throws: CheckpointError.self) { try ConfigFile.lines(of: path) }
      #expect(error.offset == 2)
    }
  }

  private func write(_ text: String, _ folder: String) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: "\(folder)/config.json"))
    return "\(folder)/config.json"
  }
}
