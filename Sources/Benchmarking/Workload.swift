import Checkpoints
import EmoGen
package import Engine
import Foundation
import Models
import Vocabulary

/// A repeatable workload at full size (or the images of a small model).
///
/// The folder is a model folder with `inputs.safetensors` (`latents`, `context`, `vae_latents`, `embeddings`, in
/// PyTorch's axis order) and optionally `outputs.safetensors` with another program's results; `Benchmarks/peers` makes
/// both.
package struct Workload {
  package enum Name: String, CaseIterable, Codable, Sendable {
    /// A forward pass of the denoiser on two samples, or of the decoder or the text encoder on one.
    case unet, vae, text
    /// An image of plain text: 20 steps with guidance.
    case image
    /// An image of plain text by a latent consistency model: 512×512, 4 steps, its guidance scale as an input.
    case lcm
    /// Sixteen images of a small model with its default settings.
    case small
    /// A training step of stage 2.
    case stage2
  }

  /// Billions of multiplications and additions of a run at Stable Diffusion 1.5's size; nil if the number varies.
  package static func operations(_ name: Name) -> Double? {
    switch name {
    case .unet: 2 * 803
    case .vae: 2480
    case .image: 40 * 803 + 2480
    // TAESD's decoder in place of the VAE's.
    case .lcm: 4 * 803 + 142
    case .text, .small, .stage2: nil
    }
  }

  package let name: Name
  /// Runs once; returns the result in PyTorch's axis order if it can be compared with another program's.
  package let run: () throws -> Tensor?
  /// Runs enough of the workload to load everything into memory: an image of one step, or a whole run. Returns the
  /// result of a whole run that can be compared.
  package let warmUp: () throws -> Tensor?
  /// ‖Δ‖ / ‖reference‖ against another program, for a run's result or the first training step's gradients.
  package let distance: (_ result: Tensor?) -> Double?

  /// - Parameter variant: which of several weights of the folder are read.
  package init(_ name: Name, folder: String, variant: String? = nil, on compute: Compute) throws {
    self.name = name
    let outputs = "\(folder)/outputs.safetensors"
    let file = FileManager.default.fileExists(atPath: outputs) ? try SafetensorsFile(path: outputs) : nil
    let reference = file?.contains(name.rawValue) == true ? try file?.tensor(name.rawValue).values : nil
    var distance: (Tensor?) -> Double? = { result in
      if let result, let reference { Self.distance(result.values, reference) } else { nil }
    }
    func input(_ tensor: String) throws -> Tensor {
      try SafetensorsFile(path: "\(folder)/inputs.safetensors").tensor(tensor)
    }
    var warmUp: (() throws -> Tensor?)?
    switch name {
    case .unet:
      let unet = try UNet(
        Weights.open(folder: "\(folder)/unet", variant: variant), UNetConfiguration(file: "\(folder)/unet/config.json"))
      let (latents, context) = (try input("latents").transposed([0, 2, 3, 1]), try input("context"))
      let timesteps = [Float](repeating: 500, count: latents.shape[0])
      run = { unet(latents, timesteps: timesteps, context: context, on: compute).transposed([0, 3, 1, 2]) }
    case .vae:
      let vae = try Autoencoder(
        Weights.open(folder: "\(folder)/vae", variant: variant),
        AutoencoderConfiguration(file: "\(folder)/vae/config.json"))
      let factor = vae.configuration.scalingFactor
      let latents = try input("vae_latents").transposed([0, 2, 3, 1])
      let scaled = latents.map { $0 * factor }
      run = { try vae.decode(scaled, on: compute).transposed([0, 3, 1, 2]) }
    case .text:
      let encoder = try CLIPTextEncoder(
        Weights.open(folder: "\(folder)/text_encoder", variant: variant),
        CLIPTextConfiguration(file: "\(folder)/text_encoder/config.json"))
      let embeddings = try input("embeddings")
      run = { encoder(embeddings, on: compute) }
    case .image, .lcm, .small:
      let model = try ModelFolder(folder, variant: variant)
      let pipeline = try EmoGenPipeline.load(model, on: compute.with(.fp32))
      var settings = try model.defaults
      switch name {
      case .image: settings = RenderSettings(width: 512, height: 512, steps: 20, sampler: .dpmpp2m, guidance: 7.5)
      case .lcm: settings = RenderSettings(width: 512, height: 512, steps: 4, sampler: .lcm, guidance: 8.5)
      default: break
      }
      settings.shortcuts.precision = compute.precision
      let subject = name == .small ? Subject.emotion(EmotionSpec(.awe), prompt: "") : .text("a picture")
      let seeds = Array(UInt64(0)..<(name == .small ? 16 : 1))
      func render(_ settings: RenderSettings, _ trace: RenderTrace? = nil) throws {
        let request = RenderRequest(subject: subject, settings: settings, seeds: seeds)
        try pipeline.render(request, trace: trace, onProgress: { _ in }, onImage: { _ in })
      }
      run = { [settings] in
        try render(settings)
        return nil
      }
      var first = settings
      if name == .image { first.steps = 1 }
      warmUp = { [first] in
        let trace = RenderTrace()
        try render(first, trace)
        return name == .lcm ? trace.tensors.first { $0.name == "image" }?.tensor : nil
      }
    case .stage2:
      let step = try StageTwoStep(folder: folder, variant: variant, on: compute)
      distance = { _ in step.gradientError }
      run = {
        step.advance()
        return nil
      }
    }
    self.warmUp = warmUp ?? run
    self.distance = distance
  }

  static func distance(_ values: [Float], _ expected: [Float]) -> Double {
    guard values.count == expected.count else { return .infinity }
    var difference = 0.0
    var norm = 0.0
    for (value, expected) in zip(values, expected) {
      difference += Double(value - expected) * Double(value - expected)
      norm += Double(expected) * Double(expected)
    }
    return (difference / norm).squareRoot()
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
