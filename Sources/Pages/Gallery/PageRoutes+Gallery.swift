import Admin
import Farm
import Files
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Vocabulary

/// The gallery of a batch, and what is done with images that somebody chose in it.
extension PageRoutes {
  func addGallery(to router: Router<BasicRequestContext>) {
    router.get("/batches/{batch}/images") { request, context in try await gallery(request, context) }
    router.post("/batches/{batch}/selection") { request, context in try await selection(request, context) }
    router.get("/compare/images") { request, _ in try await sideBySide(request) }
  }

  private func gallery(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let query = try Query(request, known: GalleryFields.names)
    let id = try Query.id(context, "batch")
    let status = try await data.status(id)
    try status.requireImages()
    let fields = try GalleryFields(query)
    var filter = try fields.filter()
    if let seed = fields.seed { filter = .all([filter, Self.slot(of: seed, in: status)]) }
    return Answer.page(
      GalleryPage(
        status: status, emotions: try await data.database.batches.emotions(id), fields: fields,
        found: try await data.database.images.gallery(
          id, filter, order: fields.order, after: fields.after, limit: GalleryPage.pageSize),
        secret: secret, allowsActions: allowsActions
      ).page)
  }

  /// Which index a seed belongs to: try number k of an index has the batch's seed plus the index plus k times the number of
  /// images, modulo 2^63. So a seed is found without looking for it.
  private static func slot(of seed: Int64, in status: BatchStatus) -> ImageFilter {
    let distance = (UInt64(bitPattern: seed) &- status.seed) & UInt64(Int64.max)
    guard status.images > 0 else { return .any([]) }
    let images = UInt64(status.images)
    guard distance / images < UInt64(max(1, status.acceptance?.tries ?? 1)) else { return .any([]) }
    return .compare(.index, .equal, .whole(Int(distance % images)))
  }

  /// What somebody wants with the chosen images.
  private enum Step: String, CaseIterable { case compare, lines, condition, reject }

  /// A page's boxes, each with its name.
  private static let largestSelection = GalleryPage.pageSize * 32

  private func selection(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
    let id = try Query.id(context, "batch")
    let body = try await request.body.collect(upTo: Self.largestSelection)
    let form = try FormFields(String(buffer: body))
    try secret.check(form["csrf"], request.head)
    guard let step = form["step"].flatMap(Step.init(rawValue:)) else {
      throw PageError(
        .badRequest, "the step must be one of \(Step.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let texts = form.all("index")
    let indices = texts.compactMap { Int($0) }.filter { (0...Int(Int32.max)).contains($0) }
    guard indices.count == texts.count else { throw PageError(.badRequest, "an index of the form is no number") }
    guard !indices.isEmpty else {
      throw PageError(.badRequest, "no image is chosen: choose some with the boxes below them")
    }
    let chosen = Array(Set(indices)).sorted()
    switch step {
    case .reject:
      try requireActions()
      let rows = try await data.database.images.some(id, indices: chosen)
      let taken = try await data.database.batches.reject(id, rows.map { ($0.index, $0.sha256) })
      await data.forget(id)
      await hub.wake(batch: id)
      return Answer.page(RejectedPage(batch: id, chosen: chosen.count, taken: taken).page)
    case .compare:
      let images = chosen.map { "\(id):\($0)" }.joined(separator: ",")
      return Answer.redirect(to: "/compare/images?images=\(images)")
    case .condition:
      return Self.download(
        "index in (\(chosen.map { "\($0)" }.joined(separator: ", ")))\n", "text/plain; charset=utf-8",
        "batch-\(id)-where.txt")
    case .lines:
      let rows = try await data.database.images.some(id, indices: chosen)
      let lines = try rows.map { try $0.document.line() + "\n" }.joined()
      return Self.download(lines, "application/x-ndjson", "batch-\(id)-images.jsonl")
    }
  }

  private static func download(_ text: String, _ type: String, _ name: String) -> Response {
    Response(
      status: .ok,
      headers: [
        .contentType: type, .cacheControl: "no-store", .contentDisposition: "attachment; filename=\"\(name)\"",
      ], body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// Images of any batches beside each other: `images=1:3,2:0`.
  private func sideBySide(_ request: Request) async throws -> Response {
    let query = try Query(request, known: ["images"])
    let parts = (query.text("images") ?? "").split(separator: ",", omittingEmptySubsequences: false)
    guard SideBySidePage.counts.contains(parts.count) else {
      throw PageError(
        .badRequest,
        "choose \(SideBySidePage.counts.lowerBound) to \(SideBySidePage.counts.upperBound) images, as in /compare/images?images=1:3,2:0"
      )
    }
    var rows: [ComparedImage] = []
    for part in parts {
      let numbers = part.split(separator: ":", omittingEmptySubsequences: false)
      guard numbers.count == 2, let batch = Int64(numbers[0]), batch > 0, let index = Int(numbers[1]),
        (0...Int(Int32.max)).contains(index)
      else {
        throw PageError(
          .badRequest, "'\(part.prefix(40))' must be the number of a batch, a colon and an index, as in 1:3")
      }
      let images = data.database.images
      guard let row = try await images.image(batch, index: index) else {
        throw PageError(.notFound, "batch \(batch) has no image \(index), or none yet")
      }
      rows.append(ComparedImage(row: row, measurement: try await images.measurements(batch, in: index...index)[index]))
    }
    return Answer.page(SideBySidePage(images: rows).page)
  }
}

/// An image with what its batch's classifiers see in it.
struct ComparedImage: Sendable {
  let row: ImageRow
  let measurement: ImageMeasurement?
}
