/// The globals that a pickle may name. Each stands for data; no code of that name is looked up or called.
enum PickleGlobal: Hashable {
  case orderedDict, rebuildTensor, rebuildParameter, size
  case storage(NumberType)
  case numpyScalar, numpyReconstruct, numpyArray, numpyType
  case encode, emptyBytes

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", "Size"): self = .size
    case ("torch", "FloatStorage"): self = .storage(.float32)
    case ("torch", "DoubleStorage"): self = .storage(.float64)
    case ("torch", "HalfStorage"): self = .storage(.float16)
    case ("torch", "BFloat16Storage"): self = .storage(.bfloat16)
    case ("torch", "LongStorage"): self = .storage(.int64)
    case ("torch", "IntStorage"): self = .storage(.int32)
    case ("torch", "ShortStorage"): self = .storage(.int16)
    case ("torch", "CharStorage"): self = .storage(.int8)
    case ("torch", "ByteStorage"): self = .storage(.uint8)
    case ("torch", "BoolStorage"): self = .storage(.bool)
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
}
