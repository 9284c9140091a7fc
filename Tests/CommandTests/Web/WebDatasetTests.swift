import Farm
import Files
import Foundation
import Postgres
import TestSupport
import Testing

/// `dataset.tar`: a batch's images as a stream.
@Suite struct WebDatasetTests {
  private static let target = "/api/v1/batches/1/dataset.tar"

  /// Paints many images several at a time.
  private static func paint(_ images: Int, _ farm: CommandFarm) async throws {
    let enqueued = try await farm(
      "enqueue", "--emotion", "awe", "--count", "\(images)", "--size", "8x8", "--chunk", "64")
    #expect(enqueued.status == 0, "\(enqueued)")
    #expect(try await farm("bench", "paint").status == 0)
  }

  @Test func theTarIsTheShardOfAnExport() async throws {
    try await CommandFarm.with { farm in
      // More than two reads of the index.
      try await Self.paint(600, farm)
      let shards = "\(farm.home)/dataset"
      #expect(try await farm("export", "1", "--format", "webdataset", "--out", shards).status == 0)
      let shard = try File.read("\(shards)/train-000000.tar")
      try await WebServer.with(farm) { server in
        let answer = try await server.get(Self.target)
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/x-tar")
        #expect(answer.headers["content-disposition"] == "attachment; filename=\"batch-1.tar\"")
        #expect(answer.joined == shard)
        #expect(server.log.split(separator: "\n").count == 1, "\(server.log)")
      }
    }
  }

  @Test func measuredImagesHaveTheirColumns() async throws {
    try await CommandFarm.with { farm in
      let enqueued = try await farm(
        "enqueue", "--emotion", "awe", "--emotion", "fear", "--count", "2", "--size", "32x32", "--steps", "2",
        "--measure",
        SourceTree.tinyModel)
      #expect(enqueued.status == 0, "\(enqueued)")
      #expect(try await farm.work().status == 0)
      let shards = "\(farm.home)/dataset"
      #expect(try await farm("export", "1", "--format", "webdataset", "--out", shards).status == 0)
      try await WebServer.with(farm) { server in
        let tar = try await server.get(Self.target).joined
        #expect(try tar == File.read("\(shards)/train-000000.tar"))
        #expect(String(decoding: tar ?? [], as: UTF8.self).contains("measured_emotion"))
      }
    }
  }

  @Test func whatIsNotCompleteIsRefusedOrAskedFor() async throws {
    try await CommandFarm.with { farm in
      #expect(
        try await farm(
          "enqueue", "--emotion", "awe", "--count", "20", "--size", "8x8", "--chunk", "8"
        ).status == 0)
      let mixture = """
        {"name": "mixed", "settings": {"size": "8x8"}, "cells": [{"emotion": "awe", "count": 1}, {"text": "a bag", "count": 1}]}
        """
      #expect(try await farm("enqueue", "-", input: mixture).status == 0)
      try await WebServer.with(farm) { server in
        let none = try await server.get("\(Self.target)?partial=true")
        #expect(none.status == 409 && none.text.contains("no image yet"), "\(none.text)")
        try await farm.paint(jobs: 2)
        let refused = try await server.get(Self.target)
        #expect(refused.status == 409 && refused.text.contains("16 of 20 images"), "\(refused.text)")
        #expect(try await server.get("\(Self.target)?partial=false").status == 409)
        let shards = "\(farm.home)/dataset"
        #expect(
          try await farm("export", "1", "--format", "webdataset", "--out", shards, "--partial").status == 0)
        let part = try await server.get("\(Self.target)?partial=true")
        #expect(try part.joined == File.read("\(shards)/train-000000.tar"))
        try await farm.paint()
        // Some with and some without a class, which loaders do not read.
        let mixed = try await server.get("/api/v1/batches/2/dataset.tar")
        #expect(mixed.status == 409 && mixed.text.contains("of plain text"), "\(mixed.text)")
        #expect(try await server.get("/api/v1/batches/9/dataset.tar").status == 404)
        #expect(try await server.get("\(Self.target)?partial=1").status == 400)
      }
    }
  }

  @Test func aMissingOrDamagedImageCutsTheTarAndIsNamed() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 40)
      let database = FarmDatabase(pool: PostgresPool(farm.configuration))
      let rows = try await database.images.page(1)
      await database.close()
      func path(_ index: Int) throws -> String {
        try #require(farm.artifacts().first { $0.hasSuffix("\(rows[index].sha256).png") })
      }
      let damaged = try path(30)
      var bytes = try File.read(damaged)
      bytes[bytes.count - 20] ^= 1
      try Data(bytes).write(to: URL(filePath: damaged))
      try await WebServer.with(farm) { server in
        let answer = try await server.get(Self.target)
        #expect(answer.status == 200 && answer.joined == nil)
        // The images before it have come.
        #expect(answer.text.contains("000029.json") && !answer.text.contains("000030.json"))
        // Nor does tar take it for whole, which knows nothing of chunks.
        let cut = "\(farm.home)/cut.tar"
        try Data(answer.chunks.bytes).write(to: URL(filePath: cut))
        let reader = try await Program(name: "/bin/tar").run(["tf", cut])
        #expect(
          reader.status == 2 && reader.output.contains("000029.cls\n") && reader.error.contains("EOF"), "\(reader)")
        try await eventually("the log names the image") {
          server.log.contains("the dataset of batch 1 was cut after 30 images: image 30 cannot be sent: ")
            && server.log.contains("emofarm repair 1")
        }
        // The first one is named by the answer.
        try FileManager.default.removeItem(atPath: path(0))
        let first = try await server.get(Self.target)
        #expect(first.status == 500 && first.text.contains("image 0 cannot be sent"), "\(first.text)")
        #expect(try await server.get("/api/v1/batches/1").status == 200)
      }
    }
  }

  @Test func clientsThatAreSlowOrGoAwayHoldNothing() async throws {
    try await CommandFarm.with { farm in
      // More than the sockets' buffers take.
      try await Self.paint(1500, farm)
      try await WebServer.with(farm, "--connections", "1") { server in
        func download() throws -> RawHTTP {
          let client = try RawHTTP(port: server.port)
          client.keepReceived(atMost: 4096)
          try client.send("GET \(Self.target) HTTP/1.1\r\nHost: localhost\r\n\r\n")
          return client
        }
        func holdAll() async throws {
          let stuck = try (0..<4).map { _ in try download() }
          for client in stuck { _ = try await BlockingExecutor.run { try client.receive(until: "000000.png") } }
          // The only connection is free, and a fifth download is too many.
          let page = try await server.get("/batches/1")
          #expect(page.status == 200)
          let busy = try await server.get(Self.target)
          #expect(busy.status == 503 && busy.headers["retry-after"] == "3", "\(busy.status)")
        }
        try await holdAll()
        let start = ContinuousClock.now
        let whole = try await eventually("a client that has gone leaves its place") {
          let answer = try await server.get(Self.target)
          return answer.status == 200 ? answer : nil
        }
        #expect(
          whole.joined != nil && ContinuousClock.now - start < .seconds(20), "not when they are given up for lost")
        #expect(!server.log.contains("was cut"), "nobody is told of clients that went away: \(server.log)")
      }
    }
  }
}
