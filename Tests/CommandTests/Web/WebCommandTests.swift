import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// `emofarm web` over HTTP: what it answers, to whom, and what it refuses.
@Suite struct WebCommandTests {
  @Test func pagesTellWhatTheFarmHolds() async throws {
    try await CommandFarm.with { farm in
      try await WebServer.with(farm) { server in
        let empty = try await server.get("/")
        #expect(empty.status == 200 && empty.text.contains("No batch yet."), "\(empty.text)")
        #expect(empty.text.contains("No worker is alive."))
        try await farm.painted(images: 130)
        let batch = try await server.get("/batches/1")
        #expect(batch.status == 200 && batch.text.contains("130 of 130 images"), "\(batch.text)")
        #expect(batch.text.contains("s-done") && batch.text.contains("&quot;count&quot;"))
        let list = try await server.get("/batches?state=done")
        #expect(list.text.contains("href=\"/batches/1\""))
        #expect(try await server.get("/batches?state=failed").text.contains("There is no such batch."))

        // 120 images on a page, then the rest.
        let first = try await server.get("/batches/1/images?emotion=awe")
        #expect(first.text.matches(of: /class="tile/).count == 120)
        let next = try #require(first.text.firstMatch(of: /rel="next" href="([^"]+)"/)).1.replacing("&amp;", with: "&")
        let second = try await server.get(String(next))
        #expect(second.text.matches(of: /class="tile/).count == 10 && !second.text.contains("rel=\"next\""))
        #expect(try await server.get("/batches/1/images?emotion=fear").text.contains("There is no such image yet."))
        let found = try await server.get("/batches/1/images?seed=5").text
        #expect(found.matches(of: /class="tile/).count == 1 && found.contains("href=\"/batches/1/images/5\""))

        let image = try await server.get("/batches/1/images/5")
        #expect(image.status == 200 && image.text.contains("painted/fp32") && image.text.contains("emofarm replay"))
        #expect(image.text.contains("/batches/1/images/4") && image.text.contains("/batches/1/images/6"))
        #expect(try await server.get("/batches/1/images/130").status == 404)
      }
    }
  }

  @Test func batchesAreComparedBySeed() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 10, seed: 3)
      try await farm.painted(images: 10, seed: 8)
      try await WebServer.with(farm) { server in
        let page = try await server.get("/compare?left=1&right=2")
        #expect(page.status == 200, "\(page.text)")
        // Seeds 3 to 12 and 8 to 17: five are in both.
        #expect(page.text.matches(of: /class="pair"/).count == 10)
        #expect(page.text.matches(of: /no image with this seed/).count == 5)
        #expect(page.text.contains("/batches/1/images/5") && page.text.contains("/batches/2/images/0"))
        let image = try await server.get("/batches/1/images/5").text
        #expect(image.contains("The same seed in other batches") && image.contains("/batches/2/images/0"))
        #expect(try await server.get("/compare?left=1").status == 400)
        #expect(try await server.get("/compare?left=1&right=9").status == 404)
        let models = try await server.get("/models").text
        #expect(models.contains("tiny") && models.contains("unet/diffusion_pytorch_model.safetensors"))
        // A test render is a batch of one image of each emotion, ready to be enqueued.
        let csrf = try #require(models.firstMatch(of: /name="csrf" value="([0-9a-f]{64})"/)).1
        let fields = models.matches(of: /<input type="hidden" name="(name|model|count|emotion)" value="([^"]*)">/)
          .map { "\($0.1)=\($0.2)".replacing(" ", with: "+") }
        let form = ["csrf=\(csrf)", "step=write"] + fields
        let draft = try await server.post("/batches/new", form.joined(separator: "&"))
        #expect(draft.status == 200 && draft.text.contains("test of tiny"), "\(draft.text)")
        #expect(draft.text.contains("8 in 8 jobs"), "\(draft.text)")
      }
    }
  }

  @Test func bytesHaveTagsAndRanges() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 1)
      let path = try #require(farm.artifacts().first)
      let bytes = Array(try Data(contentsOf: URL(filePath: path)))
      let sha256 = URL(filePath: path).deletingPathExtension().lastPathComponent
      try await WebServer.with(farm) { server in
        let target = "/images/\(sha256).png"
        let whole = try await server.get(target)
        #expect(whole.status == 200 && whole.body == bytes && whole.headers["etag"] == "\"\(sha256)\"")
        #expect(whole.headers["content-type"] == "image/png" && whole.headers["accept-ranges"] == "bytes")
        #expect(try await server.get(target, headers: ["If-None-Match": "\"x\", \"\(sha256)\""]).status == 304)
        let part = try await server.get(target, headers: ["Range": "bytes=8-15"])
        #expect(part.status == 206 && part.body == Array(bytes[8...15]))
        #expect(part.headers["content-range"] == "bytes 8-15/\(bytes.count)")
        #expect(try await server.get(target, headers: ["Range": "bytes=-4"]).body == Array(bytes.suffix(4)))
        let other = try await server.get(target, headers: ["Range": "bytes=8-15", "If-Range": "\"other\""])
        #expect(other.status == 200 && other.body == bytes)
        for range in ["bytes=\(bytes.count)-", "bytes=-0", "bytes=99999999999999999999-"] {
          #expect(try await server.get(target, headers: ["Range": range]).status == 416, "\(range)")
        }
        let named = try await server.get("\(target)?name=awe-1.png")
        #expect(named.headers["content-disposition"] == "attachment; filename=\"awe-1.png\"")
        let small = try await server.get("/thumbnails/\(sha256).jpg")
        #expect(small.status == 200 && small.body.starts(with: [0xFF, 0xD8, 0xFF]))
        // A damaged file is never shown as the image.
        try Data([0]).write(to: URL(filePath: path))
        let damaged = try await server.get(target)
        #expect(damaged.status == 500 && damaged.text.contains("is damaged"))
      }
    }
  }

  @Test func wrongAddressesAreRefusedAndLeakNothing() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 1)
      try Data("secret".utf8).write(to: URL(filePath: "\(farm.home)/secret.png"))
      let zeros = String(repeating: "0", count: 64)
      try await WebServer.with(farm) { server in
        for target in [
          "/images/../../../etc/passwd", "/images/..%2f..%2fsecret.png", "/images/%2e%2e/secret.png",
          "/images/secret.png",
          "/images/\(zeros.dropLast()).png", "/images/\(zeros.uppercased().replacing("0", with: "A")).png",
          "/images/\(zeros).jpg", "/images/\(zeros).png", "/thumbnails/\(zeros).jpg", "/assets/x/../../secret.png",
          "/batches/0", "/batches/-1", "/batches/1e3", "/batches/99999999999999999999", "/batches/1/images/-1",
          "/batches/1/images/99999999999", "/batches/9/images", "/batches/9/cells", "/nowhere", "/batches/1%00",
        ] {
          let answer = try await server.get(target)
          #expect(answer.status == 404, "\(target): \(answer.status)")
          #expect(!answer.text.contains("secret\n") && !answer.text.contains("root:"), "\(target)")
        }
        let many = String(repeating: "emotion=awe&", count: 1000)
        for (target, status) in [
          ("/batches?before=-5", 400), ("/batches?before=x", 400), ("/batches?state=broken", 400),
          ("/batches?x=1", 400),
          ("/batches/1/images?after=-2", 400), ("/batches/1/images?after=1&after=2", 400),
          ("/batches/1/images?emotion=%3Cscript%3E", 400), ("/batches/1/images?seed=-9", 400),
          ("/batches/1/images?\(many)", 414),
          ("/batches/1/images?" + (0..<40).map { "a\($0)=1" }.joined(separator: "&"), 400),
          ("/images/\(zeros).png?name=..%2Fx", 400), ("/batches/1/cells?after=-1", 400),
        ] {
          let answer = try await server.get(target)
          #expect(answer.status == status, "\(target.prefix(60)): \(answer.status)")
          #expect(!answer.text.contains("<script>"), "\(target.prefix(60))")
        }
        #expect(try await server.get("/").status == 200)
      }
    }
  }

  @Test func textOfOthersIsText() async throws {
    try await CommandFarm.with { farm in
      let evil = "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"' &amp; \u{202E}"
      let outcome = try await farm(
        "enqueue", "--emotion", "awe", "--prompt", "<i>\"p'</i>", "--count", "2", "--name", evil, "--key", "<b>key</b>")
      #expect(outcome.status == 0, "\(outcome)")
      let database = FarmDatabase(pool: PostgresPool(farm.configuration))
      let worker = try await database.workers.register(
        host: "<u>host</u>", pid: 1, engine: "<s>engine</s>", version: "0", threads: 1)
      try await database.workers.suspend(worker, reason: "<em>note</em>")
      try await database.events.append(.error, "<kind>", batch: 1, detail: ["<key>": "<value>"])
      try await farm.query("UPDATE jobs SET state = 'failed'")
      try await farm.query("UPDATE batches SET jobs_failed = jobs, state = 'failed', finished_at = now()")
      try await farm.query(
        """
        INSERT INTO attempts (batch_id, job_id, token, worker_id, number, ended_at, outcome, error)
        SELECT batch_id, id, 1, 1, 1, now(), 'failed', '<h1>error</h1>' FROM jobs
        """)
      await database.close()
      try await WebServer.with(farm) { server in
        for target in ["/", "/batches", "/batches/1", "/batches/1/cells", "/batches/1/images"] {
          let page = try await server.get(target)
          #expect(page.status == 200, "\(target)")
          for tag in [
            "<script>a", "<img src=x", "<b>", "<i>", "<u>", "<s>", "<em>", "<kind>", "<value>", "<h1>error", "\u{202E}",
          ] {
            #expect(!page.text.contains(tag), "\(target) has \(tag)")
          }
        }
        let batch = try await server.get("/batches/1").text
        #expect(batch.contains("&lt;h1&gt;error&lt;/h1&gt;") && batch.contains("&lt;script&gt;alert(1)"))
        #expect(try await server.get("/").text.contains("&lt;em&gt;note&lt;/em&gt;"))
        // The same in the stream of events.
        let stream = try RawHTTP(port: server.port)
        try stream.send("GET /live/batches/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let events = try await BlockingExecutor.run { try stream.receive(until: "batch-events") }
        #expect(events.contains("&lt;h1&gt;error") && !events.contains("<h1>error"))
      }
    }
  }

  @Test func everyAnswerForbidsForeignContent() async throws {
    try await CommandFarm.with { farm in
      try await WebServer.with(farm) { server in
        for target in ["/", "/nowhere", "/healthz", "/batches?x=1"] {
          let answer = try await server.get(target)
          let policy = answer.headers["content-security-policy"] ?? ""
          #expect(
            policy.hasPrefix("default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self';"), "\(target)")
          #expect(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
          #expect(answer.headers["x-content-type-options"] == "nosniff")
          #expect(answer.text.firstMatch(of: /\s(?:style|on[a-z]+)="/) == nil, "\(target)")
        }
      }
    }
  }

  @Test func onlyThisMachinesNamesAreServedWithoutAToken() async throws {
    try await CommandFarm.with { farm in
      try await WebServer.with(farm) { server in
        let foreign = try await server.get("/", headers: ["Host": "evil.example"])
        #expect(foreign.status == 421 && foreign.text.contains("http://localhost"))
        #expect(try await server.get("/", headers: ["Host": "127.0.0.1.evil.example"]).status == 421)
        #expect(try await server.get("/healthz", headers: ["Host": "evil.example"]).status == 200)
        for name in ["localhost", "LOCALHOST:1", "[::1]:80", "127.0.0.9"] {
          #expect(try await server.get("/", headers: ["Host": name]).status == 200, "\(name)")
        }
      }
      for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let refused = try await farm("web", "--listen", address)
        #expect(refused.status == 2 || refused.status == 64, "\(refused)")
        #expect(refused.error.contains("--token-file FILE"), "\(refused.error)")
      }
    }
  }

  @Test func aTokenOrAProxyOpensThePages() async throws {
    try await CommandFarm.with { farm in
      let token = "0123456789abcdef"
      let file = "\(farm.home)/token"
      _ = FileManager.default.createFile(
        atPath: file, contents: Data("\(token)\n".utf8), attributes: [.posixPermissions: 0o600])
      try await WebServer.with(farm, "--token-file", file) { server in
        let refused = try await server.get("/")
        #expect(refused.status == 401 && refused.headers["www-authenticate"]?.hasPrefix("Basic ") == true)
        #expect(!refused.text.contains("Workers"))
        let basic = Data("anybody:\(token)".utf8).base64EncodedString()
        for header in ["Bearer \(token)", "Basic \(basic)"] {
          #expect(try await server.get("/", headers: ["Authorization": header, "Host": "x"]).status == 200)
        }
        for header in ["Bearer \(token)0", "Bearer", "Basic \(token)", "Basic %%%", "Bearer \(token.uppercased())"] {
          #expect(try await server.get("/live/farm", headers: ["Authorization": header]).status == 401, "\(header)")
        }
      }
      try await WebServer.with(farm, "--proxy-header", "X-Forwarded-User") { server in
        let refused = try await server.get("/")
        #expect(refused.status == 403 && refused.text.contains("X-Forwarded-User"))
        #expect(try await server.get("/", headers: ["X-Forwarded-User": "anna"]).status == 200)
      }
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
      let open = try await farm("web", "--listen", "0", "--token-file", file)
      #expect(open.status == 1 && open.error.contains("chmod o= "), "\(open)")
      try Data("short\n".utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      #expect(try await farm("web", "--listen", "0", "--token-file", file).error.contains("16 or more"))
    }
  }

  @Test func aFormWritesASpecificationAndEnqueuesIt() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("models", "add", "tiny", SourceTree.tinyModel).status == 0)
      let prompts = "prompts=a+bag%0D%0A%22quoted%22%3A+%23x"
      let fields = "step=write&name=%7B%22x%22%3A+1%7D&emotion=awe&emotion=fear&\(prompts)&count=3&seed=7&steps=2"
      func secret(_ server: WebServer) async throws -> String {
        let page = try await server.get("/batches/new").text
        return String(try #require(page.firstMatch(of: /name="csrf" value="([0-9a-f]{64})"/)).1)
      }
      try await WebServer.with(farm) { server in
        let csrf = try await secret(server)
        let written = try await server.post("/batches/new", "\(fields)&csrf=\(csrf)").text
        #expect(written.contains("12 in 4 jobs") && written.contains("emotions: [awe, fear]"), "\(written)")
        #expect(try await server.post("/batches/new", fields).status == 403)
        #expect(try await server.post("/batches/new", "step=enqueue&text=x&csrf=\(csrf)").status == 403)
        // Files of the server's machine are neither read nor named.
        let spec = "name: x%0Acells:%0A - { emotion: awe, count: 1, "
        for (text, said) in [
          ("\(spec)prompts_file: /etc/passwd }", "no files are read here"),
          ("\(spec)lora: [/etc/passwd] }", "names files"),
          ("\(spec)init: /etc/passwd }", "names files"), ("\(spec)stepz: 2 }", "stepz"),
          ("\(spec)prompt: __words__, wildcards: true }", "no files are read here"), ("", "the file is empty"),
        ] {
          let answer = try await server.post("/batches/new/check", "text=\(text)&csrf=\(csrf)")
          #expect(answer.status == 200 && answer.text.contains(said), "\(text): \(answer.text)")
          #expect(!answer.text.contains("root:"))
        }
      }
      try await WebServer.with(farm, "--allow-actions") { server in
        let csrf = try await secret(server)
        let text = "name: from a form%0Acells:%0A - { emotion: awe, count: 2 }"
        let enqueued = try await server.post("/batches/new", "step=enqueue&text=\(text)&csrf=\(csrf)")
        #expect(enqueued.status == 303 && enqueued.headers["location"] == "/batches/1", "\(enqueued.text)")
        #expect(try await farm("status", "1").output.hasPrefix("Batch 1  from a form  queued"))
        let wrong = try await server.post("/batches/new", "step=enqueue&text=name: x&csrf=\(csrf)")
        #expect(wrong.status == 200 && wrong.text.contains("the key &#39;cells&#39; is missing"), "\(wrong.text)")
      }
    }
  }

  @Test func actionsNeedTheFlagAndTheFormsSecret() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2").status == 0)
      try await WebServer.with(farm) { server in
        let page = try await server.get("/batches/1")
        #expect(page.status == 200 && !page.text.contains("<form class=\"actions\""))
        #expect(try await server.post("/batches/1/actions", "action=cancel").status == 403)
      }
      try await WebServer.with(farm, "--allow-actions") { server in
        let page = try await server.get("/batches/1").text
        let secret = try #require(page.firstMatch(of: /name="csrf" value="([0-9a-f]{64})"/)).1
        for (form, headers) in [
          ("action=cancel", [:]), ("action=cancel&csrf=\(String(repeating: "0", count: 64))", [:]),
          ("action=cancel&csrf=\(secret)", ["Sec-Fetch-Site": "cross-site"]),
        ] {
          #expect(try await server.post("/batches/1/actions", form, headers: headers).status == 403, "\(form)")
        }
        #expect(try await server.post("/batches/1/actions", "action=explode&csrf=\(secret)").status == 400)
        #expect(try await server.get("/batches/1").text.contains("s-queued"))
        let paused = try await server.post("/batches/1/actions", "csrf=\(secret)&action=pause")
        #expect(paused.status == 303 && paused.headers["location"] == "/batches/1")
        #expect(try await farm("status", "1").output.contains("paused"))
        #expect(try await server.post("/batches/1/actions", "csrf=\(secret)&action=resume").status == 303)
        #expect(try await server.post("/batches/9/actions", "csrf=\(secret)&action=pause").status == 404)
      }
    }
  }
}
