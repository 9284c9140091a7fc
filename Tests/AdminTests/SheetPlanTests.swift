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

  @Test func aGridHasARowForEachCombination() throws {
    let spec = try BatchSpec(
      parsing: """
        name: grid
        cells:
          - emotions: [fear, awe]
            count: 2
            grid: { sampler: [ddim, lms], lora: [[], [/l/style.safetensors:0.5]] }
          - { text: a, count: 1 }
          - { emotion: anger, count: 1, init: /p/a.png, size: 64x64 }
          - { emotion: anger, count: 1, init: /p/b.png, size: 32x64 }
        """, named: "grid.yaml")
    let plan = SheetPlan(try spec.plan(defaults: .official, multiple: 8).cells)
    #expect(
      plan.rows.map(\.label) == [
        "awe, sampler ddim, lora none", "awe, sampler ddim, lora style:0.5", "awe, sampler lms, lora none",
        "awe, sampler lms, lora style:0.5", "anger", "fear, sampler ddim, lora none",
        "fear, sampler ddim, lora style:0.5", "fear, sampler lms, lora none", "fear, sampler lms, lora style:0.5", "a",
      ])
    #expect(plan.rows[1].ranges == [6..<8])
    #expect(plan.rows[4].ranges == [17..<18, 18..<19])
  }
}
