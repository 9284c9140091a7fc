import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

/// What stands in place of a model's file is said to be what it is.
struct ForeignContentTests {
  private static let everywhere = [
    CraftedFile(
      "a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer"),
    CraftedFile("a pointer of git-annex", "/annex/objects/SHA256E-s1--0.safetensors\n", "is a git-annex pointer"),
    CraftedFile("a page", "<!DOCTYPE html>\n<html><body>Login</body></html>", "is a web page"),
    CraftedFile("a page behind blanks", " \r\n\t<HTML>", "is a web page"),
    CraftedFile("a page behind a mark", [0xef, 0xbb, 0xbf] + Array("<html>".utf8), "is a web page"),
    CraftedFile("XML", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "is a web page"),
    CraftedFile("GGUF", Array("GGUF".utf8) + [3, 0, 0, 0, 0, 0, 0, 0], "is a GGUF file"),
    CraftedFile("gzip", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0], "is compressed by gzip"),
    CraftedFile("a picture", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "is a PNG image"),
  ]

  private static let weights = [
    CraftedFile("an empty file", [UInt8](), "is empty: download it again"),
    CraftedFile(
      "JSON", #"{"error":"Access to model x is restricted"}"#,
      #"is text instead of weights, perhaps a site's error message ("{"error":"Access to model x is restricted"}")"#),
    CraftedFile("a sentence", "Entry not found", "is text instead of weights"),
    CraftedFile("zero bytes", [UInt8](repeating: 0, count: 64), "begins with zero bytes alone"),
    CraftedFile("a model of ONNX", [8, 7, 0x12, 7] + Array("pytorch".utf8) + [0x1a, 3], "is an ONNX model"),
    CraftedFile("an old archive", tar, "is a tar archive"),
  ]

  private static var tar: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 512)
    bytes.replaceSubrange(0..<4, with: Array("sys\0".utf8))
    bytes.replaceSubrange(257..<262, with: Array("ustar".utf8))
    return bytes
  }

  @Test(arguments: everywhere + weights)
  func inPlaceOfWeights(_ foreign: CraftedFile) async throws {
    try await TestFolder.with { folder in
      for name in ["model.safetensors", "model.ckpt"] {
        let path = "\(folder)/\(name)"
        try Data(foreign.bytes).write(to: URL(filePath: path))
        let error = try #require(throws: CheckpointError.self) { try TensorFiles.open(path) }
        #expect(error.message.hasPrefix(foreign.message), "\(error)")
        let same = try #require(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
        #expect(same.message == error.message)
      }
    }
  }

  @Test(arguments: everywhere)
  func inPlaceOfAConfiguration(_ foreign: CraftedFile) async throws {
    try await TestFolder.with { folder in
      let path = "\(folder)/config.json"
      try Data(foreign.bytes).write(to: URL(filePath: path))
      for read in [{ _ = try ConfigFile.read([String: Int].self, from: path) }, { _ = try ConfigFile.lines(of: path) }]
      {
        let error = try #require(throws: CheckpointError.self) { try read() }
        #expect(error.message.hasPrefix(foreign.message), "\(error)")
      }
    }
  }

  @Test func foldersAndLinksThatLeadNowhere() async throws {
    try await TestFolder.with { folder in
      let error = try #require(throws: CheckpointError.self) { try TensorFiles.open(folder) }
      #expect(error.message.hasPrefix("is a folder, where a file is needed"))
      let link = "\(folder)/model.safetensors"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "../../blobs/deadbeef")
      let broken = try #require(throws: CheckpointError.self) { try TensorFiles.open(link) }
      #expect(broken.code == .missingFile)
      #expect(broken.message.hasPrefix("is a link to '../../blobs/deadbeef', which does not exist"))
    }
  }
}
