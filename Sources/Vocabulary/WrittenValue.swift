/// A value of a written document, which its reader takes as what it must be.
///
/// The reader of specifications is such a value; the words say what they want of it, and its errors say where it stands.
package protocol WrittenValue {
  associatedtype Failure: Error

  /// A text as it is written.
  func string() throws(Failure) -> String
  func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(Failure) -> Value
  /// A finite number.
  func number() throws(Failure) -> Double
  func boolean() throws(Failure) -> Bool
  /// The elements of a list with at least one.
  func elements(limit: Int) throws(Failure) -> [Self]
  /// One of an enumeration's names.
  ///
  /// - Parameter kind: what the names are names of, such as `sampler`, for the message; nil to list them only.
  func name<Value: RawRepresentable & CaseIterable>(
    _ type: Value.Type, called kind: String?
  ) throws(Failure) -> Value where Value.RawValue == String
  /// An error at this value; the message follows its key.
  func error(_ message: String) -> Failure
}

extension WrittenValue {
  /// A text in a form of its own.
  ///
  /// - Parameters:
  ///   - form: what is accepted, to be read after "must be".
  ///   - parse: gives nil for a text that is not of the form.
  func parsed<Value>(_ form: String, _ parse: (String) -> Value?) throws(Failure) -> Value {
    let text = try string()
    guard let value = parse(text) else { throw error("is '\(text)', but must be \(form)") }
    return value
  }

  func integer() throws(Failure) -> Int { try integer(Int.self) }

  func name<Value: RawRepresentable & CaseIterable>() throws(Failure) -> Value where Value.RawValue == String {
    try name(Value.self, called: nil)
  }
}
