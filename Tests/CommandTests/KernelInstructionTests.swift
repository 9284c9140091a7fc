import Engine
import Foundation
import TestSupport
import Testing

#if arch(x86_64)
  /// Instruction counts of the kernels, which do not depend on the machine's load.
  ///
  /// If a change improves a kernel, `EMOFARM_WRITE_GOLDENS=1` writes the new counts. valgrind does not support
  /// AVX-512, so only tests of results and the benchmarks cover those kernels.
  struct KernelInstructionTests {
    private static let kernels = [
      "gemm", "winograd4", "winograd6", "winograd_panels", "attention", "silu", "silu_back", "geglu", "layer_norm",
      "scale_shift",
    ]
    private static let file = SourceTree.fixture("performance/instructions.json")
    /// Compilers of other versions differ by less.
    private static let tolerance = 0.05

    private static func count(_ set: String, _ kernel: String) async throws -> Int {
      let outcome = try await Program(name: "KernelWork").run(
        [set, kernel], shell: "exec valgrind --tool=callgrind --callgrind-out-file=/dev/null \"$@\"")
      guard outcome.status != 127 else { throw MissingTool() }
      try #require(outcome.status == 0, "\(outcome)")
      let line = try #require(outcome.error.split(separator: "\n").first { $0.contains("Collected") }, "\(outcome)")
      return try #require(Int(line.split(separator: " ").last ?? ""))
    }

    private struct MissingTool: Error, CustomStringConvertible {
      let description = "valgrind is missing: deploy/test installs it"
    }

    @Test(.serialized, arguments: InstructionSet.available.filter { [.portable, .avx2].contains($0) }.map(\.rawValue))
    func kernelsTakeNoMoreInstructions(set: String) async throws {
      let base = try await Self.count(set, "nothing")
      var counts: [String: Int] = [:]
      for kernel in Self.kernels { counts[kernel] = try await Self.count(set, kernel) - base }
      let data = FileManager.default.contents(atPath: Self.file) ?? Data("{}".utf8)
      var known = try JSONDecoder().decode([String: [String: Int]].self, from: data)
      if GoldenText.isWriting {
        known[set] = counts
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(known).write(to: URL(filePath: Self.file))
        return
      }
      for kernel in Self.kernels {
        let (own, committed) = (try #require(counts[kernel]), try #require(known[set]?[kernel]))
        let ratio = Double(own) / Double(committed)
        #expect(ratio < 1 + Self.tolerance, "\(kernel): \(own) instructions instead of \(committed)")
        #expect(ratio > 1 - 2 * Self.tolerance, "\(kernel): \(own) instead of \(committed): commit the better count")
      }
    }
  }
#endif
