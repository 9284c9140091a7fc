import Admin

/// The schemas of the answers: the keys that are always there, with their types. config/json-output.md explains them.
enum Schemas {
  static var document: JSONDocument {
    [
      "Farm": object([
        "home": text, "store": text, "database": text, "free_bytes": orNull("integer"), "batches": list("BatchCounts"),
        "workers": list("Worker"),
      ]),
      "Workers": object(["workers": list("Worker")]),
      "Worker": object([
        "worker": number, "host": text, "pid": number, "engine": text, "version": text, "threads": number,
        "state": text, "note": orNull("string"), "job": orNull("integer"), "labels": texts, "started": time,
        "heartbeat": time,
      ]),
      "Models": object(["models": list("Model")]),
      "Model": object([
        "name": text, "folder": text, "digest": text, "multiple": number, "registered": time,
        "defaults": ["type": "object"], "files": ["type": "array", "items": ["type": "object"]],
      ]),
      "Events": object(["events": ["type": "array", "items": reference("Event")]]),
      "Event": object([
        "event": number, "at": time, "level": text, "kind": text, "batch": orNull("integer"), "job": orNull("integer"),
        "worker": orNull("integer"), "detail": ["type": "object", "additionalProperties": text],
      ]),
      "Batches": object(["batches": list("BatchCounts"), "next": orNull("integer")]),
      "BatchCounts": object(counts),
      "Batch": object(
        counts.merging([
          "images_per_second": orNull("number"), "seconds_left": orNull("number"), "emotions": list("Emotion"),
          "running": ["type": "array", "items": ["type": "object"]],
          "stopped": ["type": "array", "items": ["type": "object"]],
          "waits": ["type": "object", "additionalProperties": number],
        ]) { $1 }),
      "Emotion": object([
        "emotion": orNull("string"), "images": number, "images_done": number, "images_failed": number,
      ]),
      "Specification": object(
        ["name": text, "cells": ["type": "array", "items": ["type": "object"]]], required: ["name"]),
      "Images": object(["images": list("ImageRow"), "next": orNull("integer")]),
      "ImageRow": object([
        "batch": number, "index": number, "cell": number, "emotion": orNull("string"), "subject": text, "seed": number,
        "sha256": text, "rgb_sha256": text, "bytes": number, "width": number, "height": number, "steps": number,
        "sampler": text, "guidance": ["type": "number"], "engine": text, "seconds": ["type": "number"],
        "worker": number, "job": number, "created": time,
      ]),
      "Image": object([
        "image": reference("ImageRow"),
        "file": object([
          "file": text, "bytes": number, "sha256": text, "provenance": ["type": "object"], "provenance_sha256": text,
          "texts": texts,
        ]),
      ]),
      "Enqueued": object([
        "batch": number, "created": ["type": "boolean"], "images": number, "jobs": number, "model": text,
      ]),
      "Plan": object([
        "images": number, "jobs": number, "cells": number, "model": text, "seconds": orNull("number"),
        "workers": number,
        "bytes": number, "bytes_are_bound": ["type": "boolean"], "free_bytes": orNull("integer"), "samples": number,
      ]),
      "Failure": object(["error": object(["status": number, "message": text])]),
    ]
  }

  private static let text: JSONDocument = ["type": "string"]
  private static let texts: JSONDocument = ["type": "array", "items": ["type": "string"]]
  private static let number: JSONDocument = ["type": "integer"]
  private static let time: JSONDocument = ["type": "string", "format": "date-time"]

  private static let counts: [String: JSONDocument] = [
    "batch": number, "key": orNull("string"), "name": text, "model": orNull("string"), "seed": number,
    "priority": number, "state": text, "images": number, "images_done": number,
    "jobs": object([
      "ready": number, "running": number, "done": number, "failed": number, "cancelled": number, "total": number,
    ]),
    "created": time, "started": orNull("string"), "finished": orNull("string"), "user": text,
    "training": orNull("object"), "labels": texts, "able_workers": number,
  ]

  private static func orNull(_ type: String) -> JSONDocument { ["type": [.string(type), "null"]] }

  private static func reference(_ name: String) -> JSONDocument { ["$ref": .string("#/components/schemas/\(name)")] }

  private static func list(_ name: String) -> JSONDocument { ["type": "array", "items": reference(name)] }

  /// - Parameter required: the keys that are always there; nil for all.
  private static func object(_ properties: [String: JSONDocument], required: [String]? = nil) -> JSONDocument {
    [
      "type": "object", "properties": .object(properties),
      "required": .array((required ?? properties.keys.sorted()).map { .string($0) }),
    ]
  }
}
