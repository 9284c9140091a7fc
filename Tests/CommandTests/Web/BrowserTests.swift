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
          #expect(try await browser.text("#farm-batches").contains("No batch yet."))
          // It appears by itself.
          #expect(try await farm("enqueue", "--emotion", "all", "--count", "6", "--steps", "6").status == 0)
          try await eventually("the batch appears") { try await !browser.elements("#farm-batches .s-queued").isEmpty }
          try await browser.click("#farm-batches a.name")
          #expect(try await browser.address() == "\(server.address)/batches/1")
          #expect(try await browser.elements("#batch-sheet .tile").isEmpty)
          _ = try await browser.run("window.stays = 1")

          async let worker = farm.work()
          try await eventually("images appear while the batch runs") {
            guard try await !browser.elements("#batch-sheet .tile").isEmpty else { return false }
            return try await !browser.elements("#batch-head .s-running").isEmpty
          }
          try await eventually("the batch is done") { try await !browser.elements("#batch-head .s-done").isEmpty }
          #expect(try await worker.status == 0)
          try await eventually("all images are shown") { try await browser.elements("#batch-sheet .tile").count == 48 }
          #expect(try await browser.text("#batch-head").contains("48 of 48 images"))
          #expect(try await browser.text("#batch-emotions").contains("sadness"))
          try await eventually("all pictures are loaded") {
            try await browser.run(
              "return [...document.querySelectorAll('.tile img')].every(i => i.complete && i.naturalWidth > 0)")
              == "true"
          }
          #expect(try await browser.run("return window.stays") == "1", "the page was loaded again")
          #expect(try await browser.text("#live") == "live")

          try await browser.click("#batch-emotions a[href$='emotion=awe']")
          #expect(try await browser.elements(".tile").count == 6)
          #expect(try await browser.elements(".tile.e-awe").count == 6)
          try await browser.click(".tile")
          #expect(try await browser.text("main").contains("Provenance"))
          #expect(try await browser.text("table.facts").contains("awe"))
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
      #expect(try await browser.elements("#batch-sheet .tile").count == 48)
      #expect(try await browser.elements("noscript meta, head meta[http-equiv=refresh]").count == 1)
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
      try await WebServer.with(farm, "--allow-actions") { server in
        try await Browser.with { browser in
          for (name, target) in [
            ("farm", "/"), ("batches", "/batches"), ("batch", "/batches/1"), ("waiting", "/batches/2"),
            ("quarantine", "/batches/3"), ("gallery", "/batches/1/images"), ("image", "/batches/1/images/7"),
            ("cells", "/batches/2/cells"), ("error", "/batches/99"), ("models", "/models"),
            ("compare", "/compare?left=1&right=4"),
            ("new", "/batches/new"),
          ] {
            try await browser.open(server.address + target)
            #expect(try await PageCheck.faults(of: browser, named: name) == [])
          }
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
          #expect(try await browser.text("#verdict").contains("20 in 4 jobs"))
          // It is checked as it is typed.
          try await browser.type("surprise: 1\n", into: "#text")
          try await eventually("the mistake is named") { try await browser.text("#verdict").contains("surprise") }
          try await browser.open("\(server.address)/batches/new")
          try await browser.click("input[value=fear]")
          try await browser.click("button[value=write]")
          try await browser.click("button[value=enqueue]")
          #expect(try await browser.address() == "\(server.address)/batches/1")
          #expect(try await browser.text("h1").contains("fear"))
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
