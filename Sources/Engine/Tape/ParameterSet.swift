/// The parameters of one or more networks, in the order in which the networks read them.
///
/// `@unchecked Sendable`: filled while a network is built, then used by the one thread that trains.
package final class ParameterSet: @unchecked Sendable {
  package private(set) var all: [Parameter] = []
  private var byName: [String: Int] = [:]
  private var byStorage: [ObjectIdentifier: Int] = [:]

  package init() {}

  package func add(_ parameter: Parameter) {
    // A network that reads a tensor twice shares it.
    guard byName[parameter.name] == nil else { return }
    byName[parameter.name] = all.count
    byStorage[ObjectIdentifier(parameter.value.storage)] = all.count
    all.append(parameter)
  }

  package subscript(name: String) -> Parameter? { byName[name].map { all[$0] } }

  /// The trainable parameter whose values are in the storage of `tensor`.
  func trainable(_ tensor: Tensor) -> Parameter? {
    guard let index = byStorage[ObjectIdentifier(tensor.storage)], all[index].isTrainable else { return nil }
    return all[index]
  }

  package var hasTrainable: Bool { all.contains(where: \.isTrainable) }

  package func zeroGradients() {
    for parameter in all { parameter.clearGradient() }
  }

  /// Every parameter's values in PyTorch's layout.
  package func tensors() -> [(String, Tensor)] { all.map { ($0.name, $0.exported($0.value)) } }
}
