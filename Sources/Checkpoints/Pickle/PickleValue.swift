package import Engine

/// The contents of a pickle as inert data.
package indirect enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  /// The entries in the order of writing.
  case dict([(key: PickleValue, value: PickleValue)])
  /// A tensor of any number type as fp32; the reader refuses integers that fp32 cannot hold exactly.
  case tensor(Tensor)

  /// The value's kind, for messages.
  package var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int: "an int"
    case .double: "a float"
    case .string: "a string"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dict: "a dict"
    case .tensor: "a tensor"
    }
  }
}
