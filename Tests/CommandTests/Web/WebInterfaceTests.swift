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
        let checker = OpenAPISchema(description)
        let sha256 = URL(filePath: try #require(farm.artifacts().first)).deletingPathExtension().lastPathComponent
        for (path, methods) in paths {
          for (method, operation) in methods {
            // WebWritesTests calls what changes something.
            guard method == "get" else { continue }
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
            guard type == "application/json", let schema = content[type]?["schema"] else {
              #expect(!answer.body.isEmpty, "\(id)")
              continue
            }
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

  /// The rules of OpenAPI 3.1 that a generator of clients depends on.
  @Test func theDescriptionKeepsTheRulesOfOpenAPI() async throws {
    try await CommandFarm.with { farm in
      try await WebServer.with(farm) { server in
        let description = try Self.object(await server.get("/api/v1/openapi.json"))
        #expect(Set(description.keys) == ["openapi", "info", "servers", "security", "paths", "components"])
        let info = try #require(description["info"] as? [String: Any])
        #expect(info["title"] is String && info["version"] is String)
        let components = try #require(description["components"] as? [String: [String: [String: Any]]])
        let schemas = try #require(components["schemas"])
        let schemes = try #require(components["securitySchemes"])
        for (name, schema) in schemas { #expect(Self.schemaFaults(schema, schemas) == [], "\(name)") }
        let paths = try #require(description["paths"] as? [String: [String: [String: Any]]])
        var names: Set<String> = []
        // Paths that differ in the names of their parameters alone are the same path.
        #expect(Set(paths.keys.map { $0.replacing(/\{\w+\}/, with: "{}") }).count == paths.count)
        for (path, methods) in paths {
          #expect(path.hasPrefix("/"))
          for (method, operation) in methods {
            #expect(["get", "post"].contains(method))
            let id = try #require(operation["operationId"] as? String, "\(path)")
            #expect(names.insert(id).inserted, "\(id) twice")
            #expect(operation["summary"] is String, "\(id)")
            #expect(
              Set(operation.keys).isSubset(of: [
                "operationId", "summary", "description", "parameters", "requestBody", "responses", "security",
              ]), "\(id)")
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            var places: Set<String> = []
            for parameter in parameters {
              let (name, place) = (parameter["name"] as? String ?? "", parameter["in"] as? String ?? "")
              #expect(["path", "query"].contains(place) && places.insert("\(place) \(name)").inserted, "\(id) \(name)")
              #expect(place != "path" || parameter["required"] as? Bool == true, "\(id) \(name)")
              let schema = try #require(parameter["schema"] as? [String: Any], "\(id) \(name)")
              #expect(Self.schemaFaults(schema, schemas) == [], "\(id) \(name)")
            }
            let named = Set(path.matches(of: /\{(\w+)\}/).map { "path \($0.1)" })
            #expect(named == places.filter { $0.hasPrefix("path ") }, "\(id)")
            let answers = try #require(operation["responses"] as? [String: [String: Any]])
            #expect(answers["200"] != nil && answers["default"] != nil, "\(id)")
            var contents = answers.values.compactMap { $0["content"] as? [String: [String: Any]] }
            for (status, answer) in answers {
              #expect(status == "default" || (Int(status).map { (100..<600).contains($0) } ?? false), "\(id)")
              #expect(answer["description"] is String, "\(id) \(status)")
            }
            if let body = operation["requestBody"] as? [String: Any] {
              #expect(method == "post", "\(id)")
              contents.append(try #require(body["content"] as? [String: [String: Any]], "\(id)"))
            }
            for content in contents {
              #expect(!content.isEmpty && content.keys.allSatisfy { $0.contains("/") }, "\(id)")
              for schema in content.values.compactMap({ $0["schema"] as? [String: Any] }) {
                #expect(Self.schemaFaults(schema, schemas) == [], "\(id)")
              }
            }
            for requirement in operation["security"] as? [[String: Any]] ?? [] {
              #expect(requirement.keys.allSatisfy { schemes[$0] != nil }, "\(id)")
            }
          }
        }
      }
    }
  }

  /// What is wrong with a schema itself: keywords that JSON Schema does not have or gives other types, and references that
  /// lead nowhere.
  private static func schemaFaults(_ schema: [String: Any], _ all: [String: Any]) -> [String] {
    let types: Set<String> = ["null", "boolean", "object", "array", "number", "string", "integer"]
    return schema.flatMap { key, value -> [String] in
      switch key {
      case "$ref":
        let name =
          (value as? String)?.split(separator: "/", omittingEmptySubsequences: false).last.map(String.init) ?? ""
        return value as? String == "#/components/schemas/\(name)" && all[name] != nil ? [] : ["no \(value)"]
      case "type":
        let named = (value as? [String]) ?? (value as? String).map { [$0] } ?? []
        return !named.isEmpty && named.allSatisfy(types.contains) ? [] : ["type \(value)"]
      case "properties":
        guard let properties = value as? [String: [String: Any]] else { return ["properties"] }
        let missing = (schema["required"] as? [String] ?? []).filter { properties[$0] == nil }
        return properties.values.flatMap { schemaFaults($0, all) } + missing.map { "required \($0)" }
      case "items", "additionalProperties":
        return (value as? [String: Any]).map { schemaFaults($0, all) } ?? [key]
      case "anyOf":
        return (value as? [[String: Any]])?.flatMap { schemaFaults($0, all) } ?? [key]
      case "required", "enum":
        let words = value as? [String] ?? []
        return !words.isEmpty && Set(words).count == words.count ? [] : [key]
      case "minimum", "maximum": return value is NSNumber ? [] : [key]
      case "format", "pattern", "description": return value is String ? [] : [key]
      default: return ["the keyword \(key)"]
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
