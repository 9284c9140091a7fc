/// Why a request cannot be rendered with a model: the request's fault, not the farm's.
package struct RenderError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
