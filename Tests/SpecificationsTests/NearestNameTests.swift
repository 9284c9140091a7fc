import Specifications
import Testing

@Suite struct NearestNameTests {
  private static let names = ["steps", "size", "sampler", "guidance", "count"]

  @Test(arguments: [
    ("stpes", "steps"), ("Steps", "steps"), ("samplr", "sampler"), ("guidence", "guidance"), ("cuont", "count"),
  ])
  func aTypingMistakeFindsItsWord(_ name: String, _ expected: String) {
    #expect(NearestName.of(name, among: Self.names) == expected)
  }

  @Test func aDissimilarWordHasNoNearestName() {
    #expect(NearestName.of("wavelength", among: Self.names) == nil)
    #expect(NearestName.of("", among: []) == nil)
    #expect(NearestName.of(String(repeating: "steps", count: 100), among: Self.names) == nil)
  }
}
