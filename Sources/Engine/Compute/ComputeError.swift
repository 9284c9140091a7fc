/// Why this CPU cannot compute what was requested.
package struct ComputeError: Error, CustomStringConvertible {
  package let description: String
}
