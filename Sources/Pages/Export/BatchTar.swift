import Admin
import Datasets
import Farm
import Files

/// The images of a batch as a tar, part by part, as fast as its reader takes them.
///
/// Memory holds one read of the index and the images that are read at the same time. Between two parts it holds neither a
/// connection to the database nor a file. Each image is compared with its row, as an export does: a tar that cannot be
/// whole has no end, and the error names the image.
struct BatchTar: Sendable {
  /// Rows of the index that are read at once.
  private static let pageSize = 256
  /// Images that are read at the same time from a store over a network.
  private static let widest = 8

  private let status: BatchStatus
  private let images: ImageIndex
  private let files: ImageFiles
  private let tar: DatasetTar
  private var rows: ArraySlice<ImageRow> = []
  private var measurements: [Int: ImageMeasurement] = [:]
  private var last = -1
  private var isEnded = false
  /// Images of the parts so far.
  private(set) var sent = 0

  /// - Throws: ``PageError``, `DatasetError`, `AdminError` if the batch has no such tar.
  init(_ id: Int64, isPartial: Bool, data: PageData, files: ImageFiles) async throws {
    status = try await data.database.batches.status(id)
    try status.requireImages()
    guard isPartial || status.isComplete else {
      throw FarmError(
        .refused,
        "batch \(id) is \(status.state.rawValue) with \(status.imagesDone) of \(status.images) images: wait for it, or ask for "
          + "what there is with ?partial=true")
    }
    guard status.imagesDone > 0 else { throw FarmError(.refused, "batch \(id) has no image yet") }
    var (texts, labelled) = (0, 0)
    for emotion in try await data.database.batches.emotions(id) {
      if emotion.emotion == nil { texts += emotion.imagesDone } else { labelled += emotion.imagesDone }
    }
    tar = try DatasetTar(isMeasured: status.classifiers != nil, texts: texts, labelled: labelled)
    images = data.database.images
    self.files = files
  }

  var fileName: String { "batch-\(status.id).tar" }

  /// The next part; nil after the end of the archive.
  ///
  /// - Throws: ``PageError`` (`damagedImage`) that names the image, `FarmError`, `PostgresError`.
  mutating func next() async throws -> [UInt8]? {
    guard !isEnded else { return nil }
    if rows.isEmpty { try await read() }
    guard !rows.isEmpty else {
      // A repair may take images back while the others are sent.
      guard sent >= status.imagesDone else {
        throw FarmError(
          .conflict,
          "batch \(status.id) had \(status.imagesDone) images at the beginning, and only \(sent) until its end")
      }
      isEnded = true
      return DatasetTar.end
    }
    let group = Array(rows.prefix(min(max(1, files.width), Self.widest)))
    rows = rows.dropFirst(group.count)
    var part: [UInt8] = []
    for (row, image) in zip(group, try await files.stored(group)) {
      let stored: StoredImage
      do {
        stored = try image.get()
      } catch let error as FarmError {
        guard FileFault(row, error) != nil else { throw error }
        throw PageError(
          .damagedImage,
          "image \(row.index) cannot be sent: \(error.message); `emofarm repair \(row.batch)` has it rendered again")
      }
      var member = BatchImages.image(row, source: files.path(row), record: stored.record)
      member.measured = measurements[row.index].map { DatasetImage.Measured($0) }
      part += try tar.members(of: member, stored.bytes)
    }
    sent += group.count
    return part
  }

  private mutating func read() async throws {
    let page = try await images.page(status.id, after: last, limit: Self.pageSize)
    guard let end = page.last?.index else { return }
    measurements = status.classifiers == nil ? [:] : try await images.measurements(status.id, in: last + 1...end)
    rows = page[...]
    last = end
  }
}
