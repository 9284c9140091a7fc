/// Why a processor cannot compute as asked.
package struct ComputeError: Error, CustomStringConvertible {
  package let description: String
}
