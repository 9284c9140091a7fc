import Foundation
import TestSupport
import Testing

/// What programs may change over HTTP, and who may not.
@Suite struct WebWritesTests {
  private static let yaml = ["Content-Type": "application/yaml"]
  private static let specification = """
    name: nightly
    key: nightly-1
    seed: 5
    cells:
      - { emotion: awe, count: 3 }
    """

  private static func object(_ answer: RawHTTP.Answer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any], "\(answer.text)")
  }

  private static func message(_ answer: RawHTTP.Answer) throws -> String {
    try #require((try object(answer)["error"] as? [String: Any])?["message"] as? String)
  }

  @Test func aSpecificationIsEnqueuedOnce() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("models", "add", "tiny", SourceTree.tinyModel).status == 0)
      let (file, bearer) = WebServer.token(farm)
      let headers = bearer.merging(Self.yaml) { $1 }
      try await WebServer.with(farm, "--allow-actions", "--token-file", file) { server in
        func enqueue(_ text: String, _ query: String = "", _ more: [String: String] = [:]) async throws
          -> RawHTTP.Answer
        {
          try await server.post("/api/v1/batches\(query)", text, headers: headers.merging(more) { $1 })
        }
        let plan = try await enqueue(Self.specification, "?dry_run=true")
        #expect(plan.status == 200, "\(plan.text)")
        try Data(Self.specification.utf8).write(to: URL(filePath: "\(farm.home)/spec.yaml"))
        let told = try await farm("enqueue", "\(farm.home)/spec.yaml", "--dry-run", "--json").output
        let planned = try Self.object(plan)
        let known = try #require(try JSONSerialization.jsonObject(with: Data(told.utf8)) as? [String: Any])
        for key in known.keys where key != "free_bytes" {
          #expect("\(planned[key] ?? "none")" == "\(known[key] ?? "")", "\(key)")
        }
        #expect(try await farm("list", "--json").output.contains("nightly") == false)

        let made = try await enqueue(Self.specification)
        #expect(made.status == 201 && made.headers["location"] == "/api/v1/batches/1", "\(made.text)")
        let document = try Self.object(made)
        #expect(document["created"] as? Bool == true && document["images"] as? Int == 3)
        #expect(try await farm("status", "1").output.contains("nightly"))
        // The same as JSON is the same specification.
        let json = #"{"name": "nightly", "key": "nightly-1", "seed": 5, "cells": [{"emotion": "awe", "count": 3}]}"#
        let again = try await enqueue(json, "", ["Content-Type": "application/json; charset=utf-8"])
        #expect(again.status == 200 && again.text.contains("\"created\" : false"), "\(again.text)")
        #expect(try Self.object(again)["batch"] as? Int == 1)
        let other = try await enqueue(Self.specification.replacing("count: 3", with: "count: 4"))
        #expect(try other.status == 409 && Self.message(other).contains("differs in: "), "\(other.text)")

        // Errors are those of the command.
        for text in [
          "name: x", "name: x\ncells:\n  - { emotion: joyful, count: 1 }", "cells: [", "",
          "name: x\ncells:\n  - { emotion: awe, count: 1, stepz: 2 }",
        ] {
          let refused = try await enqueue(text)
          #expect(refused.status == 400, "\(text): \(refused.text)")
          let said = try await farm("enqueue", "-", input: text).error
          let message = try Self.message(refused).replacing("the specification", with: "standard input")
          #expect(said.contains(message), "\(said) | \(message)")
        }
        let lora = try await enqueue("name: x\ncells:\n  - { emotion: awe, count: 1, lora: [/etc/passwd] }")
        #expect(try lora.status == 400 && Self.message(lora).contains("names files"))
        let long = try await enqueue("name: x # " + String(repeating: "x", count: 300_000))
        #expect(long.status == 413, "\(long.text)")
        #expect(try await farm("list", "--json").output.matches(of: /"batch"/).count == 1)
      }
    }
  }

  @Test func batchesAreSteeredAndAnswersFitTheirDescription() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2").status == 0)
      let (file, bearer) = WebServer.token(farm)
      try await WebServer.with(farm, "--allow-actions", "--token-file", file) { server in
        let description = try Self.object(await server.get("/api/v1/openapi.json", headers: bearer))
        let checker = OpenAPISchema(description)
        let paths = try #require(description["paths"] as? [String: [String: [String: Any]]])
        var called: Set<String> = []
        for (action, state) in [
          ("pause", "paused"), ("resume", "queued"), ("cancel", "cancelled"), ("retry", "queued"),
        ] {
          let answer = try await server.post("/api/v1/batches/1/\(action)", "", headers: bearer)
          #expect(answer.status == 200, "\(action): \(answer.text)")
          let document = try Self.object(answer)
          #expect(document["state"] as? String == state, "\(action)")
          let path = "/api/v1/batches/{batch}/\(action)"
          called.insert(path)
          let content = try #require(Self.content(paths[path]?["post"], "200"))
          #expect(checker.faults(document, content, at: action) == [])
          guard state == "cancelled" else { continue }
          let wrong = try await server.post("/api/v1/batches/1/pause", "", headers: bearer)
          #expect(wrong.status == 409 && wrong.text.contains("nothing to pause"), "\(wrong.text)")
        }
        #expect(try await server.post("/api/v1/batches/7/pause", "", headers: bearer).status == 404)
        #expect(try await server.post("/api/v1/batches/1/explode", "", headers: bearer).status == 404)
        let path = "/api/v1/batches"
        for (query, status) in [("", "201"), ("?dry_run=true", "200")] {
          let answer = try await server.post(
            path + query, "name: x\ncells:\n  - { emotion: awe, count: 1 }", headers: bearer.merging(Self.yaml) { $1 })
          #expect("\(answer.status)" == status, "\(answer.text)")
          let content = try #require(Self.content(paths[path]?["post"], status))
          #expect(checker.faults(try Self.object(answer), content, at: path) == [])
        }
        called.insert(path)
        #expect(try await server.post("\(path)?dry_run=maybe", "x", headers: bearer).status == 400)
        #expect(called == Set(paths.filter { $0.value["post"] != nil }.keys))
      }
    }
  }

  private static func content(_ operation: [String: Any]?, _ status: String) -> Any? {
    let answer = (operation?["responses"] as? [String: [String: Any]])?[status]
    return (answer?["content"] as? [String: [String: Any]])?["application/json"]?["schema"]
  }

  @Test func onlyWhoShowsTheTokenChangesTheFarm() async throws {
    try await CommandFarm.with { farm in
      #expect(try await farm("enqueue", "--emotion", "awe", "--count", "2").status == 0)
      let (file, bearer) = WebServer.token(farm)
      let basic = ["Authorization": "Basic " + Data("a:0123456789abcdef".utf8).base64EncodedString()]
      func expect(
        _ status: Int, _ server: WebServer, _ headers: [String: String], _ said: String,
        _ location: SourceLocation = #_sourceLocation
      ) async throws {
        for (target, body) in [("/api/v1/batches/1/pause", ""), ("/api/v1/batches", Self.specification)] {
          let answer = try await server.post(target, body, headers: headers)
          #expect(answer.status == status, "\(target): \(answer.text)", sourceLocation: location)
          #expect(try Self.message(answer).contains(said), "\(answer.text)", sourceLocation: location)
          #expect(answer.headers.keys.allSatisfy { !$0.hasPrefix("access-control") }, sourceLocation: location)
        }
      }
      // Without the flag nobody does, and without a token no program.
      try await WebServer.with(farm, "--token-file", file) { server in
        try await expect(403, server, bearer.merging(Self.yaml) { $1 }, "--allow-actions")
        let plan = try await server.post(
          "/api/v1/batches?dry_run=true", Self.specification, headers: bearer.merging(Self.yaml) { $1 })
        #expect(plan.status == 200, "\(plan.text)")
      }
      try await WebServer.with(farm, "--allow-actions") { server in
        try await expect(403, server, Self.yaml, "--token-file FILE")
        // A dry run is no form of another site either.
        let form = try await server.post("/api/v1/batches?dry_run=true", Self.specification)
        #expect(form.status == 415, "\(form.text)")
      }
      try await WebServer.with(farm, "--allow-actions", "--token-file", file) { server in
        try await expect(401, server, Self.yaml, "the password")
        // A browser adds the password that it keeps to what another site's page sends.
        try await expect(403, server, basic.merging(Self.yaml) { $1 }, "a password is not enough")
        for site in ["cross-site", "same-site"] {
          try await expect(403, server, bearer.merging(["Sec-Fetch-Site": site]) { $1 }, "another site")
        }
        for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
          let answer = try await server.post(
            "/api/v1/batches", Self.specification, headers: bearer.merging(["Content-Type": type]) { $1 })
          #expect(answer.status == 415, "\(answer.text)")
        }
        // A browser asks before it sends what is not simple, and gets no leave.
        let preflight = try await RawHTTP.request(
          "/api/v1/batches", port: server.port, method: "OPTIONS",
          headers: [
            "Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
          ])
        #expect(preflight.status >= 400)
        #expect(preflight.headers.keys.allSatisfy { !$0.hasPrefix("access-control") })
      }
      try await WebServer.with(farm, "--allow-actions", "--proxy-header", "X-Forwarded-User") { server in
        let anna = ["X-Forwarded-User": "anna"]
        try await expect(415, server, anna, "Content-Type")
        try await expect(403, server, Self.yaml, "X-Forwarded-User")
        let headers = anna.merging(Self.yaml) { $1 }
        #expect(try await server.post("/api/v1/batches/1/pause", "", headers: headers).status == 200)
        let made = try await server.post("/api/v1/batches", Self.specification, headers: headers)
        #expect(made.status == 201, "\(made.text)")
        #expect(try await farm("status", "2", "--json").output.contains("\"user\" : \"anna\""))
      }
      #expect(try await farm("list", "--json").output.matches(of: /"batch"/).count == 2)
    }
  }
}
