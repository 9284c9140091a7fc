import Foundation

/// The signatures of many files: how many there are, and which are not trusted.
///
/// Files of one signer have one chain of certificates, which is judged once.
package struct SignatureTally<File: Sendable>: Sendable {
  /// Files with a signature.
  package private(set) var signed = 0
  private var unsigned: [File] = []
  private var chains: [[[UInt8]]: (signature: FileSignature, files: [File])] = [:]

  package init() {}

  /// Counts a file; nil if it has no signature.
  ///
  /// - Parameter file: what stands for the file in the answer.
  package mutating func add(_ signature: FileSignature?, of file: File) {
    guard let signature else { return unsigned.append(file) }
    signed += 1
    chains[signature.chain.map(\.der), default: (signature, [])].files.append(file)
  }

  /// What `file` is and why none of the roots vouches for it, for each such file, in no order.
  package func untrusted(by anchors: TrustAnchors) async -> [(file: File, message: String)] {
    var found = unsigned.map { (file: $0, message: "it is not signed") }
    for (signature, files) in chains.values where !(await anchors.trust(signature.chain, at: signature.date)) {
      let signer = signature.chain.first?.name ?? "an unknown signer"
      found += files.map { (file: $0, message: "it is signed by \(signer), whom none of the given roots vouches for") }
    }
    return found
  }
}
