import Admin
import Farm
import Files
import Foundation
import HTTPTypes
import Hummingbird
import Postgres
import Specifications
import Vocabulary

/// The addresses of the pages.
struct PageRoutes: Sendable {
  let data: PageData
  let hub: LiveHub
  let files: ImageFiles
  let rule: AccessRule
  let allowsActions: Bool
  let secret: FormSecret
  /// Says what went wrong after an answer had begun.
  let report: @Sendable (String) -> Void
  let slots = DownloadSlots()

  init(
    data: PageData, hub: LiveHub, files: ImageFiles, rule: AccessRule, secret: FormSecret, allowsActions: Bool,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.data = data
    self.hub = hub
    self.files = files
    self.rule = rule
    self.secret = secret
    self.report = report
    self.allowsActions = allowsActions
  }

  func add(to router: Router<BasicRequestContext>) {
    router.get("/") { request, _ in
      _ = try Query(request, known: [])
      return Answer.page(FarmPage(view: try await data.farm(), now: Date()).page)
    }
    router.get("/healthz") { _, _ in Answer.text("ok\n") }
    router.get("/batches") { request, _ in try await batches(request) }
    addDrafts(to: router)
    addGallery(to: router)
    addTrainings(to: router)
    router.get("/batches/{batch}") { request, context in try await batch(request, context) }
    router.get("/batches/{batch}/cells") { request, context in try await cells(request, context) }
    router.get("/batches/{batch}/images/{index}") { request, context in try await image(request, context) }
    router.post("/batches/{batch}/actions") { request, context in try await act(request, context) }
    router.get("/compare") { request, _ in try await compare(request) }
    router.get("/models") { request, _ in
      _ = try Query(request, known: [])
      return Answer.page(ModelsPage(models: try await data.database.models.list(), now: Date(), secret: secret).page)
    }
    router.get("/images/{name}") { request, context in
      let query = try Query(request, known: ["name"])
      let sha256 = try ImageFiles.digest(context.parameters.get("name") ?? "", suffix: ".png")
      let name = try query.text("name").map(Self.fileName)
      if let unchanged = Answer.unchanged(tag: sha256, request) { return unchanged }
      return try Answer.bytes(
        try await files.image(sha256), type: "image/png", tag: sha256, request: request, download: name)
    }
    router.get("/thumbnails/{name}") { request, context in
      let sha256 = try ImageFiles.digest(context.parameters.get("name") ?? "", suffix: ".jpg")
      let tag = "\(sha256)-\(ImageFiles.thumbnailSide)"
      if let unchanged = Answer.unchanged(tag: tag, request) { return unchanged }
      return try Answer.bytes(try await files.thumbnail(sha256), type: "image/jpeg", tag: tag, request: request)
    }
    Interface(routes: self).add(to: router)
    router.get("/assets/{digest}/{name}") { request, context in
      guard let asset = Asset.named(context.parameters.get("name") ?? "") else {
        throw PageError(.notFound, "there is no such file")
      }
      return try Answer.bytes(asset.bytes, type: asset.type, tag: asset.tag, request: request)
    }
    router.get("/live/farm") { _, _ in LiveStream.response(try await hub.frames(of: .farm)) }
    router.get("/live/batches/{batch}") { _, context in
      LiveStream.response(try await hub.frames(of: .batch(try Query.id(context, "batch"))))
    }
    router.get("/live/trainings/{batch}") { _, context in
      LiveStream.response(try await hub.frames(of: .training(try Query.id(context, "batch"))))
    }
  }

  /// The live parts of a topic's page.
  ///
  /// - Parameter secret: of the forms that steer a batch; nil if pages are read-only.
  static func parts(
    of topic: LiveHub.Topic, _ data: PageData, secret: FormSecret?
  ) async throws -> [LivePart] {
    switch topic {
    case .farm: FarmPage(view: try await data.farm(), now: Date()).parts
    case .batch(let id): BatchPage(view: try await data.batch(id), now: Date(), secret: secret).parts
    case .training(let id):
      TrainingView(try await data.training(id), now: Date(), secret: secret).parts
    case .status(let id): [.document("batch", try await data.batch(id).snapshot.json.line())]
    }
  }

  /// Passes PostgreSQL's notifications to the hub, on one connection for all who watch.
  static func listen(_ database: FarmDatabase, _ hub: LiveHub) async {
    let listener = PostgresListener(database.configuration, channels: FarmChannel.allCases.map(\.rawValue))
    for await event in listener.events() {
      switch event {
      case .connected, .reconnected: await hub.wakeAll()
      case .notification(let notification):
        await hub.wake(batch: notification.channel == FarmChannel.workers.rawValue ? nil : Int64(notification.payload))
      case .unavailable: return
      }
    }
  }

  /// A file's name in an answer's header, of harmless characters alone.
  private static func fileName(_ text: String) throws(PageError) -> String {
    guard text.utf8.count <= 100, text.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]*/) != nil else {
      throw PageError(.badRequest, "a file's name must consist of letters, digits, '.', '_' and '-'")
    }
    return text
  }

  private func batches(_ request: Request) async throws -> Response {
    let query = try Query(request, known: ["state", "before"])
    let filter = try query.word("state", as: BatchesPage.Filter.self) ?? .all
    let before = try query.number("before", in: 1...Int64.max)
    let found = try await data.database.batches.list(
      states: filter.states, before: before ?? .max, limit: BatchesPage.pageSize + 1)
    return Answer.page(
      BatchesPage(
        filter: filter, batches: found, rates: try await data.rates(), isFirst: before == nil, now: Date()
      ).page)
  }

  private func batch(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    _ = try Query(request, known: [])
    let id = try Query.id(context, "batch")
    let view = try await data.batch(id)
    let cells = try await data.database.batches.cells(id, limit: CellRows.pageSize + 1)
    let spec = try await data.database.batches.spec(id).json
    let document = try JSONDecoder().decode(JSONDocument.self, from: Data(spec.utf8))
    return Answer.page(
      BatchPage(view: view, now: Date(), secret: allowsActions ? secret : nil).page(
        cells: cells, specification: TerminalText.fitted(try document.text(), 100_000)))
  }

  private func cells(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let query = try Query(request, known: ["after"])
    let id = try Query.id(context, "batch")
    let after = try query.number("after", in: 0...Int64(Int32.max))
    let status = try await data.status(id)
    let cells = try await data.database.batches.cells(
      id, after: after.map { Int($0) } ?? -1, limit: CellRows.pageSize + 1)
    return Answer.page(
      Layout(title: "Cells of batch \(id)", place: .batches).page(
        """
        <h1><a href="/batches/\(id)">Batch \(id)</a> <span class="name">\(status.name)</span> Cells</h1>
        \(CellRows.table(cells, batch: id))
        """))
  }

  private func compare(_ request: Request) async throws -> Response {
    let query = try Query(request, known: ["left", "right", "after"])
    let ids = try ["left", "right"].map { name throws(PageError) -> Int64 in
      guard let id = try query.number(name, in: 1...Int64.max) else {
        throw PageError(.badRequest, "\(name) must be the number of a batch, as in /compare?left=1&right=2")
      }
      return id
    }
    let after = Int(try query.number("after", in: -1...Int64(Int32.max)) ?? -1)
    let (left, right) = (try await data.status(ids[0]), try await data.status(ids[1]))
    try left.requireImages()
    try right.requireImages()
    let images = data.database.images
    let own = try await images.page(left.id, after: after, limit: ComparePage.pageSize + 1)
    // The index of a seed follows from the batch's own seed.
    let places = own.map {
      Int(exactly: ($0.seed &- right.seed) & UInt64(Int64.max)).flatMap { $0 < right.images ? $0 : nil }
    }
    let others = try await images.some(right.id, indices: places.compactMap { $0 })
    let byIndex = Dictionary(others.map { ($0.index, $0) }) { first, _ in first }
    let progress = try await data.database.batches.emotions(right.id)
    let emotions = try await data.database.batches.emotions(left.id).map { one in
      (left: one, right: progress.first { $0.emotion == one.emotion })
    }
    return Answer.page(
      ComparePage(
        left: left, right: right, emotions: emotions,
        recognised: (try await recognised(left), try await recognised(right)),
        pairs: zip(own, places).map { ($0, $1.flatMap { byIndex[$0] }) }, after: after
      ).page)
  }

  /// nil if the batch measures nothing.
  private func recognised(_ status: BatchStatus) async throws -> [Emotion: [Int]]? {
    status.classifiers == nil ? nil : try await data.recognised(status.id)
  }

  private func image(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    _ = try Query(request, known: [])
    let id = try Query.id(context, "batch")
    let index = Int(try Query.id(context, "index", upTo: Int64(Int32.max)))
    let images = data.database.images
    guard let row = try await images.image(id, index: index) else {
      let status = try await data.status(id)
      throw PageError(
        .notFound,
        index < status.images
          ? "image \(index) of batch \(id) is not rendered yet"
          : "batch \(id) has \(status.images) images, no image \(index)")
    }
    let store = data.store
    let report: Result<[(label: String, text: String)], any Error>
    do {
      let rows = try await BlockingExecutor.run {
        try ImageReport(StoredImage(row, in: store), named: "\(row.sha256).png").rows
      }
      report = .success(rows)
    } catch {
      report = .failure(error)
    }
    let next = try await images.page(id, after: index, limit: 1).first?.index
    let previous = try await images.before(id, index: index)
    return Answer.page(
      ImagePage(
        row: row, batchName: try await data.status(id).name, report: report, previous: previous, next: next,
        others: try await images.withSeed(row.seed, except: id, limit: 12),
        measurement: try await images.measurements(id, in: index...index)[index], now: Date()
      ).page)
  }

  /// - Throws: ``PageError`` (`forbidden`) if the pages are read-only.
  func requireActions() throws(PageError) {
    guard allowsActions else {
      throw PageError(.forbidden, "these pages are read-only: start the server with --allow-actions")
    }
  }

  private func act(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    try requireActions()
    let id = try Query.id(context, "batch")
    let form = try FormFields(try await request.text(atMost: 4096))
    try secret.check(form["csrf"], request.head)
    guard let action = form["action"].flatMap(BatchAction.init(rawValue:)) else {
      throw PageError(
        .badRequest, "the action must be one of \(BatchAction.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    try await action.perform(id, data.database.batches)
    await data.forget(id)
    await hub.wake(batch: id)
    let isTraining = try await data.status(id).training != nil
    return Answer.redirect(to: isTraining ? "/trainings/\(id)" : "/batches/\(id)")
  }
}
