/// Text that is already JSON. It is bound as `jsonb`.
package struct JSONText: Hashable, Sendable, PostgresBindable {
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package static var postgresType: PostgresType { .jsonb }

  package func postgresText() throws -> String? {
    try text.postgresText()
  }
}
