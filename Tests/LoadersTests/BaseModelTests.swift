import Checkpoints
import TestSupport
import Testing

@testable import Loaders

struct BaseModelTests {
  @Test func aFolderInDiffusersLayoutIsRecognised() throws {
    let model = try BaseModel(SourceTree.tinyModel)
    #expect(model.path == SourceTree.tinyModel)
    #expect(model.multiple == 4)
    #expect(try model.weights(.unet).contains("conv_in.weight"))
  }
}
