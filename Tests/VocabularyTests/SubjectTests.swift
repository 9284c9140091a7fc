import Foundation
import Testing
import Vocabulary

struct SubjectTests {
  private func written(_ subject: Subject) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(subject), as: UTF8.self)
  }

  private func read(_ text: String) throws -> Subject {
    try JSONDecoder().decode(Subject.self, from: Data(text.utf8))
  }

  /// The exact bytes stored in databases and image files.
  @Test func theWrittenFormIsTheStoredOne() throws {
    let forms: [(Subject, String)] = [
      (
        .emotion(try EmotionSpec(parsing: "awe=0.7,fear=0.3+sadness"), prompt: "a/b"),
        #"{"emotion":"awe=0.7,fear=0.3+sadness","prompt":"a/b"}"#
      ),
      (.emotion(EmotionSpec(.awe), prompt: ""), #"{"emotion":"awe","prompt":""}"#),
      (.text(""), #"{"text":""}"#),
      (.text("a mountain"), #"{"text":"a mountain"}"#),
    ]
    for (subject, text) in forms {
      #expect(try written(subject) == text)
      #expect(try read(text) == subject)
    }
  }

  @Test(arguments: [
    (#"{"emotion":"awe","prompt":"","text":"x"}"#, "not both"), (#"{"prompt":"p","text":"x"}"#, "not both"),
    (#"{"emotion":"joy","prompt":""}"#, "unknown emotion 'joy'"), (#"{"emotion":"awe"}"#, "prompt"),
    (#"{"prompt":"p"}"#, "emotion"), ("{}", "emotion"), (#"{"text":null}"#, "text"),
  ])
  func anythingElseIsRefused(_ text: String, _ expected: String) {
    #expect {
      try read(text)
    } throws: {
      $0 is DecodingError && "\($0)".contains(expected)
    }
  }
}
