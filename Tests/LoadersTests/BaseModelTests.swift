import Checkpoints
import Loaders
import TestSupport
import Testing

struct BaseModelTests {
  @Test func aFolderInDiffusersLayoutIsRecognised() throws {
    let model = try BaseModel(SourceTree.tinyModel)
    #expect(model.path == SourceTree.tinyModel)
    #expect(model.multiple == 4)
    #expect(try model.weights(.unet).contains("conv_in.weight"))
  }
}
