/// The engine's choices for a network by the sizes of its layers and samples: how many samples go through it together,
/// whether cores take samples of their own or share every operation, and what memory is given back on the way.
///
/// They decide speed and memory, never a sample's bits.
package struct Batching: Sendable {
  /// Whether the transformed weights of the widest layers fit into the cache that the cores share, so that each core may
  /// read them for its own samples.
  private let fitsSharedCache: Bool

  /// Floats of a cache that cores share.
  private static let sharedCache = 1 << 22
  /// Floats that Winograd's form keeps for each input and output of a 3×3 convolution in tiles of 4×4.
  private static let winogradPoints = 36
  /// Pixels of all samples that go through a network together.
  private static let pixels = 4096
  private static let mostSamples = 8

  /// - Parameter channels: of the network's levels.
  package init(channels: [Int]) {
    fitsSharedCache = channels.allSatisfy { Self.winogradPoints * $0 * $0 <= Self.sharedCache }
  }

  /// How many samples go through the network together: they share the reading of the weights, and memory bounds them.
  ///
  /// - Parameter pixels: of one sample, as the network takes it.
  package func samples(ofPixels pixels: Int) -> Int { min(Self.mostSamples, max(1, Self.pixels / max(1, pixels))) }

  /// `count` samples in consecutive parts, each with the context that computes it: one part for all, or one for each core.
  package func parts(of count: Int, on compute: Compute) -> [(samples: Range<Int>, compute: Compute)] {
    let computes = fitsSharedCache ? compute.lanes(for: count) : [compute]
    return computes.enumerated().map { part, compute in
      (part * count / computes.count..<(part + 1) * count / computes.count, compute)
    }
  }

  /// `compute`, keeping nothing beside the weights of a large network.
  package func sparingMemory(_ compute: Compute) -> Compute { fitsSharedCache ? compute : compute.savingMemory }

  /// Gives unused memory of a large network's results back to the system.
  package func releaseUnused() {
    if !fitsSharedCache { StoragePool.trim() }
  }

  /// Gives back what a large network keeps beside its weights, as far as `bytes` are needed: it is soon computed again.
  package func makeRoom(for bytes: Int, releasing forms: [KeptForms]) {
    guard !fitsSharedCache else { return }
    var missing = bytes
    for form in forms where missing > 0 { missing -= form.release() }
    StoragePool.trim()
  }
}
