import Datasets
import Farm
import Files
import HTTPTypes
import Hummingbird
import NIOCore

/// Batches as datasets.
extension Interface {
  var datasets: [Operation] {
    [
      Operation(
        path: "/batches/{batch}/dataset.tar", name: "downloadDataset",
        summary: "A batch as a tar of images, metadata and classes for WebDataset.",
        details: """
          The members of `emofarm export --format webdataset`, by index, in one archive: of each image `NNNNNN.png`, \
          `NNNNNN.json` and, if it has an emotion, `NNNNNN.cls`. The archive is made while it is sent, so that its length is \
          not known before: it comes in chunks. It is cut if an image's file is missing or damaged, and the server says which: \
          the last chunk and the rest of a member are missing then, for which clients and readers of tars report an error. \
          At most four are sent at the same time.
          """,
        parameters: [
          Self.batch,
          .init(
            name: "partial", place: .query, kind: .word(["true", "false"]),
            summary: "Whether to send what there is of a batch that is not complete."),
        ], answer: .bytes("application/x-tar")
      ) { _, context, query in
        try await download(try Query.id(context, "batch"), isPartial: try query.flag("partial"))
      }
    ]
  }

  private func download(_ id: Int64, isPartial: Bool) async throws -> Response {
    let slot = try routes.slots.take()
    var beginning = try await BatchTar(id, isPartial: isPartial, data: data, files: routes.files)
    // A batch whose first image is damaged has an answer that says so.
    let first = try await beginning.next()
    let (tar, report) = (beginning, routes.report)
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/x-tar", .cacheControl: "no-store",
        .contentDisposition: "attachment; filename=\"\(tar.fileName)\"",
      ],
      body: ResponseBody { writer in
        var (tar, part) = (tar, first)
        while let bytes = part {
          // Waits until the client has taken what came before.
          try await writer.write(ByteBuffer(bytes: bytes))
          do {
            part = try await tar.next()
          } catch {
            if !(error is CancellationError) {
              report("the dataset of batch \(id) was cut after \(tar.sent) images: \(PageError.text(error))")
            }
            // Neither a program that reads the tar nor the client, which misses the last chunk, takes it for whole.
            try await writer.write(ByteBuffer(bytes: DatasetTar.cut))
            throw error
          }
        }
        try await writer.finish(nil)
        withExtendedLifetime(slot) {}
      })
  }
}
