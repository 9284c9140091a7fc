import Admin
import Farm
import Files
import Foundation
import HTTPTypes
import Hummingbird
import Imaging
import NIOCore
import Training

/// The pages of trainings.
extension PageRoutes {
  func addTrainings(to router: Router<BasicRequestContext>) {
    router.get("/trainings") { request, _ in
      let query = try Query(request, known: ["before"])
      let before = try query.number("before", in: 1...Int64.max)
      let found = try await data.database.batches.list(
        before: before ?? .max, onlyTrainings: true, limit: TrainingsPage.pageSize + 1)
      return Answer.page(TrainingsPage(trainings: found, isFirst: before == nil, now: Date()).page)
    }
    router.get("/trainings/{batch}") { request, context in
      _ = try Query(request, known: [])
      let training = try await data.training(try Query.id(context, "batch"))
      let document = try JSONDecoder().decode(JSONDocument.self, from: Data(training.specification.utf8))
      return Answer.page(
        TrainingView(training, now: Date(), secret: allowsActions ? secret : nil).page(
          specification: TerminalText.fitted(try document.text(), 100_000)))
    }
    router.get("/trainings/{batch}/samples/{name}") { _, context in try await sample(context) }
  }

  /// Sample images that a larger file would hold are not those of a training.
  private static let largestSample = 32 << 20
  private static let sampleGate = AsyncGate(width: 1, longestQueue: 64)

  /// The samples of a step: a number that the run's folder has, and a picture that can be read. It is encoded again, so that
  /// no other file is ever sent.
  private func sample(_ context: BasicRequestContext) async throws -> Response {
    let training = try await data.training(try Query.id(context, "batch"))
    let name = context.parameters.get("name") ?? ""
    guard name.hasSuffix(".png"), let step = Int(name.dropLast(4)), "\(step).png" == name, let folder = training.folder,
      case .success(let history?) = training.history, history.samples.contains(step)
    else { throw PageError(.notFound, "there are no such samples") }
    let file = RunHistory.sample(step, in: folder)
    let bytes = try await Self.sampleGate.run {
      try await BlockingExecutor.run {
        guard let status = try File.status(file), status.st_size <= Self.largestSample,
          let bytes = try File.contents(file)
        else { throw PageError(.notFound, "there are no such samples any more") }
        return try PNG.encode(PNG.decode(bytes, named: file).image)
      }
    }
    return Response(
      status: .ok, headers: [.contentType: "image/png", .cacheControl: "private, max-age=600"],
      body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
