/// The opcodes of pickle protocols 0 to 5 that PyTorch and numpy use for data; others are known by name only.
enum PickleOpcode: UInt8 {
  case mark = 0x28, stop = 0x2e, pop = 0x30, popMark = 0x31, duplicate = 0x32
  case binFloat = 0x47, binInt = 0x4a, binInt1 = 0x4b, binInt2 = 0x4d, none = 0x4e
  case binPersistentID = 0x51, reduce = 0x52, binString = 0x54, shortBinString = 0x55, binUnicode = 0x58
  case emptyList = 0x5d, append = 0x61, build = 0x62, global = 0x63, appends = 0x65, binGet = 0x68, longBinGet = 0x6a
  case binPut = 0x71, longBinPut = 0x72, setItem = 0x73, tuple = 0x74, emptyTuple = 0x29, setItems = 0x75
  case emptyDict = 0x7d, binBytes = 0x42, shortBinBytes = 0x43
  case protocolVersion = 0x80, tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, newTrue = 0x88, newFalse = 0x89
  case long1 = 0x8a, shortBinUnicode = 0x8c, binUnicode8 = 0x8d, binBytes8 = 0x8e
  case stackGlobal = 0x93, memoize = 0x94, frame = 0x95
  case long4 = 0x8b, newObject = 0x81, newObjectWithKeywords = 0x92, object = 0x6f, instance = 0x69
  case emptySet = 0x8f, addItems = 0x90, frozenSet = 0x91, byteArray8 = 0x96

  /// Those that make objects of any class: they are read where such objects are kept as inert names.
  static let makingForeignObjects: Set<PickleOpcode> = [
    .newObject, .newObjectWithKeywords, .object, .instance, .emptySet, .addItems, .frozenSet, .byteArray8,
  ]

  /// The names of all refused opcodes.
  static let refused: [UInt8: String] = [
    0x46: "FLOAT", 0x49: "INT", 0x4c: "LONG", 0x50: "PERSID", 0x53: "STRING", 0x56: "UNICODE", 0x64: "DICT",
    0x67: "GET", 0x69: "INST", 0x6c: "LIST", 0x6f: "OBJ", 0x70: "PUT", 0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2",
    0x84: "EXT4", 0x8b: "LONG4", 0x8f: "EMPTY_SET", 0x90: "ADDITEMS", 0x91: "FROZENSET", 0x92: "NEWOBJ_EX",
    0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
  ]
}
