import CKernels
import COpenBLAS
package import Files
package import Vocabulary

/// The compute context in which models run; the operations are extensions in `Operations/`.
///
/// A sample's result has the same bits alone, in a batch and with any number of threads. A GEMM accumulates each output
/// by a chain of multiply-adds in a fixed order, however the work is divided; every other operation divides its work by
/// the shape of a single sample, and no piece spans two samples.
///
/// `@unchecked Sendable`: kernels and BLAS are immutable; a thread uses only its own scratch memory; a tape belongs to
/// the one thread that records on it.
package final class Compute: @unchecked Sendable {
  package let threads: Int
  package let instructions: InstructionSet
  package let precision: Precision
  package let kind: EngineKind
  /// Whether transforms of weights are recomputed for each use instead of being cached.
  package let savesMemory: Bool
  let kernels: ek_kernels
  let blas: OpenBLAS
  /// The tape on which operations are recorded, if any.
  package let tape: Tape?
  /// The profile that measures the operations, if any.
  let profile: Profile?
  private let team: ThreadTeam
  private let scratch: ScratchMemory
  /// The context whose threads this one shares.
  private let origin: Compute?

  /// - Parameters:
  ///   - threads: number of compute threads.
  ///   - instructions: the kernels' instruction set; nil selects the best one of this CPU.
  ///   - precision: input format of the large GEMMs.
  ///   - savesMemory: whether to recompute what would otherwise be cached; the bits are the same.
  ///   - widensBF16: whether bf16 values are widened to fp32 before they are multiplied; the bits are the same. Nil selects what
  ///     is faster on this CPU.
  /// - Throws: `OpenBLASError` if OpenBLAS cannot be opened, `ComputeError` if the CPU lacks the instruction set or
  ///   precision.
  package init(
    threads: Int, instructions: InstructionSet? = nil, precision: Precision = .fp32, savesMemory: Bool = false,
    widensBF16: Bool? = nil
  ) throws {
    blas = try OpenBLAS.shared.get()
    let chosen = instructions ?? .best
    let bf16 = chosen == .avx512 ? widensBF16.flatMap { ek_bf16_kernels($0 ? 1 : 0) } : nil
    guard let table = bf16 ?? ek_kernels_for(chosen.code) else {
      let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
      throw ComputeError(
        "this CPU has no \(chosen.rawValue) instructions: choose one of \(available)")
    }
    kernels = table.pointee
    try Self.check(precision, table.pointee, chosen)
    self.precision = precision
    self.instructions = chosen
    self.savesMemory = savesMemory
    self.threads = max(1, threads)
    kind = EngineKind(chosen, blas, precision)
    tape = nil
    profile = nil
    origin = nil
    team = ThreadTeam(size: threads)
    scratch = ScratchMemory(threads: max(1, threads))
  }

  private static func check(_ precision: Precision, _ kernels: ek_kernels, _ instructions: InstructionSet) throws {
    guard precision == .fp32 || kernels.bf16_gemm != nil else {
      throw ComputeError(
        "this CPU has no bf16 multiplication with \(instructions.rawValue) instructions: use precision fp32")
    }
  }

  /// The precisions that this CPU supports.
  package var precisions: [Precision] { Precision.allCases.filter { $0 == .fp32 || kernels.bf16_gemm != nil } }

  /// A context with the same threads and kernels but another tape, profile, precision or use of memory.
  private init(
    _ other: Compute, _ tape: Tape?, _ profile: Profile?, precision: Precision? = nil, savesMemory: Bool? = nil
  ) {
    threads = other.threads
    instructions = other.instructions
    self.savesMemory = savesMemory ?? other.savesMemory
    self.precision = precision ?? other.precision
    kernels = other.kernels
    blas = other.blas
    kind = precision == nil ? other.kind : EngineKind(instructions, blas, self.precision)
    team = other.team
    scratch = other.scratch
    origin = other.origin ?? other
    self.tape = tape
    self.profile = profile
  }

  /// A context of the same kind whose only thread is the caller's.
  private init(alone other: Compute) {
    threads = 1
    instructions = other.instructions
    savesMemory = other.savesMemory
    precision = other.precision
    kernels = other.kernels
    blas = other.blas
    kind = other.kind
    tape = nil
    profile = nil
    origin = nil
    team = ThreadTeam(size: 1)
    scratch = ScratchMemory(threads: 1)
  }

  deinit {
    if origin == nil { team.close() }
  }

  /// Splits into single-threaded lanes for independent work, at most one per piece; returns this context alone if the
  /// lanes would keep fewer threads busy than its own operations do.
  ///
  /// The operations of a small network are so short that distributing each of them takes a sixth of the time.
  package func lanes(for pieces: Int) -> [Compute] {
    let rounds = (pieces + threads - 1) / threads
    guard threads > 1, tape == nil, profile == nil, 5 * rounds * threads <= 6 * pieces else { return [self] }
    return (0..<threads).map { _ in Compute(alone: self) }
  }

  /// Runs every piece of work on its own thread; `lanes` gives the context of each.
  package func sideBySide<Result: Sendable>(_ count: Int, _ work: (_ piece: Int) throws -> Result) throws -> [Result] {
    guard count > 1 else { return try (0..<count).map(work) }
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
      let places = results
      team.run(count) { piece, _ in places[piece] = Swift.Result { try work(piece) } }
    }
    return try results.compactMap { try $0?.get() }
  }

  /// This context with its operations recorded on `tape`, so that the same model code trains.
  package func recording(on tape: Tape) -> Compute { Compute(self, tape, profile) }

  /// This context with another precision of its large GEMMs.
  ///
  /// - Throws: `ComputeError` if the CPU lacks it.
  package func with(_ precision: Precision) throws -> Compute {
    guard precision != self.precision else { return self }
    try Self.check(precision, kernels, instructions)
    return Compute(self, tape, profile, precision: precision)
  }

  /// This context, recomputing transforms of weights for each use instead of caching them.
  package var savingMemory: Compute { Compute(self, tape, profile, savesMemory: true) }

  /// This context with its operations measured by `profile`.
  package func profiled(by profile: Profile) -> Compute { Compute(self, tape, profile) }

  /// This context without a tape.
  package var plain: Compute { tape == nil ? self : Compute(self, nil, profile) }

  /// Whether GEMMs with fixed weights use bf16: never while gradients are recorded.
  var usesBF16: Bool { precision == .bf16 && tape == nil }

  /// Runs `body` for every piece in `0..<count`; `member` is the number of the thread, for its scratch memory.
  ///
  /// - Parameters:
  ///   - work: operations and bytes for the profile.
  ///   - operation: its name in the profile.
  func forEach(
    _ count: Int, _ work: @autoclosure () -> Profile.Work = .unknown, operation: String = #function,
    _ body: (_ piece: Int, _ member: Int) -> Void
  ) {
    guard let profile else { return team.run(count, body) }
    let clock = ContinuousClock()
    profile.add(operation, work(), clock.measure { team.run(count, body) })
  }

  /// Scratch memory of thread `member`: at least `count` floats with unspecified content.
  func scratch(_ member: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    scratch.block(member, count)
  }

  /// c[m, n] = a[m, k] · b[k, n] + (accumulate ? c : 0) with row strides `lda`, `ldb`, `ldc`, on the calling thread.
  ///
  /// - Parameters:
  ///   - leftTransposed: a is stored as `[k, m]`.
  ///   - transposed: b is stored as `[n, k]`.
  func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, _ lda: Int, _ b: UnsafePointer<Float>, _ ldb: Int,
    leftTransposed: Bool = false, transposed: Bool = false, accumulate: Bool, _ c: UnsafeMutablePointer<Float>,
    _ ldc: Int
  ) {
    blas.sgemm(
      CblasRowMajor, leftTransposed ? CblasTrans : CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(m),
      Int32(n), Int32(k), 1, a, Int32(lda), b, Int32(ldb), accumulate ? 1 : 0, c, Int32(ldc))
  }
}

/// Why this CPU cannot compute what was requested.
package typealias ComputeError = Failure<ComputeErrorCode>

package enum ComputeErrorCode: SoleErrorCode { case sole }
