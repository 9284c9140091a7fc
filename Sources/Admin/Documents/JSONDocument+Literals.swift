extension JSONDocument: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
  /// Keys must differ.
  package init(dictionaryLiteral elements: (String, JSONDocument)...) {
    self = .object(Dictionary(uniqueKeysWithValues: elements))
  }

  package init(arrayLiteral elements: JSONDocument...) {
    self = .array(elements)
  }
}

extension JSONDocument: ExpressibleByBooleanLiteral, ExpressibleByStringLiteral {
  package init(booleanLiteral value: Bool) {
    self = .bool(value)
  }

  package init(stringLiteral value: String) {
    self = .string(value)
  }
}
