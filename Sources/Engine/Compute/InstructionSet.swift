import CKernels

/// A CPU instruction set for which the engine has kernels.
package enum InstructionSet: String, CaseIterable, Sendable {
  case portable, avx2, avx512, neon

  var code: ek_isa {
    switch self {
    case .portable: EK_PORTABLE
    case .avx2: EK_AVX2
    case .avx512: EK_AVX512
    case .neon: EK_NEON
    }
  }

  /// The best one of this CPU.
  package static var best: InstructionSet { allCases.first { $0.code == ek_best_isa() } ?? .portable }

  /// Those that run on this CPU.
  package static var available: [InstructionSet] { allCases.filter { ek_kernels_for($0.code) != nil } }
}
