import Checkpoints
import Engine
import Foundation
import Models

/// One network of a full-size model on given inputs: seconds, memory, and the distance from another program's output.
///
/// The folder is a model folder with `inputs.safetensors` (`latents`, `context`, `vae_latents` in PyTorch's axis
/// order) and perhaps `outputs.safetensors` (`unet`, `vae`); `Benchmarks/peers/full_size.py` makes both.
package struct NetworkBenchmark: Sendable {
  package enum Network: String, CaseIterable, Codable, Sendable {
    case unet, vae
  }

  package struct Result: Codable, Sendable {
    package let network: Network
    package let engine: String
    package let threads: Int
    /// Of building the network from its file.
    package let loadSeconds: Double
    /// Of each run.
    package let seconds: [Double]
    /// Highest resident memory of the process so far.
    package let peakGiB: Double
    /// ‖Δ‖ / ‖reference‖; nil without reference outputs.
    package let relativeError: Double?
  }

  private let folder: String
  private let compute: Compute

  package init(folder: String, threads: Int) throws {
    self.folder = folder
    compute = try Compute(threads: threads)
  }

  package func run(_ network: Network, runs: Int) throws -> Result {
    let inputs = try SafetensorsFile(path: "\(folder)/inputs.safetensors")
    let start = ContinuousClock.now
    let forward: () throws -> Tensor
    switch network {
    case .unet:
      let unet = try UNet(Weights.open(folder: "\(folder)/unet"), UNetConfiguration(file: "\(folder)/unet/config.json"))
      let latents = try inputs.tensor("latents").transposed([0, 2, 3, 1])
      let context = try inputs.tensor("context")
      forward = { [compute] in
        unet(latents, timesteps: Array(repeating: 500, count: latents.shape[0]), context: context, on: compute)
      }
    case .vae:
      let vae = try VAE(Weights.open(folder: "\(folder)/vae"), VAEConfiguration(file: "\(folder)/vae/config.json"))
      let latents = try inputs.tensor("vae_latents").transposed([0, 2, 3, 1])
      forward = { [compute] in try vae.decoder(latents, on: compute) }
    }
    let loaded = start.duration(to: .now)
    var seconds: [Double] = []
    var output = Tensor([0])
    for _ in 0..<max(1, runs) {
      let start = ContinuousClock.now
      output = try forward()
      seconds.append(start.duration(to: .now).seconds)
    }
    var error: Double?
    let reference = "\(folder)/outputs.safetensors"
    if FileManager.default.fileExists(atPath: reference) {
      let expected = try SafetensorsFile(path: reference).tensor(network.rawValue).values
      error = Self.distance(output.transposed([0, 3, 1, 2]).values, expected)
    }
    return Result(
      network: network, engine: compute.kind.description, threads: compute.threads, loadSeconds: loaded.seconds,
      seconds: seconds, peakGiB: PeakMemory.gibibytes, relativeError: error)
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
