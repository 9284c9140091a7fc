import Provenance
import Testing

@Suite struct ProvenanceIndependenceTests {
  @Test func anImageIsTheSameFileAloneAndInAChunk() throws {
    let chunk = try Undisturbed.render(count: 3, from: 0, threads: 1)
    let alone = try Undisturbed.render(count: 1, from: 2, threads: 2)
    #expect(alone[0].bytes == chunk[2].bytes)
  }

  @Test func aFileSaysNothingOfTimeWorkerOrAttempt() throws {
    let file = try Undisturbed.render(count: 1, from: 0, threads: 1)[0]
    let record = try PNGProvenance.verify(file.bytes, named: "rendered")
    let text = String(decoding: try record.canonical, as: UTF8.self)
    for word in ["attempt", "worker", "time", "host", "date", "token"] {
      #expect(!text.contains("\"\(word)\":"), "\(word)")
    }
    #expect(record.spec.seed == Undisturbed.seed)
    #expect(record.actualSteps == Undisturbed.steps)
    #expect(record.model.name == Undisturbed.model)
  }
}
