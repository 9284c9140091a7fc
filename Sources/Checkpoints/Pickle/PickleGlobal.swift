/// The globals that a pickle may name. Each stands for data; no code of that name is looked up or called.
enum PickleGlobal: Hashable {
  case orderedDict, defaultDict, rebuildTensor, rebuildTypedTensor, rebuildParameter, rebuildFromType, size
  case storage(ElementType)
  /// A number type as a value, such as `torch.float16`.
  case elementType(ElementType)
  case numpyScalar, numpyReconstruct, numpyArray, numpyType
  case encode, emptyBytes

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("collections", "defaultdict"): self = .defaultDict
    case ("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
    case ("torch", "Size"): self = .size
    case ("torch", "FloatStorage"): self = .storage(.f32)
    case ("torch", "DoubleStorage"): self = .storage(.f64)
    case ("torch", "HalfStorage"): self = .storage(.f16)
    case ("torch", "BFloat16Storage"): self = .storage(.bf16)
    case ("torch", "LongStorage"): self = .storage(.i64)
    case ("torch", "IntStorage"): self = .storage(.i32)
    case ("torch", "ShortStorage"): self = .storage(.i16)
    case ("torch", "CharStorage"): self = .storage(.i8)
    case ("torch", "ByteStorage"): self = .storage(.u8)
    case ("torch", "BoolStorage"): self = .storage(.bool)
    case ("torch.storage", "UntypedStorage"), ("torch.storage", "_UntypedStorage"), ("torch", "UntypedStorage"):
      self = .storage(.u8)
    case ("torch", let name) where Self.elementTypes[name] != nil:
      guard let type = Self.elementTypes[name] else { return nil }
      self = .elementType(type)
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .numpyScalar
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .numpyReconstruct
    case ("numpy", "ndarray"): self = .numpyArray
    case ("numpy", "dtype"): self = .numpyType
    case ("_codecs", "encode"): self = .encode
    case ("builtins", "bytes"), ("__builtin__", "bytes"): self = .emptyBytes
    default: return nil
    }
  }

  var makesTensor: Bool {
    switch self {
    case .rebuildTensor, .rebuildTypedTensor, .rebuildParameter, .rebuildFromType: true
    default: false
    }
  }

  private static let elementTypes: [String: ElementType] = [
    "float32": .f32, "float64": .f64, "float16": .f16, "bfloat16": .bf16, "float8_e4m3fn": .f8e4m3,
    "float8_e5m2": .f8e5m2, "int64": .i64, "int32": .i32, "int16": .i16, "int8": .i8, "uint8": .u8, "uint16": .u16,
    "uint32": .u32, "uint64": .u64, "bool": .bool,
  ]

  /// Whether a global runs commands, opens files or loads code, so that a file which names it is no checkpoint.
  static func isDangerous(module: String, name: String) -> Bool {
    let root = String(module.prefix { $0 != "." })
    if root == "builtins" || root == "__builtin__" { return !plainBuiltIns.contains(name) }
    return dangerousModules.contains(root) || module == "torch.hub" || module == "torch.serialization"
  }

  private static let dangerousModules: Set<String> = [
    "os", "posix", "nt", "subprocess", "sys", "runpy", "socket", "shutil", "pty", "importlib", "ctypes", "webbrowser",
    "commands", "code", "pdb", "bdb", "timeit", "pickle", "_pickle", "marshal", "requests", "urllib", "http", "pip",
  ]

  private static let plainBuiltIns: Set<String> = [
    "set", "frozenset", "bytearray", "list", "dict", "tuple", "int", "float", "bool", "str", "object", "slice", "range",
    "xrange", "complex", "long", "unicode", "type", "getattr",
  ]
}
