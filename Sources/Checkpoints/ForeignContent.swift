/// Recognises what was saved in place of a model's file, so that an error can say it.
enum ForeignContent {
  /// What the content is and what to do next; nil if it may be a file of tensors.
  static func description(of bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.isEmpty { return "is empty: download it again" }
    for (magic, text) in magics where bytes.starts(with: magic) { return text }
    return page(bytes) ?? text(bytes) ?? binary(bytes)
  }

  /// The same for a text file, such as a configuration: recognises only what is certainly something else.
  static func descriptionInPlaceOfText(of bytes: UnsafeRawBufferPointer) -> String? {
    for (magic, text) in magics where bytes.starts(with: magic) { return text }
    return page(bytes)
  }

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static let magics: [(magic: [UInt8], text: String)] = [
    (
      ascii("version https://git-lfs.github.com/spec/"),
      "is a Git LFS pointer instead of the file: get the file with 'git lfs pull'"
    ),
    (ascii("/annex/objects/"), "is a git-annex pointer instead of the file: get the file with 'git annex get'"),
    (
      ascii("GGUF"),
      "is a GGUF file, whose quantised weights are not read: take the model's .safetensors file or diffusers folder"
    ),
    (
      ascii("lmgg"),
      "is a GGML file, whose quantised weights are not read: take the model's .safetensors file or diffusers folder"
    ),
    (
      [0x89] + ascii("HDF\r\n\u{1a}\n"),
      "is an HDF5 file, as Keras writes it, which is not read: take the model's PyTorch or .safetensors file"
    ),
    (
      [0x93] + ascii("NUMPY"),
      "is a NumPy array, not a file of named tensors: save a dict with torch.save or safetensors"
    ),
    ([0x1f, 0x8b], "is compressed by gzip: unpack it first"),
    (ascii("7z") + [0xbc, 0xaf], "is a 7z archive: unpack it first"),
    (ascii("Rar!"), "is a RAR archive: unpack it first"),
    ([0xfd] + ascii("7zXZ"), "is compressed by xz: unpack it first"),
    ([0x28, 0xb5, 0x2f, 0xfd], "is compressed by zstd: unpack it first"),
    ([0x89] + ascii("PNG"), "is a PNG image, not a model's file: check the path"),
    ([0xff, 0xd8, 0xff], "is a JPEG image, not a model's file: check the path"),
    (ascii("%PDF"), "is a PDF document, not a model's file: check the path"),
  ]

  /// HTML or XML, which sites send instead of a file that needs a login.
  private static func page(_ bytes: UnsafeRawBufferPointer) -> String? {
    let start = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    let content = bytes.dropFirst(start).prefix(1024).drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
    guard content.first == UInt8(ascii: "<"), let next = content.dropFirst().first,
      next == UInt8(ascii: "!") || next == UInt8(ascii: "?") || next | 0x20 >= 0x61 && next | 0x20 <= 0x7a
    else { return nil }
    return "is a web page (HTML or XML) instead of the file, often a site's login page: download it again, with the "
      + "site's access token if the model asks for one"
  }

  /// Text such as a site's error message; weights of any format have bytes that are no text near their start.
  private static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
    // Eight letters would be the length of a header of many terabytes, or no magic number of any format.
    guard bytes.count >= 8, bytes.prefix(8).allSatisfy(isText),
      bytes.prefix(64).allSatisfy({ isText($0) || $0 >= 0x80 })
    else { return nil }
    let line = String(decoding: bytes.prefix(160), as: UTF8.self).split(whereSeparator: \.isNewline).joined(
      separator: " ")
    return
      "is text instead of weights, perhaps a site's error message (\"\(ForeignName.shown(line))\"): download it again, "
      + "with the site's access token if the model asks for one"
  }

  private static func isText(_ byte: UInt8) -> Bool { (0x20...0x7e).contains(byte) || (0x09...0x0d).contains(byte) }

  /// Files whose mark is no fixed start.
  private static func binary(_ bytes: UnsafeRawBufferPointer) -> String? {
    if bytes.count >= 16, bytes.prefix(1024).allSatisfy({ $0 == 0 }) {
      return "begins with zero bytes alone: its download was cut off; download it again"
    }
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      return
        "is a tar archive, as PyTorch before 0.2 or an archiver wrote it: unpack it, or save it again with torch.save"
    }
    // A protocol buffer whose field 1 is a small version and whose field 2 is a printable name.
    if bytes.count >= 6, bytes[0] == 8, bytes[1] < 32, bytes[2] == 0x12, bytes[3] > 1, bytes[3] < 64,
      bytes[4..<min(bytes.count, 4 + Int(bytes[3]))].allSatisfy(isText)
    {
      return "is an ONNX model, which is not read: take the model's .safetensors file or diffusers folder"
    }
    return nil
  }
}
