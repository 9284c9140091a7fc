/// A value in a document, which can be read as one of several types.
///
/// The reader of specifications conforms to it. Settings ask the value for the type they need, and its errors name the
/// place in the document.
package protocol WrittenValue {
  associatedtype Failure: Error

  /// Reads a string verbatim.
  func string() throws(Failure) -> String
  func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(Failure) -> Value
  /// Whether the value is a list, of any length.
  var isList: Bool { get }
  /// Reads a finite number.
  func number() throws(Failure) -> Double
  func boolean() throws(Failure) -> Bool
  /// Reads the elements of a list.
  ///
  /// - Parameter empty: whether the list may be empty.
  func elements(limit: Int, empty: Bool) throws(Failure) -> [Self]
  /// Reads one of an enumeration's names.
  ///
  /// - Parameter kind: a noun for the names, such as `sampler`, for the message; nil if the message only lists them.
  func name<Value: RawRepresentable & CaseIterable>(
    _ type: Value.Type, called kind: String?
  ) throws(Failure) -> Value where Value.RawValue == String
  /// Creates an error at this value; the message follows its key.
  func error(_ message: String) -> Failure
}

extension WrittenValue {
  /// Reads a string and parses it.
  ///
  /// - Parameters:
  ///   - form: the accepted form, which follows "must be" in the message.
  ///   - parse: returns nil if the string does not have that form.
  package func parsed<Value>(_ form: String, _ parse: (String) -> Value?) throws(Failure) -> Value {
    let text = try string()
    guard let value = parse(text) else { throw error("is '\(text)', but must be \(form)") }
    return value
  }

  /// Reads a list, which may be empty, or one element without a list.
  func list<Value>(_ element: (Self) throws(Failure) -> Value) throws(Failure) -> [Value] {
    guard isList else { return [try element(self)] }
    var values: [Value] = []
    for item in try elements(limit: Limits.addedFiles, empty: true) { values.append(try element(item)) }
    return values
  }

  /// Reads the elements of a list that is not empty.
  func elements(limit: Int) throws(Failure) -> [Self] { try elements(limit: limit, empty: false) }

  func integer() throws(Failure) -> Int { try integer(Int.self) }

  func name<Value: RawRepresentable & CaseIterable>() throws(Failure) -> Value where Value.RawValue == String {
    try name(Value.self, called: nil)
  }
}
