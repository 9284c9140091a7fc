import Admin
import Farm
import Files
import Foundation
import Hummingbird
import Specifications
import Vocabulary

/// The interface for programs, version 1: the documents that commands print with `--json`, over HTTP.
struct Interface: Sendable {
  let routes: PageRoutes

  var data: PageData { routes.data }
  var hub: LiveHub { routes.hub }

  static let root = "/api/v1"
  /// The most entries of an answer; further ones follow after its last one.
  private static let largest = 1000

  func add(to router: Router<BasicRequestContext>) {
    let operations = operations
    for operation in operations {
      router.on(RouterPath(Self.root + operation.path), method: operation.method.request) { request, context in
        try await operation.respond(request, context, Query(request, known: operation.query))
      }
    }
    let description = Description(operations).document
    router.get("\(Self.root)/openapi.json") { _, _ in Answer.json(description) }
  }

  private var operations: [Operation] { farm + batches + images + datasets + writes }

  static let batch = Operation.Parameter(
    name: "batch", place: .path, kind: .number(1...Int64.max), summary: "The batch's number.")
  private static let limit = Operation.Parameter(
    name: "limit", place: .query, kind: .number(1...Int64(largest)), summary: "The most entries; 100 by default.")

  private static func limit(_ query: Query) throws -> Int {
    Int(try query.number("limit", in: 1...Int64(largest)) ?? 100)
  }

  /// The entries of an answer, and the place after which the next ones follow; null at the end.
  private static func list<Entry>(
    _ name: String, _ entries: [Entry], limit: Int, place: (Entry) -> Int64, document: (Entry) -> JSONDocument
  ) -> Response {
    let shown = entries.prefix(limit)
    let next = entries.count > limit ? shown.last.map(place) : nil
    return Answer.json([name: .array(shown.map(document)), "next": JSONDocument(next) { JSONDocument($0) }])
  }

  private var farm: [Operation] {
    let (data, hub) = (data, hub)
    return [
      Operation(
        path: "/farm", name: "getFarm", summary: "The farm: its place, unfinished batches and live workers.",
        parameters: [], answer: .json("Farm")
      ) { _, _, _ in
        let view = try await data.farm()
        return Answer.json(
          FarmOverview(
            home: view.place.home, store: view.place.store, database: view.place.database, freeBytes: view.freeBytes,
            minimumFreeBytes: view.place.minimumFreeBytes, batches: view.open, workers: view.workers
          ).json)
      },
      Operation(
        path: "/workers", name: "listWorkers", summary: "The live workers, newest first.", parameters: [],
        answer: .json("Workers")
      ) { _, _, _ in
        Answer.json(["workers": .array(try await data.farm().workers.map(\.document))])
      },
      Operation(
        path: "/models", name: "listModels", summary: "The registered models with their files.", parameters: [],
        answer: .json("Models")
      ) { _, _, _ in
        Answer.json(["models": .array(try await data.database.models.list().map(\.document))])
      },
      Operation(
        path: "/events", name: "listEvents", summary: "The latest events, oldest first.",
        parameters: [
          .init(
            name: "after", place: .query, kind: .number(0...Int64.max), summary: "Only events with greater numbers."),
          .init(name: "batch", place: .query, kind: .number(1...Int64.max), summary: "Only those of this batch."),
          Self.limit,
        ], answer: .json("Events")
      ) { _, _, query in
        let events = try await data.database.events.recent(
          batch: try query.number("batch", in: 1...Int64.max),
          after: try query.number("after", in: 0...Int64.max) ?? 0, limit: try Self.limit(query))
        return Answer.json(["events": .array(events.map { EventReport.json($0) })])
      },
      Operation(
        path: "/batches/{batch}/stream", name: "watchBatch",
        summary: "The batch as server-sent events.",
        details: """
          An event `batch` has the document of getBatch, on one line: first as it is, then whenever it changed, at most five \
          times a second. An event `problem` says in `text` why there is none, such as a database that is away, and `open` that \
          it is over. A comment comes at least every 15 seconds. A client that is slow misses states and gets the latest one; \
          one that was cut off connects again and has missed nothing.
          """,
        parameters: [Self.batch], answer: .events
      ) { _, context, _ in
        LiveStream.response(try await hub.frames(of: .status(try Query.id(context, "batch"))))
      },
    ]
  }

  private var batches: [Operation] {
    let data = data
    return [
      Operation(
        path: "/batches", name: "listBatches", summary: "Batches, newest first.",
        parameters: [
          .init(
            name: "state", place: .query, kind: .word(BatchState.allCases.map(\.rawValue)),
            summary: "Only those in this state."),
          .init(
            name: "before", place: .query, kind: .number(1...Int64.max),
            summary: "Only batches with smaller numbers: `next` of the page before."),
          Self.limit,
        ], answer: .json("Batches")
      ) { _, _, query in
        let limit = try Self.limit(query)
        let found = try await data.database.batches.list(
          states: try query.word("state", as: BatchState.self).map { [$0] },
          before: try query.number("before", in: 1...Int64.max) ?? .max, limit: limit + 1)
        return Self.list("batches", found, limit: limit, place: \.id) { BatchSnapshot($0).json }
      },
      Operation(
        path: "/batches/{batch}", name: "getBatch",
        summary: "A batch with its progress by emotion, running jobs and quarantine.", parameters: [Self.batch],
        answer: .json("Batch")
      ) { _, context, _ in
        Answer.json(try await data.batch(try Query.id(context, "batch")).snapshot.json)
      },
      Operation(
        path: "/batches/{batch}/specification", name: "getSpecification",
        summary: "The specification as it was enqueued.", parameters: [Self.batch], answer: .json("Specification")
      ) { _, context, _ in
        let spec = try await data.database.batches.spec(try Query.id(context, "batch")).json
        return Answer.json(try JSONDecoder().decode(JSONDocument.self, from: Data(spec.utf8)))
      },
    ]
  }

  private var images: [Operation] {
    let data = data
    return [
      Operation(
        path: "/batches/{batch}/images", name: "listImages",
        summary: "Finished images, by index. Their bytes are at /images/{sha256}.png.",
        parameters: [
          Self.batch,
          .init(
            name: "after", place: .query, kind: .number(-1...Int64(Int32.max)),
            summary: "Only images with greater indices: `next` of the page before."),
          .init(
            name: "emotion", place: .query, kind: .word(["none"] + Emotion.names),
            summary: "Only those of this dominant emotion; none for plain text."),
          Self.limit,
        ], answer: .json("Images")
      ) { _, context, query in
        let id = try Query.id(context, "batch")
        try await data.status(id).requireImages()
        let after = Int(try query.number("after", in: -1...Int64(Int32.max)) ?? -1)
        let limit = try Self.limit(query)
        let images = data.database.images
        let found: [ImageRow]
        switch try GalleryPage.Choice(query.text("emotion")) {
        case .all: found = try await images.page(id, after: after, limit: limit + 1)
        case .emotion(let name): found = try await images.page(id, emotion: name, after: after, limit: limit + 1)
        }
        return Self.list("images", found, limit: limit, place: { Int64($0.index) }) { $0.document }
      },
      Operation(
        path: "/batches/{batch}/images/{index}", name: "getImage", summary: "An image, and how it was made.",
        parameters: [
          Self.batch,
          .init(
            name: "index", place: .path, kind: .number(0...Int64(Int32.max)), summary: "The image's index in the batch."
          ),
        ], answer: .json("Image")
      ) { _, context, _ in
        let id = try Query.id(context, "batch")
        let index = Int(try Query.id(context, "index", upTo: Int64(Int32.max)))
        guard let row = try await data.database.images.image(id, index: index) else {
          throw PageError(.notFound, "there is no image \(index) of batch \(id), or none yet")
        }
        let store = data.store
        let document = try await BlockingExecutor.run {
          let stored = try StoredImage(row, in: store)
          return try ImageReport(stored, named: "\(row.sha256).png").json()
        }
        return Answer.json(["image": row.document, "file": document])
      },
    ]
  }
}
