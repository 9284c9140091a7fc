import Checkpoints
import Loaders
import TestSupport
import Testing

struct LDMNamesTests {
  /// Every module of a U-Net has one name in the original code, and no two the same.
  @Test func everyModuleOfAUNetHasItsOwnName() throws {
    let names = try BaseModel(SourceTree.tinyModel).weights(.unet).names
    let modules = Set(names.map { $0.replacing(/\.(weight|bias)$/, with: "") })
    let originals = LDMNames(diffusers: modules)
    let found = modules.compactMap(originals.original)
    #expect(found.count == modules.count)
    #expect(Set(found).count == modules.count)
  }

  /// The places in Stable Diffusion 1.x: four levels of two layers, the last of which does not attend.
  @Test(arguments: [
    ("conv_in", "input_blocks.0.0"), ("down_blocks.0.resnets.0.conv1", "input_blocks.1.0.in_layers.2"),
    ("down_blocks.0.attentions.1.proj_in", "input_blocks.2.1.proj_in"),
    ("down_blocks.1.downsamplers.0.conv", "input_blocks.6.0.op"),
    ("down_blocks.3.resnets.1.norm2", "input_blocks.11.0.out_layers.0"),
    ("mid_block.attentions.0.transformer_blocks.0.attn1.to_q", "middle_block.1.transformer_blocks.0.attn1.to_q"),
    ("mid_block.resnets.1.conv2", "middle_block.2.out_layers.3"),
    ("up_blocks.0.upsamplers.0.conv", "output_blocks.2.1.conv"),
    ("up_blocks.1.upsamplers.0.conv", "output_blocks.5.2.conv"),
    ("up_blocks.3.resnets.2.conv_shortcut", "output_blocks.11.0.skip_connection"),
    ("time_embedding.linear_2", "time_embed.2"), ("conv_out", "out.2"),
  ])
  func theNumbersAreThoseOfThePublishedCode(module: String, original: String) {
    let levels = (0..<4).flatMap { level -> [String] in
      let down = (0..<2).flatMap { layer in
        ["down_blocks.\(level).resnets.\(layer).conv1"]
          + (level < 3 ? ["down_blocks.\(level).attentions.\(layer).proj_in"] : [])
      }
      let up = (0..<3).flatMap { layer in
        ["up_blocks.\(level).resnets.\(layer).conv1"]
          + (level > 0 ? ["up_blocks.\(level).attentions.\(layer).proj_in"] : [])
      }
      return down + up
    }
    let names = LDMNames(diffusers: levels + ["mid_block.attentions.0.proj_in"])
    #expect(names.original(module) == original)
  }

  /// Names come from files.
  @Test(arguments: [
    "down_blocks.9223372036854775807.resnets.0.conv1", "down_blocks.0.resnets.9223372036854775807.conv1",
    "up_blocks.-1.attentions.0.proj_in", "up_blocks.100.attentions.0.proj_in", "", ".", "down_blocks...",
  ])
  func aModuleThatNoUNetHasIsGivenNoName(_ module: String) {
    #expect(LDMNames(diffusers: ["down_blocks.0.resnets.0.conv1", module]).original(module) == nil)
  }
}
