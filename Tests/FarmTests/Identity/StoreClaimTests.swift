import Farm
import Foundation
import Testing

@Suite struct StoreClaimTests {
  private let ours = UUID()
  private let theirs = UUID()

  private func decide(
    marker: UUID?, isMarked: Bool = false, images: Int = 0, contents: StoreClaim.Contents = .nothing
  ) -> StoreClaim.Decision {
    let farm = FarmIdentity(
      id: ours, storeMarked: isMarked ? Date() : nil,
      latestFiles: (0..<images).map { String(repeating: "\($0)", count: 64) })
    return StoreClaim(of: farm, at: "/data").decide(marker: marker.map { StoreMarker(farm: $0) }) { contents }
  }

  private func refusal(_ decision: StoreClaim.Decision) -> String? {
    if case .refuse(let reason) = decision { reason } else { nil }
  }

  @Test func aMarkerDecidesAlone() {
    #expect(decide(marker: ours, contents: .otherFiles) == .own)
    #expect(decide(marker: ours, isMarked: true, images: 3) == .own)
    let reason = refusal(decide(marker: theirs, isMarked: true, images: 3, contents: .latestFiles))
    #expect(reason?.contains("/data belongs to the farm \(theirs.uuidString.lowercased())") == true)
    #expect(reason?.contains("emofarm store adopt") == true)
  }

  @Test func aFarmThatUsedItsStoreAcceptsNoneWithoutAMarker() {
    for contents in [StoreClaim.Contents.nothing, .latestFiles, .otherFiles] {
      let reason = refusal(decide(marker: nil, isMarked: true, images: 2, contents: contents))
      #expect(reason?.contains("mount the volume") == true, "\(contents)")
    }
  }

  @Test func anUnmarkedStoreIsTakenIfItIsPlainlyTheFarms() {
    #expect(decide(marker: nil) == .mark)
    #expect(decide(marker: nil, images: 2, contents: .latestFiles) == .mark)
    #expect(refusal(decide(marker: nil, images: 2))?.contains("none of the latest 2 images") == true)
    #expect(refusal(decide(marker: nil, images: 2, contents: .otherFiles)) != nil)
    #expect(refusal(decide(marker: nil, contents: .otherFiles))?.contains("has no image yet") == true)
  }
}
