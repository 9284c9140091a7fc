import Foundation
import TestSupport
import Testing

/// The report of a batch: complete in itself, true about what is missing, careful with others' files.
@Suite struct ReportCommandTests {
  private func page(_ farm: CommandFarm) throws -> String {
    try String(contentsOfFile: "\(farm.home)/report.html", encoding: .utf8)
  }

  /// The text of a page's section.
  private func section(_ id: String, of page: String) throws -> String {
    let start = try #require(page.range(of: "<section aria-labelledby=\"\(id)-title\">")?.upperBound, "\(id)")
    let end = try #require(page[start...].range(of: "</section>")?.lowerBound)
    return String(page[start..<end])
  }

  @Test(.timeLimit(.minutes(10))) func aMeasuredBatchIsReportedWithItsIntervals() async throws {
    try await CommandFarm.with { farm in
      let enqueued = try await Program.emofarm.run(
        [
          "enqueue", "--emotion", "awe", "--emotion", "fear", "--prompt", "<script>alert(1)</script>", "--count", "3",
          "--steps", "2", "--measure", "config/models/tiny", "--upload",
        ], environment: farm.environment, folder: SourceTree.root.path)
      #expect(enqueued.status == 0, "\(enqueued)")
      #expect(try await farm.work().status == 0)
      let report = try await farm("report", "1", "--out", "\(farm.home)/report.html", "--json")
      #expect(report.status == 0, "\(report)")
      #expect(report.output.contains("\"images\" : 6") && report.output.contains("\"measured\" : 6"), "\(report)")
      let page = try page(farm)
      // Nothing is loaded, and nothing of the batch is markup.
      #expect(!page.contains("<script") && !page.contains("<link") && !page.contains("http://"))
      #expect(page.matches(of: #/src="(?!data:image\/jpeg;base64,)/#).isEmpty)
      #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
      #expect(page.contains("All images of this report are AI-generated"))
      #expect(!page.contains("class=\"problem\""))
      // 0, 1, 2 or 3 of 3 with Wilson's interval, each emotion by itself.
      let intervals = [
        "0.0 % (0.0 to 56.1)", "33.3 % (6.1 to 79.2)", "66.7 % (20.8 to 93.9)", "100.0 % (43.9 to 100.0)",
      ]
      let rows = try section("emotions", of: page).replacing(#/<[^>]*>/#, with: "")
      #expect(intervals.reduce(0) { $0 + rows.ranges(of: $1).count } == 2, "\(rows)")
      #expect(try section("samples", of: page).ranges(of: "<img ").count == 6)
      #expect(try section("doubted", of: page).ranges(of: "<img ").count == 6)
      #expect(try section("confusion", of: page).ranges(of: "<strong>").count == 2)
      #expect(try section("time", of: page).ranges(of: "<tr>").count == 7)
      #expect(try section("attributes", of: page).contains("<td>"))
    }
  }

  @Test(.timeLimit(.minutes(10))) func aReportSaysWhatIsMissingAndReplacesOnlyItsOwn() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 70)
      try await farm.painted(images: 4, seed: 9)
      let out = "\(farm.home)/report.html"
      #expect(try await farm("report", "1", "--out", out).status == 0)
      let whole = try page(farm)
      #expect(whole.contains("The batch did not measure its images"))
      #expect(try section("samples", of: whole).ranges(of: "<img ").count == 8)
      #expect(try await farm("report", "1", "--out", out).status == 0)
      let other = try await farm("report", "2", "--out", out)
      #expect(other.status == 2 && other.error.contains("is a report of batch 1"), "\(other)")
      try "notes".write(toFile: "\(farm.home)/notes.html", atomically: true, encoding: .utf8)
      let notes = try await farm("report", "2", "--out", "\(farm.home)/notes.html")
      #expect(notes.status == 2 && notes.error.contains("is not a report that says what it shows"), "\(notes)")
      #expect(try String(contentsOfFile: "\(farm.home)/notes.html", encoding: .utf8) == "notes")

      // An empty store would be taken for one that is not mounted.
      for path in farm.artifacts().dropFirst() { try FileManager.default.removeItem(atPath: path) }
      let again = try await farm("report", "1", "--out", out)
      #expect(again.status == 0, "\(again)")
      let damaged = try page(farm)
      let shown = try section("samples", of: damaged).ranges(of: "<img ").count
      #expect(shown <= 1 && damaged.ranges(of: "Not shown: ").count == 8 - shown)
    }
  }

  @Test(.timeLimit(.minutes(10))) func anEmptyBatchHasAReport() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "5").status == 0)
      #expect(try await farm("report", "1", "--out", "\(farm.home)/report.html").status == 0)
      let page = try page(farm)
      #expect(page.contains("5 of 5 images are not there; the batch is not finished."), "\(page.prefix(3000))")
      #expect(try section("samples", of: page).contains("There are no images yet."))
    }
  }
}
