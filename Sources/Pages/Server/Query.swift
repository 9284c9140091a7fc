import Files
import Foundation
import Hummingbird

/// The parameters of an address. What is not understood is refused instead of ignored.
struct Query {
  private let values: [String: String]

  /// The most parameters of an address.
  private static let largest = 16

  /// - Parameter known: the names that the page understands.
  /// - Throws: ``PageError`` (`badRequest`) for other or repeated names.
  init(_ request: Request, known: Set<String>) throws(PageError) {
    let pairs = (request.uri.query ?? "").split(separator: "&")
    guard pairs.count <= Self.largest else {
      throw PageError(.badRequest, "the address has more than \(Self.largest) parameters")
    }
    var values: [String: String] = [:]
    for pair in pairs {
      // As forms are sent: `+` is a space.
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        .map { $0.replacing("+", with: " ").removingPercentEncoding }
      guard let name = parts[0], let value = parts.count > 1 ? parts[1] : "" else {
        throw PageError(.badRequest, "the address has a parameter that cannot be read: '\(pair.prefix(40))'")
      }
      guard known.contains(name) else {
        throw PageError(
          .badRequest,
          "the address has the parameter '\(name.prefix(40))', but this page knows only: \(known.sorted().joined(separator: ", "))"
        )
      }
      guard values.updateValue(value, forKey: name) == nil else {
        throw PageError(.badRequest, "the address has the parameter '\(name)' more than once")
      }
    }
    self.values = values
  }

  /// The text of a parameter; nil if it is missing or empty, as forms send what was left out.
  func text(_ name: String) -> String? {
    values[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A number within bounds.
  ///
  /// - Throws: ``PageError`` (`badRequest`).
  func number(_ name: String, in bounds: ClosedRange<Int64>) throws(PageError) -> Int64? {
    guard let text = text(name) else { return nil }
    guard let number = Int64(text), bounds.contains(number) else {
      throw PageError(
        .badRequest,
        "\(name)=\(text.prefix(40)) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// Whether a parameter says true; false if it is missing.
  ///
  /// - Throws: ``PageError`` (`badRequest`).
  func flag(_ name: String) throws(PageError) -> Bool {
    guard let text = text(name) else { return false }
    guard let flag = Bool(text) else {
      throw PageError(.badRequest, "\(name)=\(text.prefix(40)) must be true or false")
    }
    return flag
  }

  /// A decimal number within bounds.
  ///
  /// - Throws: ``PageError`` (`badRequest`).
  func decimal(_ name: String, in bounds: ClosedRange<Double>) throws(PageError) -> Double? {
    guard let text = text(name) else { return nil }
    guard let number = Double(text), bounds.contains(number) else {
      throw PageError(
        .badRequest, "\(name)=\(text.prefix(40)) must be a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }

  /// One of a list of words.
  ///
  /// - Throws: ``PageError`` (`badRequest`) that lists them.
  func word<Value: RawRepresentable & CaseIterable>(_ name: String, as type: Value.Type) throws(PageError) -> Value?
  where Value.RawValue == String {
    guard let text = text(name) else { return nil }
    guard let value = Value(rawValue: text) else {
      let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
      throw PageError(.badRequest, "\(name)=\(text.prefix(40)) must be one of \(words)")
    }
    return value
  }

  /// The value of a part of the address's path.
  ///
  /// - Throws: ``PageError`` (`notFound`): no such page can exist.
  static func id(_ context: some RequestContext, _ name: String, upTo bound: Int64 = .max) throws(PageError) -> Int64 {
    let text = context.parameters.get(name) ?? ""
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int64(text), number <= bound else {
      throw PageError(.notFound, "there is nothing with the number '\(text.prefix(40))'")
    }
    return number
  }
}
