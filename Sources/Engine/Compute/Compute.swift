import CKernels
import COpenBLAS
package import Vocabulary

/// The processor as the models see it: its operations are extensions in `Operations/`.
///
/// A sample's result is the same bits alone, in a batch and with any number of threads: a product's sums are chains of
/// multiply-adds in a fixed order, however it is cut; every other operation cuts its work into pieces by the shape of one
/// sample alone and never lets a piece span two.
///
/// `@unchecked Sendable`: kernels and BLAS are immutable; a thread touches its own scratch memory only; a tape belongs
/// to the one thread that records on it.
package final class Compute: @unchecked Sendable {
  package let threads: Int
  package let instructions: InstructionSet
  package let precision: Precision
  package let kind: EngineKind
  /// Whether forms of a matrix that are made for a product are made anew for each, instead of being kept beside it.
  package let savesMemory: Bool
  let kernels: ek_kernels
  let blas: OpenBLAS
  /// What the operations are recorded on, where they are.
  package let tape: Tape?
  /// What measures the operations, where anything does.
  let profile: Profile?
  private let team: ThreadTeam
  private let scratch: ScratchMemory
  /// The processor that this one borrows its threads from.
  private let origin: Compute?

  /// - Parameters:
  ///   - threads: how many cores to use.
  ///   - instructions: the kernels' instruction set; the processor's best one where nil.
  ///   - precision: of the large products.
  ///   - savesMemory: whether to compute again what would be kept; the bits stay.
  /// - Throws: `OpenBLASError` where OpenBLAS cannot be opened, `ComputeError` where the processor lacks what is asked
  ///   for.
  package init(
    threads: Int, instructions: InstructionSet? = nil, precision: Precision = .fp32, savesMemory: Bool = false
  ) throws {
    blas = try OpenBLAS.shared.get()
    let chosen = instructions ?? .best
    guard let table = ek_kernels_for(chosen.code) else {
      throw ComputeError(
        description:
          "this processor has no \(chosen.rawValue) instructions: choose one of \(InstructionSet.available.map(\.rawValue).joined(separator: ", "))"
      )
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
    guard precision == .fp32 || kernels.half_product != nil else {
      throw ComputeError(
        description:
          "this processor has no bfloat16 products with \(instructions.rawValue) instructions: use precision fp32")
    }
  }

  /// What this processor computes in.
  package var precisions: [Precision] { Precision.allCases.filter { $0 == .fp32 || kernels.half_product != nil } }

  /// The same threads and kernels with another tape, profile or precision, or in less memory.
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

  /// One of the same kind with one thread: the caller's.
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

  /// Processors of one thread each for work that needs nothing of its neighbours', as many as `pieces` keep busy; this one
  /// where they would keep fewer threads busy than its operations do.
  ///
  /// A small network's operations are so short that handing each of them out costs a sixth of them.
  package func lanes(for pieces: Int) -> [Compute] {
    let rounds = (pieces + threads - 1) / threads
    guard threads > 1, tape == nil, profile == nil, 5 * rounds * threads <= 6 * pieces else { return [self] }
    return (0..<threads).map { _ in Compute(alone: self) }
  }

  /// Does every piece of work on a thread of its own; `lanes` say on which processor.
  package func sideBySide<Result: Sendable>(_ count: Int, _ work: (_ piece: Int) throws -> Result) throws -> [Result] {
    guard count > 1 else { return try (0..<count).map(work) }
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
      let places = results
      team.run(count) { piece, _ in places[piece] = Swift.Result { try work(piece) } }
    }
    return try results.compactMap { try $0?.get() }
  }

  /// This processor with its operations recorded on `tape`: the same model code then trains.
  package func recording(on tape: Tape) -> Compute { Compute(self, tape, profile) }

  /// This processor with its large products in another precision.
  ///
  /// - Throws: `ComputeError` where the processor lacks it.
  package func with(_ precision: Precision) throws -> Compute {
    guard precision != self.precision else { return self }
    try Self.check(precision, kernels, instructions)
    return Compute(self, tape, profile, precision: precision)
  }

  /// This processor making forms of matrices anew for each product, instead of keeping them beside these.
  package var savingMemory: Compute { Compute(self, tape, profile, savesMemory: true) }

  /// This processor with its operations measured by `profile`.
  package func profiled(by profile: Profile) -> Compute { Compute(self, tape, profile) }

  /// This processor without a tape.
  package var plain: Compute { tape == nil ? self : Compute(self, nil, profile) }

  /// Whether products of fixed weights take halves: never while gradients are recorded.
  var usesHalves: Bool { precision == .bf16 && tape == nil }

  /// Runs `body` for every piece in `0..<count`; `member` numbers the thread, for its scratch memory.
  ///
  /// - Parameters:
  ///   - work: what a profile counts.
  ///   - operation: the name that a profile gives it.
  func forEach(
    _ count: Int, _ work: @autoclosure () -> Profile.Work = .unknown, operation: String = #function,
    _ body: (_ piece: Int, _ member: Int) -> Void
  ) {
    guard let profile else { return team.run(count, body) }
    let clock = ContinuousClock()
    profile.add(operation, work(), clock.measure { team.run(count, body) })
  }

  /// At least `count` floats of memory of the thread `member`, with unspecified content.
  func scratch(_ member: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
    scratch.block(member, count)
  }

  /// c[m, n] = a[m, k] · b[k, n] + (accumulate ? c : 0), rows `lda`, `ldb`, `ldc` apart; on the calling thread.
  ///
  /// - Parameters:
  ///   - leftTransposed: a is kept as `[k, m]`.
  ///   - transposed: b is kept as `[n, k]`.
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
