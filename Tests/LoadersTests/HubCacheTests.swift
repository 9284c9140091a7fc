import Checkpoints
import Files
import Foundation
import Loaders
import TestSupport
import Testing

/// The cache of huggingface_hub is opened by any of its folders, and refused by what is wrong with it.
struct HubCacheTests {
  private static let first = "0123456789abcdef0123456789abcdef01234567"
  private static let second = "89abcdef0123456789abcdef0123456789abcdef"

  /// Writes `models--someone--tiny` as the library does: blobs, snapshots of links to them, and refs.
  ///
  /// - Parameter main: what `refs/main` holds; nil for no such file.
  private static func make(in hub: String, snapshots: [String], main: String?) throws -> String {
    let (files, root) = (FileManager.default, "\(hub)/models--someone--tiny")
    for folder in ["blobs", "snapshots"] + (main == nil ? [] : ["refs"]) {
      try files.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    if let main { try Data(main.utf8).write(to: URL(filePath: "\(root)/refs/main")) }
    try copyTinyModel(to: "\(hub)/source")
    let paths = files.enumerator(atPath: "\(hub)/source")?.allObjects as? [String] ?? []
    for (number, path) in paths.sorted().enumerated() {
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: "\(hub)/source/\(path)", isDirectory: &isFolder), !isFolder.boolValue else {
        continue
      }
      try files.copyItem(atPath: "\(hub)/source/\(path)", toPath: "\(root)/blobs/\(number)")
      for snapshot in snapshots {
        let link = URL(filePath: "\(root)/snapshots/\(snapshot)/\(path)")
        try files.createDirectory(at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
        let up = String(repeating: "../", count: 2 + path.split(separator: "/").count - 1)
        try files.createSymbolicLink(atPath: link.path, withDestinationPath: "\(up)blobs/\(number)")
      }
    }
    try files.removeItem(atPath: "\(hub)/source")
    return root
  }

  @Test(
    arguments: [
      ([first], nil), ([first], first), ([first], "\(first)\n"), ([first, second], first), ([second, first], first),
      ([first], second),
    ] as [([String], String?)])
  func theRootMeansTheSnapshotOfMain(_ snapshots: [String], _ main: String?) async throws {
    try await TestFolder.with { home in
      let root = try Self.make(in: home, snapshots: snapshots, main: main)
      let snapshot = "\(root)/snapshots/\(Self.first)"
      let expected = try contents(of: BaseModel(SourceTree.tinyModel))
      for path in [root, "\(root)/snapshots", "\(root)/", snapshot] {
        let model = try BaseModel(path)
        #expect(model.path == snapshot)
        #expect(try contents(of: model) == expected)
      }
    }
  }

  @Test func severalSnapshotsWithoutMainAreRefused() async throws {
    for main in [nil, "ffff", ""] as [String?] {
      try await TestFolder.with { home in
        let root = try Self.make(in: home, snapshots: [Self.first, Self.second], main: main)
        let error = #expect(throws: CheckpointError.self) { try BaseModel(root) }
        #expect(error?.file == root)
        #expect(
          error?.message
            == "the cache holds 2 snapshots, and refs/main names none of them: name the folder of one (snapshots/\(Self.first), \(Self.second))"
        )
        #expect(try BaseModel("\(root)/snapshots/\(Self.second)").path.hasSuffix(Self.second))
      }
    }
  }

  @Test func aCacheOfModelsOrWithoutASnapshotIsRefused() async throws {
    try await TestFolder.with { home in
      let root = try Self.make(in: "\(home)/hub", snapshots: [], main: Self.first)
      let empty = #expect(throws: CheckpointError.self) { try BaseModel(root) }
      #expect(empty?.message == "the cache holds no snapshot: download the model again")
      for path in [home, "\(home)/hub"] {
        let several = #expect(throws: CheckpointError.self) { try BaseModel(path) }
        #expect(
          several?.message
            == "this is a cache of 1 model (models--someone--tiny): name one of them, e.g. \(home)/hub/models--someone--tiny"
        )
      }
    }
  }

  /// Downloads that broke off: links without their blobs, and pointers in the place of files.
  @Test(arguments: [
    "unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors", "unet/config.json", "tokenizer/vocab.json", "scheduler/scheduler_config.json",
    "model_index.json",
  ])
  func anIncompleteDownloadNamesTheFile(_ file: String) async throws {
    try await TestFolder.with { home in
      let root = try Self.make(in: home, snapshots: [Self.first], main: Self.first)
      let link = "\(root)/snapshots/\(Self.first)/\(file)"
      let blob = URL(filePath: link).resolvingSymlinksInPath()
      let pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0", count: 64))\nsize 7\n"
      try Data(pointer.utf8).write(to: blob)
      let lfs = #expect(throws: CheckpointError.self) { try ExaminedModel.build(BaseModel(root)) }
      #expect(lfs?.file?.hasSuffix(file) == true && lfs?.message.contains("git lfs pull") == true, "\(lfs as Any)")
      try FileManager.default.removeItem(at: blob)
      let dangling = #expect(throws: CheckpointError.self) { try ExaminedModel.build(BaseModel(root)) }
      #expect(dangling?.description.contains(file) == true, "\(dangling as Any)")
    }
  }
}
