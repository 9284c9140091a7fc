import Admin
import Vocabulary

/// The OpenAPI description of the interface.
struct Description {
  private let operations: [Operation]

  init(_ operations: [Operation]) {
    self.operations = operations
  }

  var document: JSONDocument {
    var paths: [String: JSONDocument] = [:]
    for operation in operations { paths[Interface.root + operation.path] = ["get": Self.document(operation)] }
    paths["/images/{sha256}.png"] = ["get": Self.bytes]
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "EmoFarm", "version": .string(Program.version),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
        "description":
          "The documents are those that `emofarm … --json` prints; config/json-output.md describes their keys.",
      ],
      "servers": [["url": "/"]],
      "security": [[:], ["token": []], ["password": []]],
      "paths": .object(paths),
      "components": [
        "schemas": Schemas.document,
        "securitySchemes": [
          "token": ["type": "http", "scheme": "bearer"], "password": ["type": "http", "scheme": "basic"],
        ],
      ],
    ]
  }

  private static func document(_ operation: Operation) -> JSONDocument {
    let content: JSONDocument =
      operation.answer.map { ["application/json": ["schema": ["$ref": .string("#/components/schemas/\($0)")]]] }
      ?? ["text/event-stream": ["schema": ["type": "string"]]]
    return [
      "operationId": .string(operation.name), "summary": .string(operation.summary),
      "parameters": .array(operation.parameters.map(document)),
      "responses": ["200": ["description": "What was asked for.", "content": content], "default": failure],
    ]
  }

  private static func document(_ parameter: Operation.Parameter) -> JSONDocument {
    let schema: JSONDocument =
      switch parameter.kind {
      case .number(let bounds):
        [
          "type": "integer", "format": "int64", "minimum": JSONDocument(bounds.lowerBound),
          "maximum": JSONDocument(bounds.upperBound),
        ]
      case .word(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
      }
    return [
      "name": .string(parameter.name), "in": .string(parameter.place.rawValue),
      "required": .bool(parameter.place == .path), "description": .string(parameter.summary), "schema": schema,
    ]
  }

  private static var failure: JSONDocument {
    [
      "description": "Why there is no answer.",
      "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Failure"]]],
    ]
  }

  private static var bytes: JSONDocument {
    [
      "operationId": "getImageBytes", "summary": "The PNG with a digest, whole or a range of its bytes.",
      "parameters": [
        [
          "name": "sha256", "in": "path", "required": true, "description": "The file's SHA-256.",
          "schema": ["type": "string", "pattern": "^[0-9a-f]{64}$"],
        ]
      ],
      "responses": [
        "200": ["description": "The file.", "content": ["image/png": [:]]],
        "206": ["description": "The range.", "content": ["image/png": [:]]],
        "304": ["description": "The client has it already."], "416": ["description": "The file has no such range."],
        "default": ["description": "Why there is no answer.", "content": ["text/html": [:]]],
      ],
    ]
  }
}
