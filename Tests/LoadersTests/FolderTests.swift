import Checkpoints
import Engine
import Files
import Foundation
import Loaders
import Models
import TestSupport
import Testing
import Vocabulary

/// What a folder says about itself decides, and what it is not is said.
struct FolderTests {
  // MARK: - model_index.json

  private func refusal(_ changes: [String: Any?]) async throws -> CheckpointError? {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      try edit("\(home)/m/model_index.json", changes)
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m") }
      #expect(error?.file == "\(home)/m/model_index.json")
      return error
    }
  }

  @Test(arguments: [
    ("StableDiffusionXLPipeline", "Stable Diffusion XL"), ("StableDiffusionXLImg2ImgPipeline", "Stable Diffusion XL"),
    ("StableDiffusion3Pipeline", "Stable Diffusion 3"), ("FluxPipeline", "Flux"), ("PixArtSigmaPipeline", "PixArt"),
    ("StableDiffusionInpaintPipeline", "an inpainting model (9"), ("StableDiffusionDepth2ImgPipeline", "(5 input"),
    ("StableDiffusionInstructPix2PixPipeline", "InstructPix2Pix"), ("StableDiffusionUpscalePipeline", "upscaling"),
    ("StableDiffusionLatentUpscalePipeline", "upscaling"), ("StableUnCLIPPipeline", "Stable unCLIP"),
    ("StableUnCLIPImg2ImgPipeline", "Stable unCLIP"), ("UnCLIPPipeline", "unCLIP"),
    ("KandinskyV22Pipeline", "Kandinsky"),
    ("StableDiffusionImageVariationPipeline", "image variation"), ("AltDiffusionPipeline", "AltDiffusion"),
    ("StableDiffusionControlNetPipeline", "a ControlNet"), ("StableDiffusionAdapterPipeline", "a T2I-Adapter"),
    ("StableDiffusionGLIGENPipeline", "GLIGEN"), ("OnnxStableDiffusionPipeline", "ONNX"),
    ("OVStableDiffusionPipeline", "OpenVINO"), ("FlaxStableDiffusionPipeline", "Flax"),
    ("InstaFlowPipeline", "rectified flow"), ("RectifiedFlowPipeline", "rectified flow"),
    ("AnimateDiffPipeline", "a video model"), ("TextToVideoSDPipeline", "a video model"),
    ("StableVideoDiffusionPipeline", "a video model"), ("MarigoldDepthPipeline", "Marigold"),
    ("IFPipeline", "DeepFloyd"),
    ("LDMTextToImagePipeline", "latent diffusion of 2021"), ("WuerstchenDecoderPipeline", "Würstchen"),
    ("StableCascadeDecoderPipeline", "Stable Cascade"), ("SomethingNewPipeline", "which is unknown here"),
    ("StableDiffusionPanoramaPipeline", "set it to StableDiffusionPipeline"),
  ])
  func otherPipelinesAreRefusedAsWhatTheyAre(_ name: String, _ what: String) async throws {
    let error = try await refusal(["_class_name": name])
    #expect(error?.code == .unsupported && error?.message.hasPrefix("_class_name is \(name), ") == true)
    #expect(error?.message.contains(what) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("unet", ["diffusers", "UNet2DModel"], "the model's unet is UNet2DModel, but only UNet2DConditionModel"),
    ("unet", ["diffusers", "UNet3DConditionModel"], "the model's unet is UNet3DConditionModel"),
    ("vae", ["diffusers", "VQModel"], "the model's vae is VQModel"),
    ("vae", ["diffusers", "AsymmetricAutoencoderKL"], "the model's vae is AsymmetricAutoencoderKL"),
    ("text_encoder", ["transformers", "T5EncoderModel"], "the model's text_encoder is T5EncoderModel"),
    ("tokenizer", ["transformers", "T5Tokenizer"], "the model's tokenizer is T5Tokenizer"),
    ("text_encoder_2", ["transformers", "CLIPTextModelWithProjection"], "names a part 'text_encoder_2'"),
    ("controlnet", ["diffusers", "ControlNetModel"], "names a part 'controlnet' (ControlNetModel)"),
    ("prior", ["diffusers", "PriorTransformer"], "names a part 'prior'"),
  ])
  func otherPartsAreRefusedByTheirClass(_ part: String, _ value: [String], _ message: String) async throws {
    let error = try await refusal([part: value])
    #expect(error?.message.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test(arguments: ["unet", "vae", "text_encoder", "tokenizer"])
  func nullIsAMissingPart(_ part: String) async throws {
    for value in [NSNull(), [NSNull(), NSNull()]] as [Any] {
      let error = try await refusal([part: value])
      #expect(error?.code == .missingFile)
      #expect(error?.message.hasPrefix("says that the model has no \(part): copy that part") == true)
    }
  }

  @Test func aPartIsALibraryAndAClass() async throws {
    for value in ["UNet2DConditionModel", 3, ["diffusers", 3]] as [Any] {
      let error = try await refusal(["unet": value])
      #expect(error?.message.hasPrefix("key 'unet': expected a library and a class") == true, "\(error as Any)")
    }
  }

  @Test func aClassIsNeeded() async throws {
    for value in [nil, NSNull(), 3, [Any]()] as [Any?] {
      let error = try await refusal(["_class_name": value])
      #expect(error?.message.hasPrefix("key '_class_name' is missing") == true, "\(String(describing: error))")
    }
  }

  @Test func whatHasNoEffectIsAccepted() async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      for changes in [
        ["_class_name": "StableDiffusionImg2ImgPipeline"],
        ["_class_name": ["own_pipeline", "StableDiffusionPipeline"]],
        ["safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"], "requires_safety_checker": true],
        ["controlnet": NSNull(), "image_encoder": [NSNull(), NSNull()], "_ignore_files": ["x"]], ["tokenizer": nil],
      ] as [[String: Any?]] {
        try edit("\(home)/m/model_index.json", changes)
        _ = try BaseModel("\(home)/m")
      }
      #expect(try BaseModel("\(home)/m").notes == ["the model's safety checker is not run"])
      try edit("\(home)/m/model_index.json", ["_class_name": "LatentConsistencyModelPipeline"])
      let defaults = try BaseModel("\(home)/m").defaults
      #expect(defaults.steps == 4 && defaults.guidance == 8.5)
    }
  }

  /// As in diffusers, which builds the class that the index names, whatever the part's file says.
  @Test func theIndexDecidesTheClassOfTheVAE() async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      try edit("\(home)/m/model_index.json", ["vae": ["diffusers", "AutoencoderTiny"]])
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m") }
      #expect(error?.file == "\(home)/m/vae/config.json")
      #expect(
        error?.message.hasPrefix(
          "model_index.json names the class AutoencoderTiny, but the file describes AutoencoderKL")
          == true, "\(error as Any)")
      let tiny: [String: Any] = [
        "_class_name": "AutoencoderKL", "encoder_block_out_channels": [8, 8], "decoder_block_out_channels": [8, 8],
        "num_encoder_blocks": [1, 1], "num_decoder_blocks": [1, 1],
      ]
      try JSONSerialization.data(withJSONObject: tiny).write(to: URL(filePath: "\(home)/m/vae/config.json"))
      // TAESD has no quantising convolutions, and each of these two levels but the first halves the sides.
      let vae = try BaseModel("\(home)/m").vae
      #expect(vae.factor == 2 && vae.pixelChannels == 8)
      try edit("\(home)/m/vae/config.json", ["_class_name": "AutoencoderTiny"])
      try edit("\(home)/m/model_index.json", ["vae": ["diffusers", "AutoencoderKL"]])
      #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m") }
    }
  }

  // MARK: - The parts

  @Test(arguments: [
    ("unet", "the U-Net"), ("vae", "the VAE"), ("text_encoder", "the text encoder"), ("tokenizer", "the tokenizer"),
    ("scheduler", "the scheduler"),
  ])
  func aMissingPartIsNamed(_ part: String, _ words: String) async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      try FileManager.default.removeItem(atPath: "\(home)/m/\(part)")
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m") }
      #expect(error?.code == .missingFile && error?.file?.hasPrefix("\(home)/m/\(part)") == true)
      #expect(
        error?.message.contains("the model misses \(words). Copy \(part)") == true, "\(String(describing: error))")
    }
  }

  @Test(arguments: [
    (["model.safetensors"], "the folder holds the file model.safetensors, so name the file itself"),
    (["a.ckpt", "b.ckpt"], "the folder holds 2 files such as a.ckpt"),
    (["pytorch_lora_weights.safetensors"], "this is the folder of a LoRA (pytorch_lora_weights.safetensors)"),
    (["adapter_config.json", "adapter_model.safetensors"], "this is the folder of a LoRA"),
    ([], "a model folder has diffusers' layout"), (["notes.txt"], "a model folder has diffusers' layout"),
  ])
  func aFolderWithoutAnIndexIsNamed(_ files: [String], _ message: String) async throws {
    try await TestFolder.with { home in
      for file in files { try Data([1]).write(to: URL(filePath: "\(home)/\(file)")) }
      let error = #expect(throws: CheckpointError.self) { try BaseModel(home) }
      #expect(error?.code == .missingFile && error?.file == "\(home)/model_index.json")
      #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test func aPartsFolderAndAModelWithoutItsIndexAreNamed() async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      for (part, name) in [("unet", "UNet2DConditionModel"), ("text_encoder", "CLIPTextModel")] {
        let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m/\(part)") }
        #expect(error?.message.contains("this is the folder of one part (\(name))") == true)
      }
      try FileManager.default.removeItem(atPath: "\(home)/m/model_index.json")
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m") }
      #expect(error?.message.contains("all parts are there, so copy model_index.json") == true)
    }
  }

  @Test(arguments: [("transformer", "a transformer"), ("prior", "a prior"), ("text_encoder_2", "two text encoders")])
  func otherFamiliesFoldersAreNamed(_ folder: String, _ what: String) async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      try FileManager.default.moveItem(atPath: "\(home)/m/unet", toPath: "\(home)/m/\(folder)")
      let error = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m") }
      #expect(error?.code == .unsupported && error?.message.contains(what) == true, "\(String(describing: error))")
    }
  }

  // MARK: - Weights

  /// The same weights in another form.
  enum Storage: String, CaseIterable, Sendable {
    case fp16Variant, nonEMAVariant, bin, legacyBin, sharded, staleIndex, olderNames
  }

  @Test(arguments: Storage.allCases)
  func weightsAreReadInEveryForm(_ storage: Storage) async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      let expected = try contents(of: BaseModel(SourceTree.tinyModel))
      for part in ModelPart.allCases.map(\.rawValue) {
        try Self.store(storage, of: part, in: "\(home)/m")
      }
      let model = try BaseModel("\(home)/m")
      #expect(try contents(of: model) == expected)
      let names = try model.files()
      for part in ModelPart.allCases {
        #expect(try model.weights(part).files.map(\.path).allSatisfy(names.contains))
      }
    }
  }

  /// Replaces the one safetensors file of a part.
  static func store(_ storage: Storage, of part: String, in model: String) throws {
    let folder = "\(model)/\(part)"
    let (stem, isText) = (part == "text_encoder" ? "model" : "diffusion_pytorch_model", part == "text_encoder")
    let source = "\(folder)/\(stem).safetensors"
    let file = try SafetensorsFile(path: source)
    var tensors = try file.tensorNames.map { name in
      StoredBytes(name, .f32, try file.shape(of: name), try file.tensor(name).values)
    }
    try FileManager.default.removeItem(atPath: source)
    switch storage {
    case .fp16Variant: try TensorContainer.safetensors.write(tensors, to: "\(folder)/\(stem).fp16.safetensors")
    case .nonEMAVariant: try TensorContainer.safetensors.write(tensors, to: "\(folder)/\(stem).non_ema.safetensors")
    case .bin, .legacyBin:
      let container = storage == .bin ? TensorContainer.zip : .legacy
      try container.write(tensors, to: "\(folder)/\(isText ? "pytorch_model" : stem).bin")
    case .sharded, .staleIndex:
      let half = tensors.count / 2
      let names = [1, 2].map { "\(stem)-0000\($0)-of-00002.safetensors" }
      try TensorContainer.safetensors.write(Array(tensors[..<half]), to: "\(folder)/\(names[0])")
      try TensorContainer.safetensors.write(Array(tensors[half...]), to: "\(folder)/\(names[1])")
      let map = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, names[$0 < half ? 0 : 1]) })
      try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 1], "weight_map": map])
        .write(to: URL(filePath: "\(folder)/\(stem).safetensors.index.json"))
      // Of diffusers' parts the index counts, so the file beside it is never opened; of transformers' parts the file.
      guard storage == .staleIndex else { return }
      let plain = isText ? tensors : tensors.map { StoredBytes($0.name, zeros: $0.shape) }
      if isText { try Data([1]).write(to: URL(filePath: "\(folder)/\(names[0])")) }
      try TensorContainer.safetensors.write(plain, to: source)
    case .olderNames:
      for index in tensors.indices where part == "vae" && tensors[index].name.contains(".attentions.") {
        for (new, old) in [(".to_q.", ".query."), (".to_k.", ".key."), (".to_v.", ".value.")] {
          tensors[index].name.replace(new, with: old)
        }
        tensors[index].name.replace(".to_out.0.", with: ".proj_attn.")
      }
      try TensorContainer.safetensors.write(tensors, to: source)
    }
  }

  @Test func aVariantIsChosenWhereAPartHasIt() async throws {
    try await TestFolder.with { home in
      try copyTinyModel(to: "\(home)/m")
      let unet = "\(home)/m/unet/diffusion_pytorch_model"
      try FileManager.default.copyItem(atPath: "\(unet).safetensors", toPath: "\(unet).bf16.safetensors")
      let model = try BaseModel("\(home)/m", variant: "bf16")
      #expect(try model.files().contains("unet/diffusion_pytorch_model.bf16.safetensors"))
      #expect(try model.files().contains("vae/diffusion_pytorch_model.safetensors"))
      #expect(model.notes.count == 2 && model.notes.allSatisfy { $0.contains("has no variant 'bf16'") })
      #expect(!(try BaseModel("\(home)/m").files().contains { $0.contains("bf16") }))
      let absent = #expect(throws: CheckpointError.self) { try BaseModel("\(home)/m", variant: "ema") }
      #expect(absent?.message == "no part of the model has weights of the variant 'ema': check --variant")
    }
  }
}
