import Checkpoints
import Engine
import Files
import Foundation
import TestSupport
import Testing

/// Files that would execute code, read foreign memory or exhaust memory if the reader trusted them.
struct HostilePickleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// A part of the error's message.
    let refusal: String
    var testDescription: String { name }
  }

  // MARK: - Building pickles

  private static func text(_ string: String) -> [UInt8] {
    [0x58] + CraftedBytes.little(string.utf8.count, 4) + Array(string.utf8)
  }
  private static func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
  private static func int(_ value: Int) -> [UInt8] { [0x4a] + CraftedBytes.little(value, 4) }
  private static let command = text("touch marker")
  private static let (mark, tuple, reduce, persistent, emptyTuple): (UInt8, UInt8, UInt8, UInt8, UInt8) = (
    0x28, 0x74, 0x52, 0x51, 0x29
  )

  private static func storage(key: String = "0", count: [UInt8] = int(4), type: String = "FloatStorage") -> [UInt8] {
    [mark] + text("storage") + global("torch", type) + text(key) + text("cpu") + count + [tuple, persistent]
  }
  private static func tensor(
    _ storage: [UInt8] = storage(), offset: [UInt8] = int(0), shape: [[UInt8]] = [int(4)], strides: [[UInt8]] = [int(1)]
  ) -> [UInt8] {
    var bytes = global("torch._utils", "_rebuild_tensor_v2")
    bytes.append(mark)
    bytes += storage
    bytes += offset
    for numbers in [shape, strides] {
      bytes.append(mark)
      for number in numbers { bytes += number }
      bytes.append(tuple)
    }
    bytes.append(0x89)
    bytes += global("collections", "OrderedDict")
    bytes += [emptyTuple, reduce, tuple, reduce]
    return bytes
  }

  private static func saved(_ body: [UInt8], storage: [UInt8] = Array(repeating: 0, count: 16)) -> [UInt8] {
    CraftedBytes.zip([
      CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle(body)),
      CraftedBytes.ZipEntry(name: "a/data/0", data: storage),
    ])
  }

  private static let magic: [UInt8] = CraftedBytes.pickle([
    0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ])
  private static func legacy(_ body: [UInt8], keys: [String], storages: [UInt8], version: Int = 1001) -> [UInt8] {
    magic + CraftedBytes.pickle(int(version)) + CraftedBytes.pickle([0x7d] + text("little_endian") + [0x88, 0x73])
      + CraftedBytes.pickle(body)
      + CraftedBytes.pickle([0x5d, mark] + keys.flatMap(text) + [0x65]) + storages
  }

  // MARK: - The cases

  private static let calls: [Case] = [
    Case(
      name: "os.system by GLOBAL",
      bytes: CraftedBytes.pickle(global("os", "system") + [mark] + command + [tuple, reduce]),
      refusal: "'os.system'"),
    Case(
      name: "posix.system by STACK_GLOBAL",
      bytes: CraftedBytes.pickle(
        text("posix") + text("system") + [0x93, mark] + command + [tuple, reduce], version: 4),
      refusal: "'posix.system'"),
    Case(
      name: "eval", bytes: CraftedBytes.pickle(global("builtins", "eval") + [mark] + command + [tuple, reduce]),
      refusal: "'builtins.eval'"),
    Case(
      name: "exec of protocol 2",
      bytes: CraftedBytes.pickle(global("__builtin__", "exec") + [mark] + command + [tuple, reduce]),
      refusal: "'__builtin__.exec'"),
    Case(name: "getattr", bytes: CraftedBytes.pickle(global("builtins", "getattr")), refusal: "'builtins.getattr'"),
    Case(name: "a dotted name", bytes: CraftedBytes.pickle(global("torch", "os.system")), refusal: "'torch.os.system'"),
    Case(
      name: "torch.load in a load", bytes: CraftedBytes.pickle(global("torch.storage", "_load_from_bytes")),
      refusal: "_load_from_bytes"),
    Case(
      name: "a terminal's escape in a name", bytes: CraftedBytes.pickle(global("o\u{1b}[2Js", "system")),
      refusal: "'o?[2Js.system'"),
    Case(
      name: "INST", bytes: CraftedBytes.pickle([mark] + command + Array("ios\nsystem\n".utf8)), refusal: "opcode INST"),
    Case(
      name: "OBJ", bytes: CraftedBytes.pickle([mark] + global("collections", "OrderedDict") + [0x6f]),
      refusal: "opcode OBJ"),
    Case(
      name: "NEWOBJ", bytes: CraftedBytes.pickle(global("collections", "OrderedDict") + [emptyTuple, 0x81]),
      refusal: "opcode NEWOBJ"
    ),
    Case(
      name: "NEWOBJ_EX",
      bytes: CraftedBytes.pickle(global("collections", "OrderedDict") + [emptyTuple, 0x7d, 0x92], version: 4),
      refusal: "opcode NEWOBJ_EX"),
    Case(name: "EXT1", bytes: CraftedBytes.pickle([0x82, 1]), refusal: "opcode EXT1"),
    Case(name: "EXT4", bytes: CraftedBytes.pickle([0x84, 1, 0, 0, 0]), refusal: "opcode EXT4"),
    Case(name: "PERSID", bytes: CraftedBytes.pickle(Array("P0\n".utf8)), refusal: "opcode PERSID"),
    Case(name: "an unknown opcode", bytes: CraftedBytes.pickle([0xff]), refusal: "opcode 0xff"),
    Case(
      name: "a class called", bytes: CraftedBytes.pickle(global("torch", "FloatStorage") + [emptyTuple, reduce]),
      refusal: "a class that is not a function"),
    Case(
      name: "a string called", bytes: CraftedBytes.pickle(text("os.system") + [mark] + command + [tuple, reduce]),
      refusal: "REDUCE is read for a known global"),
    Case(
      name: "BUILD of a string", bytes: CraftedBytes.pickle(text("x") + [0x7d, 0x62]),
      refusal: "BUILD of such an object"),
    Case(
      name: "a codec other than latin1",
      bytes: CraftedBytes.pickle(global("_codecs", "encode") + text("x") + text("rot13") + [0x86, reduce]),
      refusal: "latin1 text only"
    ),
    Case(
      name: "_reconstruct of another class",
      bytes: CraftedBytes.pickle(
        global("numpy.core.multiarray", "_reconstruct") + global("collections", "OrderedDict") + [emptyTuple]
          + text("b") + [0x87, reduce]), refusal: "numpy.ndarray only"),
    Case(
      name: "numpy's objects",
      bytes: CraftedBytes.pickle(global("numpy", "dtype") + text("O8") + [0x89, 0x88, 0x87, reduce]),
      refusal: "dtype 'O8'"),
    Case(name: "a call inside of an archive", bytes: saved(global("os", "system")), refusal: "'os.system'"),
    Case(
      name: "a call behind the older form's magic", bytes: magic + CraftedBytes.pickle(global("os", "system")),
      refusal: "'os.system'"),
  ]

  private static let damage: [Case] = [
    Case(name: "an empty file", bytes: [], refusal: "is empty"),
    Case(name: "text", bytes: Array("hello, world".utf8), refusal: "is text instead of weights"),
    Case(name: "protocol 0", bytes: Array("I1\n.".utf8), refusal: "opcode INT"),
    Case(name: "protocol 9", bytes: CraftedBytes.pickle([0x4e], version: 9), refusal: "pickle protocol 9"),
    Case(name: "no STOP", bytes: [0x80, 2, 0x4e], refusal: "cut off"),
    Case(name: "more behind STOP", bytes: CraftedBytes.pickle([0x4e]) + [1, 2, 3], refusal: "3 bytes follow"),
    Case(
      name: "a string of 4 GiB", bytes: CraftedBytes.pickle([0x58, 0xff, 0xff, 0xff, 0xff]),
      refusal: "4294967295 bytes are announced"),
    Case(
      name: "bytes of 2^63", bytes: CraftedBytes.pickle([0x8e] + Array(repeating: 0xff, count: 8), version: 4),
      refusal: "bytes are announced"),
    Case(
      name: "a frame of 2^62", bytes: CraftedBytes.pickle([0x95] + CraftedBytes.little(1 << 62, 8), version: 4),
      refusal: "are announced"),
    Case(name: "no mark", bytes: CraftedBytes.pickle([tuple]), refusal: "no mark"),
    Case(name: "an empty stack", bytes: CraftedBytes.pickle([0x30]), refusal: "too few objects"),
    Case(name: "a tuple across a mark", bytes: CraftedBytes.pickle([0x4e, mark, 0x85]), refusal: "too few objects"),
    Case(name: "a memo that was never written", bytes: CraftedBytes.pickle([0x68, 7]), refusal: "no entry 7"),
    Case(name: "objects left over", bytes: CraftedBytes.pickle([0x4e, 0x4e]), refusal: "left over"),
    Case(
      name: "a string that is not UTF-8", bytes: CraftedBytes.pickle([0x58, 1, 0, 0, 0, 0xff]), refusal: "not UTF-8"),
    Case(
      name: "an endless name", bytes: [0x80, 2, 0x63] + Array(repeating: 0x61, count: 300), refusal: "longer than 256"),
    Case(
      name: "a key without a value", bytes: CraftedBytes.pickle([0x7d, mark, 0x4e, 0x75]),
      refusal: "a key without a value"),
    Case(
      name: "a list that holds itself", bytes: CraftedBytes.pickle([0x5d, 0x71, 0, 0x68, 0, 0x61]),
      refusal: "holds itself"),
    Case(
      name: "a million lists in each other",
      bytes: CraftedBytes.pickle(Array(repeating: 0x5d, count: 1_000_000) + Array(repeating: 0x61, count: 999_999)),
      refusal: "nest deeper"),
    Case(
      name: "a million tuples in each other",
      bytes: CraftedBytes.pickle([0x29] + Array(repeating: 0x85, count: 1_000_000)),
      refusal: "tuples nest deeper"),
    Case(
      name: "lists that double thirty times", bytes: CraftedBytes.pickle(CraftedBytes.doublingLists),
      refusal: "more than 4000000 objects"),
    Case(
      name: "a class as data", bytes: CraftedBytes.pickle(global("collections", "OrderedDict")),
      refusal: "a class or storage"),
  ]

  private static let tensors: [Case] = [
    Case(
      name: "a persistent id of another form", bytes: CraftedBytes.pickle(text("x") + [persistent]),
      refusal: "persistent id"),
    Case(
      name: "a key that leads elsewhere", bytes: saved(tensor(storage(key: "../../etc/passwd"))),
      refusal: "not a number"),
    Case(
      name: "an unknown class of storage", bytes: saved(storage(type: "QInt8Storage")), refusal: "'torch.QInt8Storage'"),
    Case(name: "a storage that is missing", bytes: saved(tensor(storage(key: "7"))), refusal: "storage 7 is missing"),
    Case(name: "a storage that is too short", bytes: saved(tensor(), storage: [0, 0, 0, 0]), refusal: "too few for 4"),
    Case(
      name: "a shape beyond its storage", bytes: saved(tensor(shape: [int(5)])), refusal: "reaches beyond its storage"),
    Case(name: "an offset beyond its storage", bytes: saved(tensor(offset: int(9))), refusal: "outside of its storage"),
    Case(name: "a negative offset", bytes: saved(tensor(offset: int(-1))), refusal: "outside of its storage"),
    Case(name: "a negative size", bytes: saved(tensor(shape: [int(-4)])), refusal: "not a number from 0 up"),
    Case(name: "a negative stride", bytes: saved(tensor(strides: [int(-1)])), refusal: "not a number from 0 up"),
    Case(
      name: "a shape that overflows",
      bytes: saved(
        tensor(shape: Array(repeating: int(0x7fff_ffff), count: 4), strides: Array(repeating: int(0), count: 4))),
      refusal: "too large"),
    Case(
      name: "one number as a million", bytes: saved(tensor(shape: [int(1_000_000)], strides: [int(0)])),
      refusal: "repeats its storage"),
    Case(name: "strides without sizes", bytes: saved(tensor(shape: [])), refusal: "do not match"),
    Case(
      name: "an older file with a storage too large",
      bytes: legacy(tensor(), keys: ["0"], storages: CraftedBytes.little(1 << 60, 8)),
      refusal: "announces 1152921504606846976"),
    Case(
      name: "an older file without its storage", bytes: legacy(tensor(), keys: ["0"], storages: []), refusal: "missing"),
    Case(
      name: "an older file with a stranger's storage",
      bytes: legacy(tensor(), keys: ["5"], storages: CraftedBytes.little(0, 8)),
      refusal: "belongs to no tensor"),
    Case(
      name: "an older file of another protocol", bytes: legacy(tensor(), keys: [], storages: [], version: 7),
      refusal: "is not 1001"),
  ]

  private static let archives: [Case] = [
    Case(name: "an archive without a directory", bytes: Array(saved(tensor()).prefix(200)), refusal: "no directory"),
    Case(
      name: "an archive without data.pkl", bytes: CraftedBytes.zip([CraftedBytes.ZipEntry(name: "a/b", data: [1])]),
      refusal: "no data.pkl"),
    Case(
      name: "two pickles",
      bytes: CraftedBytes.zip([
        CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle([0x4e])),
        CraftedBytes.ZipEntry(name: "b/data.pkl", data: CraftedBytes.pickle([0x4e])),
      ]),
      refusal: "or several"),
    Case(
      name: "a compressed entry",
      bytes: CraftedBytes.zip([CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle([0x4e]), method: 8)]
      ),
      refusal: "compressed or encrypted"),
    Case(
      name: "an encrypted entry",
      bytes: CraftedBytes.zip([CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle([0x4e]), flags: 1)]),
      refusal: "compressed or encrypted"),
    Case(
      name: "a name that leads out",
      bytes: CraftedBytes.zip([CraftedBytes.ZipEntry(name: "a/../../data.pkl", data: CraftedBytes.pickle([0x4e]))]),
      refusal: "leads out of the archive"),
    Case(
      name: "a wrong checksum",
      bytes: CraftedBytes.zip([
        CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle([0x4e]), checksum: 1)
      ]),
      refusal: "checksum of 'a/data.pkl'"),
    Case(
      name: "an entry beyond the end",
      bytes: CraftedBytes.zip([CraftedBytes.ZipEntry(name: "a/data.pkl", data: [1], announced: 1 << 30)]),
      refusal: "reaches beyond the archive"),
    Case(
      name: "an entry that starts elsewhere",
      bytes: CraftedBytes.zip([CraftedBytes.ZipEntry(name: "a/data.pkl", data: [1], offset: 7)]),
      refusal: "local header is missing"),
    Case(
      name: "the same bytes twice",
      bytes: CraftedBytes.zip([
        CraftedBytes.ZipEntry(name: "a/data/0", data: CraftedBytes.pickle([0x4e])),
        CraftedBytes.ZipEntry(name: "a/data/1", data: CraftedBytes.pickle([0x4e]), offset: 0),
      ]),
      refusal: "overlap"),
    Case(
      name: "the same name twice",
      bytes: CraftedBytes.zip([
        CraftedBytes.ZipEntry(name: "a/data/0", data: [1]), CraftedBytes.ZipEntry(name: "a/data/0", data: [1]),
      ]), refusal: "two entries named"
    ),
    Case(
      name: "big-endian numbers",
      bytes: CraftedBytes.zip([
        CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle([0x4e])),
        CraftedBytes.ZipEntry(name: "a/byteorder", data: Array("big".utf8)),
      ]
      ),
      refusal: "big-endian"),
  ]

  @Test(arguments: calls + damage + tensors + archives)
  func hostileFilesAreRefused(_ hostile: Case) async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/hostile.pth"
      try Data(hostile.bytes).write(to: URL(filePath: file))
      let error = #expect(throws: CheckpointError.self) { try TorchFile(path: file) }
      let message = error?.description ?? ""
      #expect(message.contains(hostile.refusal), "\(message)")
      #expect(message.hasPrefix(file))
      // The reader of weights keeps foreign objects as names, but none of these files holds a tensor that has one.
      #expect(throws: CheckpointError.self) { try TensorFiles.open(file) }
    }
  }

  @Test(arguments: ["os.system by GLOBAL", "posix.system by STACK_GLOBAL", "eval", "exec of protocol 2"])
  func weightsWithCommandsAreRefused(_ name: String) async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/weights.ckpt"
      let hostile = try #require(Self.calls.first { $0.name == name })
      // The call stands beside a tensor, as in a checkpoint that was tampered with.
      let call = Array(hostile.bytes.dropFirst(2).dropLast())
      let body = [0x7d, Self.mark] + Self.text("w") + Self.tensor() + Self.text("x") + call + [0x75]
      try Data(Self.saved(body)).write(to: URL(filePath: file))
      let error = try #require(throws: CheckpointError.self) { try TensorFiles.open(file) }
      #expect(error.message.contains("which no checkpoint needs"), "\(error)")
    }
  }

  @Test func filesWithoutChecksumsAreRead() async throws {
    try await TestFolder.with { folder in
      let file = "\(folder)/weights.ckpt"
      let body = [0x7d, Self.mark] + Self.text("w") + Self.tensor() + [0x75]
      let numbers: [UInt8] = [0, 0, 0x80, 0x3f] + Array(repeating: 0, count: 12)
      try Data(
        CraftedBytes.zip([
          CraftedBytes.ZipEntry(name: "a/data.pkl", data: CraftedBytes.pickle(body), checksum: 0),
          CraftedBytes.ZipEntry(name: "a/data/0", data: numbers, checksum: 0),
        ])
      ).write(to: URL(filePath: file))
      let opened = try TensorFiles.open(file)
      try opened.verify()
      #expect(try opened.tensor("w").values == [1, 0, 0, 0])
    }
  }

  /// A valid file that is truncated or changed at any byte is read or refused, and the process survives.
  @Test func noCutAndNoByteTrapsTheReader() async throws {
    try await TestFolder.with { folder in
      for name in ["tensors-2-zip.pth", "tensors-4-legacy.pth", "confidence-arrays-2.pkl"] {
        let good = try [UInt8](Data(contentsOf: URL(filePath: SourceTree.fixture("pickle/\(name)"))))
        let file = "\(folder)/\(name)"
        var refused = 0
        for step in stride(from: 0, to: good.count, by: 7) {
          for bytes in [Array(good.prefix(step)), good.enumerated().map { $0 == step ? $1 ^ 0x5a : $1 }] {
            try Data(bytes).write(to: URL(filePath: file))
            do { _ = try TorchFile(path: file) } catch is CheckpointError { refused += 1 }
          }
        }
        #expect(refused > good.count / 14)
      }
    }
  }
}
