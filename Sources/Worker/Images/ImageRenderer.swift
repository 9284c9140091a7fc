package import EmoGen
package import Vocabulary

/// What renders the images of a job: its model, or what stands for it where only the farm is measured.
package protocol ImageRenderer {
  /// The model as it was loaded.
  var model: ModelDescription { get }
  /// The files that were added to it, where they are on this machine.
  var additions: Additions { get }

  /// - Throws: `RenderError` if the model cannot render the request.
  func check(_ request: RenderRequest) throws
  func warnings(for request: RenderRequest) throws -> [String]

  /// Renders the request's images; blocks. Errors that the callbacks throw end it.
  func render(
    _ request: RenderRequest, onProgress: (RenderProgress) throws -> Void, onImage: (RenderedImage) throws -> Void
  ) throws
}

extension EmoGenPipeline: ImageRenderer {
  package func render(
    _ request: RenderRequest, onProgress: (RenderProgress) throws -> Void, onImage: (RenderedImage) throws -> Void
  ) throws {
    try render(request, trace: nil, onProgress: onProgress, onImage: onImage)
  }
}
