import Admin
import Vocabulary

/// The OpenAPI description of the interface.
struct Description {
  private let operations: [Operation]

  init(_ operations: [Operation]) {
    self.operations = operations
  }

  var document: JSONDocument {
    var paths: [String: [String: JSONDocument]] = [:]
    for operation in operations {
      paths[Interface.root + operation.path, default: [:]][operation.method.rawValue] = Self.document(operation)
    }
    paths["/images/{sha256}.png"] = [
      "get": Self.bytes("getImageBytes", "The PNG with a digest, whole or a range of its bytes.", "image/png")
    ]
    paths["/thumbnails/{sha256}.jpg"] = [
      "get": Self.bytes(
        "getThumbnail", "The image with a digest as a JPEG of at most \(ImageFiles.thumbnailSide) pixels a side.",
        "image/jpeg")
    ]
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
      "paths": .object(paths.mapValues { .object($0) }),
      "components": [
        "schemas": Schemas.document,
        "securitySchemes": [
          "token": ["type": "http", "scheme": "bearer"], "password": ["type": "http", "scheme": "basic"],
        ],
      ],
    ]
  }

  private static func document(_ operation: Operation) -> JSONDocument {
    var document: [String: JSONDocument] = [
      "operationId": .string(operation.name), "summary": .string(operation.summary),
      "parameters": .array(operation.parameters.map(parameter)), "responses": responses(operation),
    ]
    if let details = operation.details { document["description"] = .string(details) }
    if operation.method == .post {
      // A password alone changes nothing; behind a proxy its user does.
      document["security"] = [[:], ["token": []]]
    }
    if case .specification = operation.body {
      document["requestBody"] = [
        "required": true,
        "content": [
          "application/json": ["schema": ["type": "object"]], "application/yaml": ["schema": ["type": "string"]],
        ],
      ]
    }
    return .object(document)
  }

  private static func responses(_ operation: Operation) -> JSONDocument {
    let content = content(operation.answer)
    guard let alternative = operation.alternative else {
      return ["200": ["description": "What was asked for.", "content": content], "default": failure]
    }
    let schemas: [JSONDocument] = [operation.answer, .json(alternative)].compactMap { schema($0) }
    return [
      "200": [
        "description": "What exists already, or the dry run's figures.",
        "content": ["application/json": ["schema": ["anyOf": .array(schemas)]]],
      ],
      "201": [
        "description": "What was made.",
        "headers": ["Location": ["description": "Its address.", "schema": ["type": "string"]]], "content": content,
      ],
      "default": failure,
    ]
  }

  private static func schema(_ content: Operation.Content) -> JSONDocument? {
    guard case .json(let name) = content else { return nil }
    return ["$ref": .string("#/components/schemas/\(name)")]
  }

  private static func content(_ answer: Operation.Content) -> JSONDocument {
    switch answer {
    case .json: ["application/json": ["schema": schema(answer) ?? [:]]]
    case .events: ["text/event-stream": ["schema": ["type": "string"]]]
    case .bytes(let type): .object([type: [:]])
    }
  }

  private static func parameter(_ parameter: Operation.Parameter) -> JSONDocument {
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

  private static func bytes(_ name: String, _ summary: String, _ type: String) -> JSONDocument {
    let content: JSONDocument = .object([type: [:]])
    return [
      "operationId": .string(name), "summary": .string(summary),
      "description":
        "The bytes never change: the entity tag in `If-None-Match` is answered with 304, without reading the file.",
      "parameters": [
        [
          "name": "sha256", "in": "path", "required": true, "description": "The SHA-256 of the image's PNG.",
          "schema": ["type": "string", "pattern": "^[0-9a-f]{64}$"],
        ]
      ],
      "responses": [
        "200": ["description": "The file.", "content": content],
        "206": ["description": "The range.", "content": content],
        "304": ["description": "The client has it already."], "416": ["description": "The file has no such range."],
        "default": ["description": "Why there is no answer.", "content": ["text/html": [:]]],
      ],
    ]
  }
}
