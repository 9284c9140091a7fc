import Foundation
import Pages
import Synchronization
import TestSupport
import Testing

/// Thumbnails that are made once and kept on disk.
@Suite struct WebThumbnailTests {
  private static func digest(_ path: String) -> String { URL(filePath: path).deletingPathExtension().lastPathComponent }

  @Test func aRestartDecodesNoImageAgain() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 4)
      // The last one shows whose store it is.
      let images = farm.artifacts().dropLast()
      let targets = images.map { "/thumbnails/\(Self.digest($0)).jpg" }
      let small = try await WebServer.with(farm) { server in
        var bodies: [[UInt8]] = []
        for target in targets { bodies.append(try await server.get(target).body) }
        return bodies
      }
      let kept = contents(below: "\(farm.home)/cache").keys.filter { $0.hasSuffix(".jpg") }
      #expect(kept.count == 3, "\(kept)")
      // Without the images, only the kept files can answer.
      for image in images { try FileManager.default.removeItem(atPath: image) }
      // One that the disk did not get whole is not shown.
      let cut = try #require(kept.first { $0.hasSuffix("\(Self.digest(images[2])).jpg") })
      try Data(small[2].dropLast(20)).write(to: URL(filePath: "\(farm.home)/cache/\(cut)"))
      try await WebServer.with(farm) { server in
        #expect(try await server.get(targets[0]).body == small[0])
        #expect(try await server.get(targets[1]).body == small[1])
        #expect(try await server.get(targets[2]).status == 404)
        let tag = try #require(try await server.get(targets[0]).headers["etag"])
        #expect(try await server.get(targets[0], headers: ["If-None-Match": tag]).status == 304)
      }
    }
  }

  @Test func aFolderThatCannotBeWrittenIsSaidOnce() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 3)
      try Data().write(to: URL(filePath: "\(farm.home)/cache"))
      try await WebServer.with(farm) { server in
        for image in farm.artifacts() {
          let answer = try await server.get("/thumbnails/\(Self.digest(image)).jpg")
          #expect(answer.status == 200 && answer.body.starts(with: [0xFF, 0xD8, 0xFF]))
        }
        #expect(server.log.matches(of: /thumbnails are kept in memory alone/).count == 1, "\(server.log)")
      }
    }
  }

  @Test func aFullVolumeIsSaidAndLeftToImages() async throws {
    try await TestFolder.with { folder in
      let said = Mutex<[String]>([])
      let cache = ThumbnailFolder("\(folder)/cache", limit: 1 << 20, minimumFree: .max) { line in
        said.withLock { $0.append(line) }
      }
      for number in 0..<3 { cache.insert(Self.name(number), Self.picture(100)) }
      #expect(cache.bytes(Self.name(0)) == nil)
      #expect(said.withLock { $0.count == 1 && $0[0].contains("free bytes") })
    }
  }

  @Test func theFolderIsBoundedAndKeepsWhatIsUsed() async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/cache"
      func size() -> Int { contents(below: path).values.reduce(0) { $0 + $1.count } }
      let cache = ThumbnailFolder(path, limit: 100_000, minimumFree: 0) { Issue.record("\($0)") }
      for number in 0..<200 {
        cache.insert(Self.name(number), Self.picture(1000))
        // The first one is looked at all the time.
        #expect(cache.bytes(Self.name(0)) == Self.picture(1000), "\(number)")
        #expect(size() <= 101_000, "\(number)")
      }
      #expect(cache.bytes(Self.name(1)) == nil && cache.bytes(Self.name(199)) != nil)
      // What an earlier process and another one left counts, too.
      let second = ThumbnailFolder(path, limit: 50_000, minimumFree: 0) { Issue.record("\($0)") }
      second.insert(Self.name(300), Self.picture(1000))
      #expect(size() <= 50_000)
      #expect(second.bytes(Self.name(300)) != nil)
    }
  }

  private static func name(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 64 - digits.count) + digits
  }

  private static func picture(_ size: Int) -> [UInt8] {
    [0xFF, 0xD8] + [UInt8](repeating: 7, count: size - 4) + [0xFF, 0xD9]
  }
}
