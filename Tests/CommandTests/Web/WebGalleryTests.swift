import Foundation
import TestSupport
import Testing

/// Filters of the gallery, chosen images, and pages of two images or batches.
@Suite struct WebGalleryTests {
  private static func tiles(_ server: WebServer, _ query: String) async throws -> [Int] {
    let page = try await server.get("/batches/1/images\(query)")
    #expect(page.status == 200, "\(query): \(page.text)")
    return page.text.matches(of: /class="pick"><a class="tile[^>]*href="\/batches\/1\/images\/(\d+)"/).compactMap {
      Int($0.1)
    }
  }

  @Test func filtersFindWhatTheySay() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 30)
      try await farm.measured()
      try await WebServer.with(farm) { server in
        for (query, indices) in [
          ("?recognised=asked", (0..<30).filter { $0 % 10 >= 5 }), ("?recognised=other&most=0.1", [0, 10, 20]),
          ("?recognised=fear&least=0.4", [4, 14, 24]), ("?least=0.9&most=1", [9, 19, 29]),
          ("?worker=1&from=28", [28, 29]),
          ("?worker=2", []), ("?seed=7", [7]), ("?seed=30", []), ("?seed=7&worker=2", []),
          ("?where=index+in+(3%2C+8)+or+index+%3D+29", [3, 8, 29]), ("?emotion=awe&where=seed+%3C+2", [0, 1]),
          ("?prompt=nothing", []), ("?emotion=none", []), ("?order=doubt&most=0.2", [0, 10, 20, 1, 11, 21]),
          ("?order=doubt&after=0.05:10&most=0.06", [20]), ("?after=27&emotion=&worker=&seed=&least=&where=", [28, 29]),
        ] {
          #expect(try await Self.tiles(server, query) == indices, "\(query)")
        }
        // The page says the same as the command that exports these images.
        let page = try await server.get("/batches/1/images?recognised=other&most=0.1").text
        let condition = "recognised = false and emotion_probability &lt;= 0.1"
        #expect(page.contains("emofarm export 1 --where &#39;\(condition)&#39; --out FOLDER"), "\(page)")
        let export = try await farm(
          "export", "1", "--where", "recognised = false and emotion_probability <= 0.1", "--out", "\(farm.home)/some")
        #expect(export.status == 0, "\(export)")
        #expect(contents(below: "\(farm.home)/some").keys.filter { $0.hasSuffix(".png") }.count == 3)
        // What no image meets is said, with a way back.
        let empty = try await server.get("/batches/1/images?worker=2").text
        #expect(empty.contains("There is no such image yet.") && empty.contains("Show all images"))
        #expect(
          try await server.get("/batches/1/images?order=rejected").text.contains("This batch accepts every image"))
      }
    }
  }

  @Test func malformedFiltersAreNamed() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 1)
      try await WebServer.with(farm) { server in
        for (query, said) in [
          ("least=x", "least=x must be a number"), ("least=-0.1", "least"), ("most=1.01", "most"), ("most=nan", "most"),
          ("least=0.5&most=0.4", "no probability is both"), ("worker=-1", "worker"), ("worker=1.5", "worker"),
          ("worker=99999999999999999999", "worker"), ("seed=x", "seed"),
          ("recognised=joy", "recognised=joy must be one of"),
          ("emotion=joy", "emotion=joy must be"), ("order=size", "order=size must be one of index, doubt, rejected"),
          ("after=0.5:3", "is no place in the order"), ("order=doubt&after=7", "is no place in the order"),
          ("order=doubt&from=7", "is an index"), ("from=-1", "from"), ("prompt=%zz", "cannot be read"),
          ("where=mood+%3D+awe", "there is no &#39;mood&#39;"), ("where=%3Cscript%3E", "cannot be read"),
          ("where=index+in+(", "a value is expected"), ("where=seed+%3D+1%3B+DROP+TABLE+images", "cannot be read"),
          ("where=\(String(repeating: "(", count: 200))", "brackets"), ("filter=x", "this page knows only"),
        ] {
          let answer = try await server.get("/batches/1/images?\(query)")
          #expect(answer.status == 400 && answer.text.contains(said), "\(query): \(answer.status) \(answer.text)")
          #expect(!answer.text.contains("<script>"), "\(query)")
        }
        // Texts of filters are values, and shown as text.
        let evil = "%27%3B+DROP+TABLE+images%3B+--+%3Cimg+src%3Dx%3E"
        let page = try await server.get("/batches/1/images?prompt=\(evil)")
        #expect(page.status == 200 && !page.text.contains("<img src=x") && page.text.contains("&lt;img src=x&gt;"))
        #expect(try await Self.tiles(server, "") == [0])
      }
    }
  }

  @Test func rejectedImagesAreShownWithTheirReasons() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 12)
      try await farm.rejected(images: 4)
      try await WebServer.with(farm) { server in
        let page = try await server.get("/batches/1/images?order=rejected").text
        #expect(page.matches(of: /class="pick"/).count == 4 && !page.contains("type=\"checkbox\" name=\"index\""))
        #expect(page.contains("emotion_probability 0.25") && page.contains("no_duplicate 0.25"))
        #expect(page.contains("2, try 1"))
        let some = try await server.get("/batches/1/images?order=rejected&after=1:0").text
        #expect(some.matches(of: /class="pick"/).count == 2)
        let batch = try await server.get("/batches/1").text
        #expect(batch.contains("no_duplicate: near-duplicates") && batch.contains("Who rendered what"))
        #expect(batch.contains("worker 1 on test"))
      }
    }
  }

  @Test func chosenImagesAreListedAndCompared() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 10)
      try await farm.painted(images: 10, seed: 5)
      try await farm.measured()
      try await WebServer.with(farm) { server in
        let page = try await server.get("/batches/1/images").text
        let csrf = try #require(page.firstMatch(of: /name="csrf" value="([0-9a-f]{64})"/)).1
        let boxes = "index=3&index=7&index=3&csrf=\(csrf)"
        let lines = try await server.post("/batches/1/selection", "\(boxes)&step=lines")
        #expect(lines.status == 200 && lines.headers["content-type"] == "application/x-ndjson")
        #expect(lines.headers["content-disposition"] == "attachment; filename=\"batch-1-images.jsonl\"")
        let rows = try lines.text.split(separator: "\n").map {
          try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(rows.compactMap { $0["index"] as? Int } == [3, 7])
        // The command understands the list.
        let condition = try await server.post("/batches/1/selection", "\(boxes)&step=condition").text
        #expect(condition == "index in (3, 7)\n")
        let export = try await farm("export", "1", "--where", condition, "--out", "\(farm.home)/chosen")
        #expect(export.status == 0, "\(export)")
        #expect(contents(below: "\(farm.home)/chosen").keys.filter { $0.hasSuffix(".png") }.count == 2)

        let compare = try await server.post("/batches/1/selection", "\(boxes)&step=compare")
        let target = try #require(compare.headers["location"])
        #expect(compare.status == 303 && target == "/compare/images?images=1:3,1:7")
        let beside = try await server.get(target)
        #expect(beside.status == 200 && beside.text.contains("data-slider") && beside.text.contains("Image 1:7"))
        #expect(beside.text.matches(of: /<figure><img/).count == 2)

        for (form, status) in [
          ("index=3&step=lines", 403), ("step=lines&csrf=\(csrf)", 400), ("index=x&step=lines&csrf=\(csrf)", 400),
          ("index=-1&step=lines&csrf=\(csrf)", 400), ("index=3&step=burn&csrf=\(csrf)", 400),
          ("index=99999999999999999999&step=compare&csrf=\(csrf)", 400),
        ] {
          #expect(try await server.post("/batches/1/selection", form).status == status, "\(form)")
        }
        for (target, status) in [
          ("/compare/images", 400), ("/compare/images?images=1:3", 400), ("/compare/images?images=1:3,..%2F", 400),
          ("/compare/images?images=1:3,1:99", 404), ("/compare/images?images=9:3,1:3", 404),
          ("/compare/images?images=" + (0..<13).map { "1:\($0)" }.joined(separator: ","), 400),
          ("/compare/images?images=1:3,1:-1", 400), ("/compare/images?images=1:3,%3Cb%3E:1", 400),
        ] {
          let answer = try await server.get(target)
          #expect(answer.status == status && !answer.text.contains("<b>:"), "\(target): \(answer.status)")
        }
        // Seeds 5 to 9 are in both; only one of the batches is measured, so there is no difference to show.
        let both = try await server.get("/compare?left=1&right=2").text
        #expect(both.contains("/compare/images?images=1:5,2:0") && !both.contains("accuracies-title"))
        try await farm.measured(batch: 2)
        let measured = try await eventually("the difference is shown") {
          let page = try await server.get("/compare?left=1&right=2").text
          return page.contains("accuracies-title") ? page : nil
        }
        #expect(measured.contains("50.0 <span") && measured.contains("+0.0 ["), "\(measured)")
      }
    }
  }

  @Test func imagesAreRejectedByHandWithTheFlag() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 4)
      @Sendable func post(_ server: WebServer, _ form: String) async throws -> RawHTTP.Answer {
        let page = try await server.get("/batches/1/images").text
        let csrf = try #require(page.firstMatch(of: /name="csrf" value="([0-9a-f]{64})"/)).1
        return try await server.post("/batches/1/selection", "\(form)&csrf=\(csrf)")
      }
      try await WebServer.with(farm) { server in
        let readOnly = try await post(server, "index=1&step=reject")
        #expect(readOnly.status == 403)
      }
      try await WebServer.with(farm, "--allow-actions") { server in
        // The same seed would give the same image.
        let refused = try await post(server, "index=1&step=reject")
        #expect(refused.status == 409 && refused.text.contains("the same seed gives the same image"), "\(refused.text)")
        #expect(!(try await server.get("/batches/1/images").text.contains("value=\"reject\"")))
        try await farm.rejected(images: 0)
        #expect(try await server.post("/batches/1/selection", "index=1&step=reject").status == 403)
        try await eventually("the batch is read again") {
          try await server.get("/batches/1/images").text.contains("value=\"reject\"")
        }
        let done = try await post(server, "index=1&index=2&step=reject")
        #expect(done.status == 200 && done.text.contains("2 images rejected"), "\(done.text)")
        #expect(try await server.get("/batches/1/images?order=rejected").text.matches(of: /by_hand/).count == 2)
        #expect(try await farm("status", "1").output.contains("2 by_hand"))
        try await farm.paint(blue: 9)
        #expect(try await Self.tiles(server, "?seed=5") == [1])
        #expect(try await Self.tiles(server, "?seed=1") == [])
        let audit = try await farm("audit", "--batch", "1")
        #expect(audit.status == 0, "\(audit)")
      }
    }
  }

  /// A training of seconds.
  static let training = """
    name: "<b>encoder</b>"
    training:
      {stage: encoder, out: trained, per_attribute: 2, size: 32, image_size: 32, width: 4, layers: [1, 1],
       embedding: 16, steps: 20, batch: 16}
    """

  @Test func trainingsHaveTheirCurvesAndConfusions() async throws {
    try await CommandFarm.with { farm in
      try await WebServer.with(farm, "--allow-actions") { server in
        #expect(try await server.get("/trainings").text.contains("No training yet."))
        #expect(try await farm("enqueue", "-", input: Self.training).status == 0)
        let queued = try await server.get("/trainings/1").text
        #expect(queued.contains("The training has not begun.") && !queued.contains("<b>encoder"))
        #expect(try await farm.work().status == 0)
        let list = try await server.get("/trainings").text
        #expect(list.contains("href=\"/trainings/1\"") && list.contains("20 / 20"))
        let page = try await eventually("the page shows the end") {
          let page = try await server.get("/trainings/1").text
          return page.contains("s-done") ? page : nil
        }
        #expect(page.contains("aria-label=\"loss\"") && page.contains("aria-label=\"held-out accuracy\""), "\(page)")
        #expect(page.contains("Right of sadness") && page.contains("trained/run"))
        let sample = try #require(page.firstMatch(of: /src="(\/trainings\/1\/samples\/\d+\.png)"/)).1
        let picture = try await server.get(String(sample))
        #expect(picture.status == 200 && picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(try await server.get("/batches/1").text.contains("href=\"/trainings/1\""))
        for target in [
          "/trainings/1/samples/999.png", "/trainings/1/samples/-1.png", "/trainings/1/samples/+20.png",
          "/trainings/1/samples/..%2F..%2Fconfig.json", "/trainings/1/samples/20.jpg", "/trainings/9", "/trainings/x",
        ] {
          #expect(try await server.get(target).status == 404, "\(target)")
        }
        #expect(try await server.get("/trainings?before=0").status == 400)
        #expect(try await server.get("/batches/1/images").status == 409)
        // A batch of images is no training.
        try await farm.painted(images: 1)
        #expect(try await server.get("/trainings/2").status == 404)
        #expect(!(try await server.get("/trainings").text.contains("/trainings/2")))
      }
    }
  }
}
