import TestSupport
import Testing

/// A crafted safetensors file that breaks one rule, and the expected error.
struct MalformedFile: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let bytes: [UInt8]
  /// A part of the error's message.
  let message: String
  /// The byte that the error points at.
  let offset: Int

  /// A file of exactly these bytes.
  init(_ description: String, bytes: [UInt8], _ message: String, at offset: Int) {
    testDescription = description
    self.bytes = bytes
    self.message = message
    self.offset = offset
  }

  /// A file with this header, its right length before it, and `data` zero bytes after it. `offset` is counted from
  /// the header's start.
  init(_ description: String, _ header: String, data: Int = 0, _ message: String, at offset: Int) {
    self.init(description, header: Array(header.utf8), data: data, message, at: offset)
  }

  init(_ description: String, header: [UInt8], data: Int = 0, _ message: String, at offset: Int) {
    self.init(description, bytes: CraftedBytes.safetensors(header, data: data), message, at: 8 + offset)
  }

  static let all = layout + json + tensors

  private static let layout = [
    MalformedFile("a file shorter than the length", bytes: [1, 2, 3], "has 3 bytes, too few", at: 3),
    MalformedFile(
      "a header past the end", bytes: [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "claims 3 bytes, but only 2 follow", at: 0),
    MalformedFile(
      "a header above the limit", bytes: [0x01, 0xE1, 0xF5, 0x05, 0, 0, 0, 0], "100000001 bytes, more than", at: 0),
    MalformedFile(
      "a length with the top bit", bytes: [UInt8](repeating: 0xFF, count: 8), "18446744073709551615 bytes", at: 0),
    MalformedFile("no header", "", "does not start with '{'", at: 0),
    MalformedFile("a space before a header that is a list", " []", "does not start with '{'", at: 1),
    MalformedFile("a header that is a list", "[]", "does not start with '{'", at: 0),
    MalformedFile("text after the header", "{} x", "bytes other than whitespace follow", at: 3),
    MalformedFile("a zero byte after the header", "{} \0", "bytes other than whitespace follow", at: 3),
    MalformedFile("data that no tensor owns", "{}", data: 5, "5 bytes after the last tensor", at: 2),
    MalformedFile(
      "a truncated file", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 7,
      "need 8 bytes, but only 7 follow", at: 61),
    MalformedFile(
      "trailing data", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 9,
      "1 bytes after the last tensor", at: 62),
    MalformedFile(
      "a first tensor that does not start at 0", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: 2,
      "1 bytes before tensor 'a' belong to no tensor", at: 1),
    MalformedFile(
      "a hole between tensors",
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}"#,
      data: 4, "2 bytes before tensor 'b' belong to no tensor", at: 53),
    MalformedFile(
      "tensors that overlap",
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
      data: 3, "'b' starts at 1, inside the one before it, which ends at 2", at: 53),
    MalformedFile(
      "two tensors in one place",
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
      data: 2, "'b' starts at 0, inside the one before it", at: 53),
    MalformedFile(
      "too many tensors", "{\((0...100_000).map { tensor("\($0)", "") }.joined(separator: ","))}",
      "more than 100000 tensors", at: 5_688_891),
  ]

  private static let json = [
    MalformedFile("an unfinished object", "{", "ends where '\"' of a string that names a tensor is expected", at: 1),
    MalformedFile("a key that is no string", "{1:2}", "found '1'", at: 1),
    MalformedFile("a comma at the end", "{\(tensor("a")),}", "expected '\"'", at: 54),
    MalformedFile("a missing comma", "{\(tensor("a"))\(tensor("b"))}", "expected ',' or '}'", at: 53),
    MalformedFile("a missing colon", #"{"a"{}}"#, "expected ':' after 'a'", at: 4),
    MalformedFile("a string without end", #"{"abc"#, "no closing quote", at: 2),
    MalformedFile("a string that is not UTF-8", header: [0x7B, 0x22, 0xC3, 0x28, 0x22], "not valid UTF-8", at: 2),
    MalformedFile("an overlong encoding", header: [0x7B, 0x22, 0xC0, 0xAF, 0x22], "not valid UTF-8", at: 2),
    MalformedFile("a control character", "{\"a\u{1}\":{}}", "control character", at: 3),
    MalformedFile("an unknown escape", #"{"\x":{}}"#, "not a JSON escape", at: 2),
    MalformedFile("an escape of letters", #"{"\u00zz":{}}"#, "four hexadecimal digits", at: 6),
    MalformedFile("half of a surrogate pair", #"{"\ud83d":{}}"#, "surrogate", at: 2),
    MalformedFile("two first halves", #"{"\ud83d\ud83d":{}}"#, "surrogate", at: 2),
    MalformedFile("a tensor twice", "{\(tensor("a")),\(tensor("a"))}", "has the key 'a' twice", at: 54),
    MalformedFile(
      "a tensor twice, once escaped", "{\(tensor("a")),\(tensor(#"\u0061"#))}", "has the key 'a' twice", at: 54),
    MalformedFile("metadata twice", #"{"__metadata__":{},"__metadata__":{}}"#, "'__metadata__' twice", at: 19),
    MalformedFile("a metadata key twice", #"{"__metadata__":{"k":"1","k":"2"}}"#, "the key 'k' twice", at: 25),
    MalformedFile("a number in metadata", #"{"__metadata__":{"k":1}}"#, "the value of 'k' in __metadata__", at: 21),
    MalformedFile("metadata that is a string", #"{"__metadata__":"k"}"#, "expected '{' of __metadata__", at: 16),
  ]

  private static let tensors = [
    MalformedFile("a tensor that is null", #"{"a":null}"#, "expected '{' of tensor 'a', found 'n'", at: 5),
    MalformedFile("no dtype", #"{"a":{"shape":[0],"data_offsets":[0,0]}}"#, "'a' has no dtype", at: 1),
    MalformedFile("no shape", #"{"a":{"dtype":"F32","data_offsets":[0,0]}}"#, "'a' has no shape", at: 1),
    MalformedFile("no offsets", #"{"a":{"dtype":"F32","shape":[0]}}"#, "no data_offsets of two numbers", at: 1),
    MalformedFile(
      "one offset", #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0]}}"#, "no data_offsets of two numbers", at: 1),
    MalformedFile(
      "three offsets", #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0,0]}}"#, "more than 2 numbers", at: 52),
    MalformedFile("an unknown key", "{\(tensor("a", #","stride":[1]"#))}", "the unknown key 'stride'", at: 53),
    MalformedFile("a key of a tensor twice", "{\(tensor("a", #","shape":[0]"#))}", "the key 'shape' twice", at: 53),
    MalformedFile(
      "a negative dimension", #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}}"#,
      "expected a non-negative integer of the shape of tensor 'a', found '-'", at: 29),
    MalformedFile(
      "a fraction", #"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, data: 4, "is not an integer", at: 29),
    MalformedFile(
      "exponent", #"{"a":{"dtype":"F32","shape":[1e0],"data_offsets":[0,4]}}"#, data: 4, "is not an integer", at: 29),
    MalformedFile(
      "a leading zero", #"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, data: 4, "starts with 0", at: 29),
    MalformedFile(
      "a number of 65 bits", #"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,0]}}"#,
      "does not fit 64 bits", at: 29),
    MalformedFile(
      "a product that overflows",
      #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#, "does not fit 64 bits", at: 1),
    MalformedFile(
      "too many dimensions",
      #"{"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}}"#, data: 1,
      "more than 16 numbers", at: 60),
    MalformedFile(
      "an end before the start", #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[1,0]}}"#, data: 1,
      "ends at 0, before its start at 1", at: 1),
    MalformedFile(
      "a size that the dtype contradicts", #"{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#, data: 8,
      "F16 [2] needs 4 bytes, but its data_offsets hold 8", at: 1),
  ]

  /// An entry of the header: an empty tensor.
  private static func tensor(_ name: String, _ more: String = "") -> String {
    #""\#(name)":{"dtype":"F32","shape":[0],"data_offsets":[0,0]\#(more)}"#
  }
}
