import Foundation
import Postgres
import TestSupport
import Testing

/// The pages in a real Chromium, against real workers.
@Suite(.serialized) struct BrowserTests {
  private static func check(_ browser: Browser, _ server: WebServer) async throws {
    #expect(try await browser.complaints() == [])
    let requests = try await browser.requests()
    #expect(!requests.isEmpty)
    for address in requests { #expect(address.hasPrefix(server.address + "/"), "\(address)") }
  }

  @Test(.timeLimit(.minutes(10))) func aBatchIsWatchedFromNothingToDone() async throws {
    try await CommandFarm.with { farm in
      try await WebServer.with(farm) { server in
        try await Browser.with { browser in
          try await browser.open(server.address)
          try await browser.shows("No batch yet.", in: "#farm-batches")
          // It appears by itself.
          #expect(try await farm("enqueue", "--emotion", "all", "--count", "6", "--steps", "6").status == 0)
          try await eventually("the batch appears") { try await !browser.elements("#farm-batches .s-queued").isEmpty }
          try await browser.click("#farm-batches a.name")
          try await browser.comes(to: "the batch") { $0 == "\(server.address)/batches/1" }
          try await browser.shows(0, "#batch-sheet .tile")
          _ = try await browser.run("window.stays = 1")

          async let worker = farm.work()
          try await eventually("images appear while the batch runs") {
            guard try await !browser.elements("#batch-sheet .tile").isEmpty else { return false }
            return try await !browser.elements("#batch-head .s-running").isEmpty
          }
          try await eventually("the batch is done") { try await !browser.elements("#batch-head .s-done").isEmpty }
          #expect(try await worker.status == 0)
          try await browser.shows(48, "#batch-sheet .tile")
          try await browser.shows("48 of 48 images", in: "#batch-head")
          try await browser.shows("sadness", in: "#batch-emotions")
          try await eventually("all pictures are loaded") {
            try await browser.run(
              "return [...document.querySelectorAll('.tile img')].every(i => i.complete && i.naturalWidth > 0)")
              == "true"
          }
          #expect(try await browser.run("return window.stays") == "1", "the page was loaded again")
          #expect(try await browser.text("#live") == "live")

          try await browser.click("#batch-emotions a[href$='emotion=awe']")
          try await browser.shows(6, ".tile")
          try await browser.shows(6, ".tile.e-awe")
          try await browser.click(".tile")
          try await browser.shows("Provenance", in: "main")
          try await browser.shows("awe", in: "table.facts")
          try await Self.check(browser, server)
        }
        try await Self.withoutScripts(server)
      }
    }
  }

  /// Without scripts the pages tell the same.
  private static func withoutScripts(_ server: WebServer) async throws {
    try await Browser.with(scripts: false) { browser in
      try await browser.open("\(server.address)/batches/1")
      try await browser.shows(48, "#batch-sheet .tile")
      try await browser.shows(1, "noscript meta, head meta[http-equiv=refresh]")
      let text = try await browser.text("main")
      for part in ["Batch 1", "48 of 48 images", "sadness", "batch.enqueued", "Specification"] {
        #expect(text.contains(part), "\(part)")
      }
      try await check(browser, server)
    }
  }

  @Test(.timeLimit(.minutes(10))) func pagesAreForEverybody() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 130)
      #expect(
        try await farm(
          "enqueue", "--emotion", "all", "--count", "40", "--name", "a batch with a name that is quite long, and waits",
          "--require", "gpu"
        ).status == 0)
      #expect(try await farm("enqueue", "--text", "a lamp", "--count", "9", "--name", "failed").status == 0)
      try await farm.query("UPDATE jobs SET state = 'failed' WHERE batch_id = 3")
      try await farm.query(
        """
        INSERT INTO attempts (batch_id, job_id, token, worker_id, number, ended_at, outcome, error)
        SELECT batch_id, id, 1, 1, 1, now(), 'failed', 'the model file unet.safetensors was not readable: ' || repeat('x', 200)
        FROM jobs WHERE batch_id = 3
        """)
      try await farm.query("UPDATE batches SET jobs_failed = jobs, state = 'failed', finished_at = now() WHERE id = 3")
      try await farm.query(
        """
        INSERT INTO events (level, kind, batch_id, detail) VALUES
          ('error', 'job.quarantined', 3, '{"error": "the model file unet.safetensors was not readable"}'),
          ('warning', 'worker.lost', NULL, '{}')
        """)
      try await farm.painted(images: 100, seed: 40)
      try await farm.measured()
      try await farm.measured(batch: 4)
      try await farm.rejected(images: 5)
      #expect(try await farm("enqueue", "-", input: WebGalleryTests.training).status == 0)
      #expect(try await farm.work().status == 0)
      try await WebServer.with(farm, "--allow-actions") { server in
        try await Browser.with { browser in
          for (name, target) in [
            ("farm", "/"), ("batches", "/batches"), ("batch", "/batches/1"), ("waiting", "/batches/2"),
            ("quarantine", "/batches/3"), ("gallery", "/batches/1/images"), ("image", "/batches/1/images/7"),
            ("cells", "/batches/2/cells"), ("error", "/batches/99"), ("models", "/models"),
            ("compare", "/compare?left=1&right=4"), ("new", "/batches/new"),
            ("doubt", "/batches/1/images?order=doubt&where=index+%3C+40"),
            ("rejected", "/batches/1/images?order=rejected"), ("nothing", "/batches/1/images?worker=77&least=0.5"),
            ("beside", "/compare/images?images=1:45,4:5"), ("trainings", "/trainings"), ("training", "/trainings/5"),
          ] {
            try await browser.open(server.address + target)
            #expect(try await PageCheck.faults(of: browser, named: name) == [])
          }
        }
      }
    }
  }

  private static let (arrowRight, arrowDown, enter) = ("\u{E014}", "\u{E015}", "\u{E007}")

  @Test(.timeLimit(.minutes(10))) func imagesAreFoundChosenAndCompared() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 60)
      try await farm.measured()
      try await WebServer.with(farm) { server in
        try await Browser.with { browser in
          try await browser.open("\(server.address)/batches/1/images")
          try await browser.shows(60, ".pick")
          try await browser.click("select[name=recognised] option[value=other]")
          try await browser.type("0.4", into: "input[name=most]")
          try await browser.click("form[method=get] button")
          try await browser.comes(to: "the filter") { $0.contains("recognised=other") }
          try await browser.shows(24, ".pick")
          // By keyboard alone: the second image, then the one below it.
          _ = try await browser.run("document.querySelector('.gallery a.tile').focus()")
          try await browser.type(Self.arrowRight + "x", into: ":focus")
          try await browser.type(Self.arrowDown, into: ":focus")
          try await browser.type("x", into: ":focus")
          #expect(try await browser.text("#chosen") == "2 chosen")
          let chosen = try await browser.run(
            "return [...document.querySelectorAll(':checked')].filter(b => b.name === 'index').map(b => b.value).join(',')"
          )
          #expect(chosen.hasPrefix("\"1,") && chosen != "\"1,2\"", "\(chosen)")
          try await browser.click("button[value=compare]")
          try await browser.shows(2, ".beside.over img")
          try await browser.type(Self.arrowRight, into: "input[type=range]")
          #expect(
            try await browser.run("return document.querySelector('.beside').style.getPropertyValue('--cut')")
              == "\"51%\"")
          try await browser.click(".actions button")
          try await browser.shows(0, ".beside.over")
          // Enter opens the image that has the focus.
          try await browser.open("\(server.address)/batches/1/images?from=7")
          _ = try await browser.run("document.querySelector('.gallery a.tile').focus()")
          try await browser.type(Self.arrowRight, into: ":focus")
          try await browser.type(Self.enter, into: ":focus")
          try await eventually("the image is opened") {
            try await browser.address() == "\(server.address)/batches/1/images/8"
          }
          try await Self.check(browser, server)
        }
        try await Browser.with(scripts: false) { browser in
          try await browser.open("\(server.address)/batches/1/images")
          try await browser.click("select[name=order] option[value=doubt]")
          try await browser.click("form[method=get] button")
          try await browser.shows(60, ".pick")
          for index in [0, 10] { try await browser.click("input[name=index][value='\(index)']") }
          try await browser.click("button[value=compare]")
          try await browser.comes(to: "the comparison") { $0.hasSuffix("/compare/images?images=1:0,1:10") }
          try await browser.shows(2, ".beside:not(.over) img")
          try await Self.check(browser, server)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aTrainingIsWatchedToItsEnd() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "-", input: WebGalleryTests.training).status == 0)
      try await WebServer.with(farm) { server in
        try await Browser.with { browser in
          try await browser.open("\(server.address)/trainings")
          try await browser.click("a.name")
          try await browser.shows("has not begun", in: "#training-curves")
          _ = try await browser.run("window.stays = 1")
          async let worker = farm.work()
          try await eventually("the training is done") {
            try await !browser.elements("#training-head .s-done").isEmpty
          }
          #expect(try await worker.status == 0)
          try await eventually("the curves are drawn") { try await browser.elements("#training-curves svg").count >= 3 }
          try await browser.shows("sadness", in: "#training-confusion")
          try await eventually("the samples are loaded") {
            try await browser.run(
              "return [...document.querySelectorAll('.samples img')].some(i => i.complete && i.naturalWidth > 0)")
              == "true"
          }
          #expect(try await browser.run("return window.stays") == "1", "the page was loaded again")
          try await Self.check(browser, server)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aBatchIsWrittenTriedAndEnqueued() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("models", "add", "tiny", SourceTree.tinyModel).status == 0)
      try await WebServer.with(farm, "--allow-actions") { server in
        try await Browser.with { browser in
          try await browser.open("\(server.address)/batches/new")
          for emotion in ["awe", "sadness"] { try await browser.click("input[value=\(emotion)]") }
          try await browser.type("a bag", into: "#prompts")
          try await browser.click("button[value=write]")
          try await browser.shows("20 in 4 jobs", in: "#verdict")
          // It is checked as it is typed.
          try await browser.type("surprise: 1\n", into: "#text")
          try await eventually("the mistake is named") { try await browser.text("#verdict").contains("surprise") }
          try await browser.open("\(server.address)/batches/new")
          try await browser.click("input[value=fear]")
          try await browser.click("button[value=write]")
          try await browser.click("button[value=enqueue]")
          try await browser.comes(to: "the batch") { $0 == "\(server.address)/batches/1" }
          try await browser.shows("fear", in: "h1")
          try await Self.check(browser, server)
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(10))) func aBatchIsPausedAndResumed() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2").status == 0)
      try await WebServer.with(farm, "--allow-actions") { server in
        try await Browser.with { browser in
          try await browser.open("\(server.address)/batches/1")
          try await browser.click("button[value=pause]")
          try await eventually("the batch is paused") { try await !browser.elements("#batch-head .s-paused").isEmpty }
          try await browser.click("button[value=resume]")
          try await eventually("the batch goes on") { try await !browser.elements("#batch-head .s-queued").isEmpty }
          // Another's change is seen as well.
          #expect(try await farm("cancel", "1").status == 0)
          try await eventually("the batch is cancelled") {
            try await !browser.elements("#batch-head .s-cancelled").isEmpty
          }
          try await Self.check(browser, server)
        }
      }
    }
  }
}
