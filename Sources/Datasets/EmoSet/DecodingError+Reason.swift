extension DecodingError {
  /// The reason and the place, in a few words.
  var reason: String {
    func place(_ context: Context) -> String {
      let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
      return path.isEmpty ? "" : " at \(path.hasPrefix(".") ? String(path.dropFirst()) : path)"
    }
    switch self {
    case .typeMismatch(let type, let context): return "\(Self.word(type)) is needed\(place(context))"
    case .valueNotFound(let type, let context): return "\(Self.word(type)) is needed\(place(context))"
    case .keyNotFound(let key, let context): return "the key '\(key.stringValue)' is missing\(place(context))"
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty ? "it is not JSON" : "a wrong value\(place(context))"
    @unknown default: return "it cannot be decoded"
    }
  }

  private static func word(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Int.Type, is Double.Type: "a number"
    case is [Any].Type: "a list"
    default: "an object or list"
    }
  }
}
