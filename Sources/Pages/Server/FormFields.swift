import Files
import Foundation

/// The fields of a form as browsers send it (`application/x-www-form-urlencoded`).
struct FormFields {
  private var values: [String: String] = [:]

  /// - Throws: ``PageError`` (`badRequest`) if the text is no form.
  init(_ text: String) throws(PageError) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
      guard decoded.count == 2, let name = decoded[0], let value = decoded[1],
        values.updateValue(value, forKey: name) == nil
      else { throw PageError(.badRequest, "the form cannot be read") }
    }
  }

  subscript(_ name: String) -> String? { values[name] }
}
