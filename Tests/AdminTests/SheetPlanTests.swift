import Admin
import Specifications
import Testing
import Vocabulary

@Suite struct SheetPlanTests {
  @Test func theEightComeFirstInEmoSetsOrderThenTheOthersAsTheyCome() throws {
    func cell(_ emotion: String, prompt: String = "") throws -> CellSpec {
      CellSpec(emotions: [try EmotionSpec(parsing: emotion)], prompts: [prompt], count: 10)
    }
    let spec = BatchSpec(
      name: "sheet",
      cells: [
        CellSpec(texts: ["an image of awe"], count: 10), try cell("sadness"), try cell("awe=0.5,fear=0.5"),
        try cell("awe", prompt: "bag"), try cell("amusement"), try cell("sadness"),
      ])
    let cells = try spec.plan(defaults: .official, multiple: 8).cells
    let plan = SheetPlan(cells)
    #expect(
      plan.rows.map(\.label) == [
        "amusement", "sadness", "an image of awe", "awe=0.5,fear=0.5", "awe: bag",
      ])
    #expect(plan.rows[1].ranges == [10..<20, 50..<60])
  }
}
