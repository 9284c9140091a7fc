import Foundation
import TestSupport
import Testing

/// The interface for programs, against its own description.
@Suite struct WebInterfaceTests {
  @Test func everyOperationAnswersAsDescribed() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 3)
      try await WebServer.with(farm) { server in
        let description = try Self.object(await server.get("/api/v1/openapi.json"))
        #expect(description["openapi"] as? String == "3.1.0")
        let paths = try #require(description["paths"] as? [String: [String: [String: Any]]])
        #expect(paths.count >= 10)
        let checker = Schema(description)
        let sha256 = URL(filePath: try #require(farm.artifacts().first)).deletingPathExtension().lastPathComponent
        for (path, methods) in paths {
          for (method, operation) in methods {
            #expect(method == "get")
            let id = try #require(operation["operationId"] as? String)
            let named = Set(path.matches(of: /\{(\w+)\}/).map { String($0.1) })
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            #expect(
              named == Set(parameters.filter { $0["in"] as? String == "path" }.compactMap { $0["name"] as? String }))
            let target = path.replacing("{batch}", with: "1").replacing("{index}", with: "1")
              .replacing("{sha256}", with: sha256)
            let answers = try #require(operation["responses"] as? [String: [String: Any]])
            let content = try #require(answers["200"]?["content"] as? [String: [String: Any]])
            let type = try #require(content.keys.first)
            if type == "text/event-stream" {
              let stream = try RawHTTP(port: server.port)
              try stream.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
              #expect(try stream.receive(until: "\n\nevent: batch\ndata: {").contains("200 OK"), "\(id)")
              continue
            }
            let answer = try await server.get(target)
            #expect(answer.status == 200 && answer.headers["content-type"] == type, "\(id): \(answer.text)")
            guard type == "application/json", let schema = content[type]?["schema"] else { continue }
            let document = try JSONSerialization.jsonObject(with: Data(answer.body))
            #expect(checker.faults(document, schema, at: id) == [], "\(id)")
            for parameter in parameters where parameter["in"] as? String == "query" {
              let name = try #require(parameter["name"] as? String)
              let wrong = try await server.get("\(target)?\(name)=!")
              #expect(wrong.status == 400, "\(id) \(name)")
              #expect(checker.faults(try Self.object(wrong), ["$ref": "#/components/schemas/Failure"], at: id) == [])
            }
            #expect(try await server.get("\(target)?unknown=1").status == 400, "\(id)")
          }
        }
      }
    }
  }

  @Test func documentsAreThoseOfTheCommands() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 3)
      try await WebServer.with(farm) { server in
        #expect(try await server.get("/api/v1/batches/1").text == farm("status", "1", "--json").output)
        let list = try Self.object(await server.get("/api/v1/batches?state=done&limit=1"))
        let batches = try #require(list["batches"] as? [[String: Any]])
        #expect(batches.count == 1 && batches.first?["images_done"] as? Int == 3 && list["next"] is NSNull)
        let first = try Self.object(await server.get("/api/v1/batches/1/images?limit=2"))
        #expect(first["next"] as? Int == 1 && (first["images"] as? [Any])?.count == 2)
        let rest = try Self.object(await server.get("/api/v1/batches/1/images?limit=2&after=1"))
        #expect(rest["next"] is NSNull && (rest["images"] as? [Any])?.count == 1)
        #expect(try await server.get("/api/v1/batches/7").status == 404)
        #expect(try await server.get("/api/v1/nothing").status == 404)
      }
    }
  }

  private static func object(_ answer: RawHTTP.Answer) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any], "\(answer.text)")
  }
}

/// Compares documents with the schemas of a description: the keywords that it uses, and no others.
private struct Schema {
  private let schemas: [String: [String: Any]]

  init(_ description: [String: Any]) {
    schemas = (description["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]] ?? [:]
  }

  func faults(_ value: Any, _ schema: Any, at place: String) -> [String] {
    guard let schema = schema as? [String: Any] else { return ["\(place): no schema"] }
    if let reference = schema["$ref"] as? String {
      guard let known = schemas[reference.split(separator: "/").last.map(String.init) ?? ""] else {
        return ["\(place): no schema \(reference)"]
      }
      return faults(value, known, at: place)
    }
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    guard types.contains(where: { Self.isOf($0, value) }) else { return ["\(place): \(value) is not \(types)"] }
    var found: [String] = []
    if let object = value as? [String: Any] {
      for key in schema["required"] as? [String] ?? [] where object[key] == nil { found.append("\(place): no \(key)") }
      let properties = schema["properties"] as? [String: Any] ?? [:]
      for (key, value) in object {
        if let own = properties[key] ?? schema["additionalProperties"] {
          found += faults(value, own, at: "\(place).\(key)")
        }
      }
    }
    if let items = schema["items"], let array = value as? [Any] {
      for (index, item) in array.enumerated() { found += faults(item, items, at: "\(place)[\(index)]") }
    }
    return found
  }

  private static func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "null": value is NSNull
    case "string": value is String
    case "array": value is [Any]
    case "object": value is [String: Any]
    case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    case "number": value is NSNumber
    default: false
    }
  }
}
