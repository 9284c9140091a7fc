import Admin
import Files
import Specifications
import Testing
import Vocabulary

@Suite struct BatchRequestTests {
  private func request(_ change: (inout BatchRequest) -> Void) -> BatchRequest {
    var request = BatchRequest()
    change(&request)
    return request
  }

  @Test func allMeansTheEightInEmoSetsOrder() throws {
    let spec = try request { ($0.emotions, $0.count) = (["all"], 16) }.specification()
    #expect(spec.cells.map(\.emotions) == [Emotion.allCases.map { EmotionSpec($0) }])
    #expect(spec.cells[0].count == 16)
    #expect(spec.name == "all emotions")
  }

  @Test func promptsMultiplyAndNameTheBatch() throws {
    let spec = try request {
      $0.emotions = ["awe=0.7,fear=0.3", "awe+fear"]
      $0.prompts = ["bag", "lamp"]
      $0.count = 5
      $0.seed = 9
      $0.chunk = 4
    }.specification()
    #expect(spec.cells[0].subjects.count == 4)
    #expect(spec.name == "awe=0.7,fear=0.3, awe+fear: bag, lamp")
    #expect(spec.seed == 9)
    #expect(spec.chunk == 4)
    try spec.check()
  }

  @Test func whatIsMissingOrContradictsIsSaid() {
    let cases: [(BatchRequest, String)] = [
      (request { $0.count = 1 }, "name what to render"),
      (request { ($0.emotions, $0.texts, $0.count) = (["awe"], ["x"], 1) }, "--emotion and --text"),
      (request { ($0.texts, $0.prompts, $0.count) = (["x"], ["y"], 1) }, "--prompt requires --emotion"),
      (request { $0.emotions = ["awe"] }, "--count"),
      (request { ($0.emotions, $0.count) = (["joy"], 1) }, "unknown emotion 'joy'"),
    ]
    for (request, message) in cases {
      let error = #expect(throws: (any Error).self) { try request.specification() }
      #expect("\(error as Any)".contains(message), "\(error as Any)")
    }
  }

  @Test func flagsOverAFileReplaceItsIdentityAndNeverItsContent() throws {
    let file = BatchSpec(name: "file", seed: 1, cells: [CellSpec(emotions: [EmotionSpec(.awe)], count: 2)])
    let spec = try request { ($0.key, $0.name, $0.seed) = ("k", "mine", 7) }.applied(to: file)
    #expect(spec.key == "k")
    #expect(spec.name == "mine")
    #expect(spec.seed == 7)
    #expect(spec.cells == file.cells)
    let error = #expect(throws: InputError.self) {
      try request { ($0.emotions, $0.settings.steps) = (["awe"], 5) }.applied(to: file)
    }
    #expect(error?.description.hasPrefix("--emotion, --steps cannot be combined") == true)
  }
}
