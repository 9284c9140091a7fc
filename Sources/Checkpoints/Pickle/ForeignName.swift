/// Makes names from untrusted files safe for messages.
package enum ForeignName {
  /// The first characters of a name, or of a text with names; characters that could disturb a terminal become "?".
  package static func shown(_ name: some StringProtocol, limit: Int = 80) -> String {
    String(
      name.unicodeScalars.prefix(limit)
        .map { $0.isASCII && $0.value > 0x1f && $0.value != 0x7f ? Character($0) : "?" })
  }
}
