/// Chooses, by the sizes of a network's layers and samples, how many samples run through it together, whether each core
/// computes its own samples or all cores share every operation, and which memory is released in between.
///
/// The choices affect speed and memory, never a sample's bits.
package struct Batching: Sendable {
  /// Whether the transformed weights of the widest layers fit into the cache that the cores share. If so, each core can
  /// read them for its own samples.
  private let fitsSharedCache: Bool

  /// Assumed size of the cache that cores share, in floats.
  private static let sharedCache = 1 << 22
  /// Floats of a transformed Winograd weight for each pair of input and output channels, with tiles of 4×4 outputs.
  private static let winogradPoints = 36
  /// Maximum number of pixels of all samples that run through a network together.
  private static let pixels = 4096
  private static let mostSamples = 8

  /// - Parameter channels: numbers of channels of the network's levels.
  package init(channels: [Int]) {
    fitsSharedCache = channels.allSatisfy { Self.winogradPoints * $0 * $0 <= Self.sharedCache }
  }

  /// Number of samples that run through the network together. More samples share each read of the weights but need more
  /// memory.
  ///
  /// - Parameter pixels: pixels of one sample at the network's input.
  package func samples(ofPixels pixels: Int) -> Int { min(Self.mostSamples, max(1, Self.pixels / max(1, pixels))) }

  /// Divides `count` samples into consecutive parts, each with the context that computes it: one part for all cores, or
  /// one part for each core.
  package func parts(of count: Int, on compute: Compute) -> [(samples: Range<Int>, compute: Compute)] {
    let computes = fitsSharedCache ? compute.lanes(for: count) : [compute]
    return computes.enumerated().map { part, compute in
      (part * count / computes.count..<(part + 1) * count / computes.count, compute)
    }
  }

  /// `compute`, without cached forms of the weights if the network is large.
  package func sparingMemory(_ compute: Compute) -> Compute { fitsSharedCache ? compute : compute.savingMemory }

  /// Returns unused memory to the system if the network is large.
  package func releaseUnused() {
    if !fitsSharedCache { StoragePool.trim() }
  }

  /// If the network is large, releases cached forms of its weights until `bytes` are free; they are quickly recomputed.
  package func makeRoom(for bytes: Int, releasing forms: [KeptForms]) {
    guard !fitsSharedCache else { return }
    var missing = bytes
    for form in forms where missing > 0 { missing -= form.release() }
    StoragePool.trim()
  }
}
