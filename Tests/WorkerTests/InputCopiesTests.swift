import Checkpoints
import EmoGen
import Farm
import Files
import Foundation
import ObjectStorage
import TestSupport
import Testing
import Vocabulary
import Worker

/// Models from a store in a bucket of a real server, on a machine that has only its data folder.
@Suite struct InputCopiesTests {
  private struct Setting {
    let home: String
    let line: FaultyLine
    let store: ArtifactStore
    let model: ModelDescription

    @discardableResult
    func upload(_ model: ModelDescription? = nil, care: InputArchive.Care = .size) throws -> SentFiles {
      let folder = try ModelFolder(model?.folder ?? SourceTree.tinyModel)
      let model = try folder.describe()
      return try archive.send(
        FileList(model, root: folder.path, documents: folder.documents(beside: model)), root: folder.path, care: care)
    }

    var archive: InputArchive { InputArchive(store) }
    var bytes: Int64 { model.files.reduce(0) { $0 + Int64($1.bytes) } }

    func copies(limit: Int64 = 1 << 40) -> InputCopies {
      InputCopies(home: home, archive: archive, limit: limit, host: "here")
    }
  }

  private static func with(_ body: (Setting) async throws -> Void) async throws {
    try await TestFolder.with { home in
      let line = try FaultyLine(to: try ObjectServer.shared().port)
      let client = try S3Client(
        S3Address(ObjectServer.newAddress()), S3Options(endpoint: line.endpoint, patience: .milliseconds(500)),
        environment: ObjectServer.environment)
      try await body(
        Setting(
          home: home, line: line, store: ArtifactStore(BucketStore(client, scratch: home)),
          model: try ModelFolder(SourceTree.tinyModel).describe()))
    }
  }

  @Test func aModelArrivesWholeAndOnce() async throws {
    try await Self.with { setting in
      #expect(try setting.copies().copy(of: setting.model.digest) == nil)
      #expect(try setting.upload().bytes > setting.bytes)
      #expect(try setting.upload().files == 0)
      let path = try #require(try setting.copies().copy(of: setting.model.digest)?.path)
      let arrived = try ModelFolder(path).describe()
      #expect(arrived.digest == setting.model.digest && arrived.files == setting.model.files)
      // A second process finds it without the store.
      setting.line.set(.away)
      #expect(try setting.copies().copy(of: setting.model.digest)?.path == path)
    }
  }

  @Test func anInterruptedFetchGoesOnWhereItStopped() async throws {
    try await Self.with { setting in
      try setting.upload()
      struct Stop: Error {}
      var parts = 0
      #expect(throws: Stop.self) {
        try setting.copies().copy(of: setting.model.digest) {
          parts += 1
          if parts == 3 { throw Stop() }
        }
      }
      setting.line.set(.away)
      let away = #expect(throws: FarmError.self) { try setting.copies().copy(of: setting.model.digest) }
      #expect(away?.code == .storeAway)
      setting.line.set(.none)
      var rest = 0
      let copy = try #require(try setting.copies().copy(of: setting.model.digest) { rest += 1 })
      // Two files had their names already, and the third was complete; a file over 16 MiB comes in parts.
      let all = try #require(try setting.archive.contents(of: setting.model.digest)).all
      #expect(rest == all.dropFirst(3).reduce(0) { $0 + ($1.bytes + (16 << 20) - 1) / (16 << 20) })
      #expect(try ModelFolder(copy.path).describe().digest == setting.model.digest)
    }
  }

  @Test func aDamagedFileIsNeverTaken() async throws {
    try await Self.with { setting in
      try setting.upload()
      let file = try #require(setting.model.files.max { $0.bytes < $1.bytes })
      // What an earlier process left of the file does not belong to it.
      let part = "\(setting.home)/models/\(setting.model.digest).part/\(file.path).part"
      try Folder.make(Folder.parent(of: part))
      try File.write([1, 2, 3], to: part)
      let copy = try #require(try setting.copies().copy(of: setting.model.digest))
      #expect(try ModelFolder(copy.path).describe().digest == setting.model.digest)
    }
  }

  @Test func aFileThatIsDamagedInTheStoreIsNamedAndReplaced() async throws {
    try await Self.with { setting in
      try setting.upload()
      let file = try #require(setting.model.files.max { $0.bytes < $1.bytes })
      let name = "models/files/\(file.sha256.prefix(2))/\(file.sha256)"
      _ = try setting.store.store.put([UInt8](repeating: 0, count: file.bytes), as: name)
      let copies = setting.copies()
      let error = #expect(throws: FarmError.self) { try copies.copy(of: setting.model.digest) }
      #expect(error?.code == .inputDamaged && error?.message.contains(file.path) == true)
      #expect(try setting.archive.reports().map(\.sha256) == [file.sha256])
      // It is not read again until it was sent again.
      var parts = 0
      #expect(throws: FarmError.self) { try copies.copy(of: setting.model.digest) { parts += 1 } }
      #expect(parts == 0)
      // The reported file is replaced although its size is right, and so is one that nobody has met yet.
      #expect(try setting.upload().files == 1)
      #expect(try setting.archive.reports().isEmpty)
      _ = try setting.store.store.put([UInt8](repeating: 1, count: file.bytes), as: name)
      #expect(try setting.upload().files == 0)
      #expect(try setting.upload(care: .bytes).files == 1)
      #expect(try setting.upload(care: .bytes).files == 0)
      let copy = try #require(try copies.copy(of: setting.model.digest))
      #expect(try ModelFolder(copy.path).describe().digest == setting.model.digest)
      try copies.discard(copy)
      let list = "models/\(setting.model.digest).json"
      for text in ["{}", #"{"entry": "", "files": [{"path": "../x", "bytes": 1, "sha256": "00"}]}"#] {
        _ = try setting.store.store.put(Array(text.utf8), as: list)
        let error = #expect(throws: FarmError.self) { try setting.copies().copy(of: setting.model.digest) }
        #expect(error?.code == .inputDamaged)
      }
    }
  }

  @Test func aFileAndAFolderTravelUnderTheirOwnNames() async throws {
    try await Self.with { setting in
      let folder = "\(setting.home)/vae"
      try FileManager.default.copyItem(atPath: "\(SourceTree.tinyModel)/vae", toPath: folder)
      let files = [
        try AddedFile(path: SourceTree.fixture("additions/kohya.safetensors")).identified(),
        try AddedFile(path: folder).identified(),
      ]
      let copies = setting.copies()
      for file in files {
        #expect(try copies.copy(of: file) == nil)
        let (parts, root) = try file.files()
        if root == file.path {
          #expect(try setting.archive.send(FileList(files: parts), root: root, care: .size).files == parts.count)
        } else {
          let sent = try setting.archive.send([(parts[0], file.path), (parts[0], file.path)], care: .size)
          #expect(sent.files == 1 && sent.bytes == Int64(parts[0].bytes))
        }
        let copy = try #require(try copies.copy(of: file))
        #expect(try AddedFile(path: copy.path).identified().sha256 == file.sha256)
        // Those that use a copy share it.
        #expect(try copies.copy(of: file)?.path == copy.path)
        setting.line.set(.away)
        #expect(try setting.copies().copy(of: file)?.path == copy.path)
        setting.line.set(.none)
      }
      let lora = try #require(try copies.copy(of: files[0]))
      #expect(lora.path.hasSuffix("/kohya.safetensors"))
    }
  }

  @Test func smallFilesOfAFolderTravelTogether() async throws {
    try await Self.with { setting in
      let folder = "\(setting.home)/pictures"
      for index in 0..<90 {
        try Folder.make("\(folder)/\(index % 3)")
        try File.write(
          (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* (index + 1) >> 5) }, to: "\(folder)/\(index % 3)/\(index)"
        )
      }
      try File.write([UInt8](repeating: 7, count: 2_000_000), to: "\(folder)/large")
      try File.write([], to: "\(folder)/empty")
      try File.write([1], to: "\(folder)/.hidden")
      try Folder.make("\(folder)/out")
      try File.write([1], to: "\(folder)/out/written")
      let list = try FileList(folder: folder, without: ["out"])
      // 92 files are three packs of at most 16 MiB and the large one.
      #expect(list.files.count == 92 && list.objects.map(\.parts.count) == [33, 33, 25, 1])
      #expect(try setting.archive.send(list, root: folder, care: .size).files == 92)
      let again = try setting.archive.send(list, root: folder, care: .bytes)
      #expect(again.files == 0 && again.there == 92)

      struct Stop: Error {}
      #expect(throws: Stop.self) { try setting.copies().copy(of: list.digest) { throw Stop() } }
      var rest = 0
      let copy = try #require(try setting.copies().copy(of: list.digest) { rest += 1 })
      // One pack had arrived.
      #expect(rest == 3)
      #expect(try FileList(folder: copy.path).digest == list.digest)
      #expect(try Folder.entries(below: copy.path).files.count == 92)

      let copies = setting.copies()
      try copies.discard(copy)
      let pack = list.objects[1].file
      let name = "models/files/\(pack.sha256.prefix(2))/\(pack.sha256)"
      _ = try setting.store.store.put([UInt8](repeating: 0, count: pack.bytes), as: name)
      let error = #expect(throws: FarmError.self) { try copies.copy(of: list.digest) }
      #expect(error?.code == .inputDamaged && error?.message.contains("32 more files") == true)
      #expect(try setting.archive.send(list, root: folder, care: .size).files == 33)
      #expect(try copies.copy(of: list.digest) != nil)
    }
  }

  @Test func copiesThatWereNotUsedForLongestMakeRoom() async throws {
    try await Self.with { setting in
      var models = [setting.model]
      for index in 1...2 {
        let folder = "\(setting.home)/source-\(index)"
        try FileManager.default.copyItem(atPath: SourceTree.tinyModel, toPath: folder)
        let file = try #require(setting.model.files.first { $0.path.hasSuffix(".json") })
        let text = try File.read("\(folder)/\(file.path)")
        try File.write(text + [UInt8](repeating: 32, count: index), to: "\(folder)/\(file.path)")
        models.append(try ModelFolder(folder).describe())
      }
      for model in models { _ = try setting.upload(model) }
      #expect(Set(models.map(\.digest)).count == 3)
      let copies = setting.copies(limit: setting.bytes * 5 / 2)
      func here() throws -> [Bool] { models.map { Folder.isFolder("\(setting.home)/models/\($0.digest)") } }
      for model in [models[0], models[1], models[0], models[2]] { _ = try copies.copy(of: model.digest) }
      #expect(try here() == [true, false, true])
      // A copy in use stays, and a model that cannot fit is refused.
      let used = try #require(try copies.copy(of: models[0].digest))
      _ = try copies.copy(of: models[1].digest)
      #expect(try here() == [true, true, false])
      withExtendedLifetime(used) {}
      let error = #expect(throws: FarmError.self) { try setting.copies(limit: 1000).copy(of: models[2].digest) }
      #expect(error?.code == .diskFull && error?.message.contains("model_cache_bytes") == true)
    }
  }
}
