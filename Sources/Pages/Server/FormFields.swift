import Files
import Foundation

/// The fields of a form as browsers send it (`application/x-www-form-urlencoded`).
struct FormFields {
  private var values: [String: [String]] = [:]

  /// - Throws: ``PageError`` (`badRequest`) if the text is no form.
  init(_ text: String) throws(PageError) {
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { $0.replacing("+", with: " ").removingPercentEncoding }
      guard decoded.count == 2, let name = decoded[0], let value = decoded[1] else {
        throw PageError(.badRequest, "the form cannot be read")
      }
      // Browsers send the ends of lines as both characters.
      values[name, default: []].append(value.replacing("\r\n", with: "\n"))
    }
  }

  /// The value of a field; nil if it is missing, empty or there several times.
  subscript(_ name: String) -> String? {
    guard let all = values[name], all.count == 1, let only = all.first, !only.isEmpty else { return nil }
    return only
  }

  /// The values of boxes with the same name.
  func all(_ name: String) -> [String] { values[name] ?? [] }
}
