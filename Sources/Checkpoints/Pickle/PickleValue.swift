package import Engine

/// What a pickle holds, once nothing in it can run any more.
package indirect enum PickleValue {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case bytes([UInt8])
  case list([PickleValue])
  case tuple([PickleValue])
  /// In the order it was written.
  case dict([(key: PickleValue, value: PickleValue)])
  /// Any number type as fp32; integers beyond what fp32 holds exactly are refused when they are read.
  case tensor(Tensor)

  /// Its kind, for messages.
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
