extension JSONDocument: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  /// Keys must differ.
  package init(dictionaryLiteral elements: (String, JSONDocument)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }

  package init(arrayLiteral elements: JSONDocument...) {
    self = .array(elements)
  }
}
