/// A record of operations for the backward pass.
///
/// An operation is recorded only if the gradient of one of its inputs or of a trainable parameter is wanted: frozen
/// layers before the first watched tensor are not recorded and cost nothing in the backward pass. Tensors are
/// identified by their storage, so a reshaped tensor counts as the same one.
package final class Tape {
  private struct Record {
    let result: Tensor
    let backward: (_ tape: Tape, _ gradient: Tensor) -> Void
  }

  /// The parameters that receive gradients; those of other weights are not computed.
  package let parameters: ParameterSet?
  /// Whether blocks are recomputed in the backward pass instead of keeping their activations.
  package let checkpointing: Bool
  private var records: [Record] = []
  /// Keeps the storages alive, because a freed storage's identity could be reused.
  private var tracked: [ObjectIdentifier: Storage] = [:]
  private var watched: Set<ObjectIdentifier> = []
  private var gradients: [ObjectIdentifier: Tensor] = [:]

  package init(parameters: ParameterSet? = nil, checkpointing: Bool = false) {
    self.parameters = parameters
    self.checkpointing = checkpointing
  }

  /// Requests the gradient of `x`, which lives as long as the tape.
  package func watch(_ x: Tensor) {
    let id = ObjectIdentifier(x.storage)
    tracked[id] = x.storage
    watched.insert(id)
  }

  /// Whether gradients flow through `x`.
  package func tracks(_ x: Tensor) -> Bool { tracked[ObjectIdentifier(x.storage)] != nil }

  /// The gradient of a watched tensor after `backward`; nil if nothing depended on it.
  package func gradient(_ x: Tensor) -> Tensor? { gradients[ObjectIdentifier(x.storage)]?.reshaped(x.shape) }

  /// The parameter that owns `tensor`, if its gradient is wanted.
  func parameter(_ tensor: Tensor?) -> Parameter? { tensor.flatMap { parameters?.trainable($0) } }

  /// Records the backward pass of `result` if a gradient of any of its sources is wanted.
  func record(
    _ result: Tensor, from inputs: [Tensor], weights: [Tensor?] = [],
    _ backward: @escaping (_ tape: Tape, _ gradient: Tensor) -> Void
  ) {
    guard inputs.contains(where: tracks) || weights.contains(where: { parameter($0) != nil }) else { return }
    keep(result, backward)
  }

  func keep(_ result: Tensor, _ backward: @escaping (_ tape: Tape, _ gradient: Tensor) -> Void) {
    tracked[ObjectIdentifier(result.storage)] = result.storage
    records.append(Record(result: result, backward: backward))
  }

  /// Adds a contribution to the gradient of `x` if it is wanted.
  func add(_ gradient: Tensor, to x: Tensor, on compute: Compute) {
    let id = ObjectIdentifier(x.storage)
    guard tracked[id] != nil else { return }
    gradients[id] = gradients[id].map { compute.add($0.reshaped(x.shape), gradient.reshaped(x.shape)) } ?? gradient
  }

  /// Propagates the gradient of `y` to the watched tensors and the parameters and clears the record.
  ///
  /// - Parameter gradient: the gradient of `y`; nil means ones.
  package func backward(_ y: Tensor, from gradient: Tensor? = nil, on compute: Compute) {
    add(gradient ?? Tensor(y.shape, repeating: 1), to: y, on: compute.plain)
    while let record = records.popLast() {
      let id = ObjectIdentifier(record.result.storage)
      guard let own = gradients[id] else { continue }
      if !watched.contains(id) { gradients[id] = nil }
      record.backward(self, own.reshaped(record.result.shape))
    }
  }
}

extension Compute {
  /// Computes a block of a network as one entry of the tape, which is the unit of gradient checkpointing.
  ///
  /// The block has its own tape with and without checkpointing, so that gradients are summed in the same order and have
  /// the same bits.
  ///
  /// - Parameters:
  ///   - inputs: every tensor that the body reads and whose gradient may be wanted.
  ///   - body: computes the block's result; called again in the backward pass when checkpointing.
  package func block(_ inputs: [Tensor], _ body: @escaping (Compute) -> Tensor) -> Tensor {
    guard let tape else { return body(self) }
    let wanted = inputs.filter(tape.tracks)
    guard !wanted.isEmpty || tape.parameters?.hasTrainable == true else { return body(plain) }
    let plain = plain
    func recorded() -> (Tape, Tensor) {
      let inner = Tape(parameters: tape.parameters, checkpointing: tape.checkpointing)
      wanted.forEach(inner.watch)
      return (inner, body(plain.recording(on: inner)))
    }
    func carry(_ inner: Tape, _ y: Tensor, _ gradient: Tensor, to tape: Tape) {
      inner.backward(y, from: gradient, on: plain)
      var seen: Set<ObjectIdentifier> = []
      for x in wanted where seen.insert(ObjectIdentifier(x.storage)).inserted {
        if let share = inner.gradient(x) { tape.add(share, to: x, on: plain) }
      }
    }
    if tape.checkpointing {
      let y = body(plain)
      tape.keep(y) { tape, gradient in
        let (inner, again) = recorded()
        carry(inner, again, gradient, to: tape)
      }
      return y
    }
    let (inner, y) = recorded()
    if inner.tracks(y) { tape.keep(y) { tape, gradient in carry(inner, y, gradient, to: tape) } }
    return y
  }
}
