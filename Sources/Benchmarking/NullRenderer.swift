import EmoGen
import Farm
import Imaging
import Vocabulary
import Worker

/// Hands out one small picture for every image, so that a worker's time is the farm's alone.
struct NullRenderer: ImageRenderer {
  let model: ModelDescription
  let additions = Additions.none
  private let picture: RGBImage

  /// - Parameter job: whose images are asked for; the model has its digest, so that the queue accepts them.
  init(_ job: ClaimedJob) {
    model = ModelDescription(
      name: job.model.name, folder: job.model.folder, digest: job.model.digest, multiple: 8, files: [],
      defaults: job.settings)
    picture = RGBImage(width: job.settings.width, height: job.settings.height, filledWith: RGBColor(0, 0, 0))
  }

  func check(_ request: RenderRequest) {}
  func warnings(for request: RenderRequest) -> [String] { [] }

  func render(
    _ request: RenderRequest, onProgress: (RenderProgress) throws -> Void, onImage: (RenderedImage) throws -> Void
  ) throws {
    let steps = request.settings.steps
    let all = request.seeds.indices
    try onProgress(RenderProgress(block: .step(call: steps, calls: steps), images: all))
    for position in all {
      try onImage(
        RenderedImage(
          position: position, seed: request.seeds[position], image: picture, emotionVector: [], calls: steps,
          steps: steps, engineKind: "null"))
    }
  }
}
