import Vocabulary

/// Everything besides the inputs that determines the bits of a result: the instruction set, the BLAS build and its
/// core, the precision and the engine's revision. Two machines of the same kind produce identical bytes.
package struct EngineKind: Hashable, Sendable, CustomStringConvertible {
  /// Raised whenever a change to the engine changes bits.
  private static let revision = 6

  package let description: String

  init(_ instructions: InstructionSet, _ blas: OpenBLAS, _ precision: Precision) {
    #if arch(x86_64)
      let processor = "x86_64"
    #elseif arch(arm64)
      let processor = "arm64"
    #else
      let processor = "generic"
    #endif
    let build = "openblas-\(blas.version)-\(blas.core)"
    description = "\(processor)-\(instructions.rawValue)/\(build)/\(precision.rawValue)/\(Self.revision)"
  }
}
