import Foundation
import TestSupport
import Testing

/// Several batches in one dataset, and parts of them.
@Suite struct ExportSelectionTests {
  /// The rows of a dataset's splits.
  private func rows(_ folder: String) throws -> [(split: String, row: [String: Any])] {
    var rows: [(split: String, row: [String: Any])] = []
    for split in ["train", "validation", "test"] {
      guard let text = FileManager.default.contents(atPath: "\(folder)/\(split)/metadata.jsonl") else { continue }
      for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
        rows.append((split, try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])))
      }
    }
    return rows
  }

  /// A batch of two emotions, with and without words, and plain text: 20 images of the seeds from 100 on.
  private func enqueue(_ farm: CommandFarm) async throws {
    try Data(
      """
      {"name": "selection", "seed": 100, "settings": {"size": "8x8"}, "cells": [
        {"emotion": "awe", "count": 5}, {"emotion": "fear", "prompt": "a \\"Bag\\"", "count": 5},
        {"emotion": "awe=0.6,fear=0.4", "count": 5}, {"text": "a house", "count": 5}]}
      """.utf8
    ).write(to: URL(filePath: "\(farm.home)/batch.json"))
    let outcome = try await farm("enqueue", "\(farm.home)/batch.json", "--chunk", "5")
    try #require(outcome.status == 0, "\(outcome)")
  }

  @Test(.timeLimit(.minutes(10))) func aConditionChoosesImages() async throws {
    try await CommandFarm.with { farm in
      try await enqueue(farm)
      try await farm.paint()
      let out = "\(farm.home)/out"
      for (condition, count) in [
        ("emotion = awe", 10), ("emotion != awe", 10), ("emotion = null", 5), ("emotion in (fear, null)", 10),
        ("emotion_spec = awe", 5), ("prompt ~ bag", 5), ("prompt = 'a \"Bag\"' and seed >= 108", 2),
        ("not (seed < 110 or index = 12)", 9), ("text ~ HOUSE or cell = 0", 10), ("engine_kind = painted/fp32", 20),
        ("width = 8 and guidance > 0.5 and worker >= 1 and seconds = 1", 20), ("not prompt ~ bag", 15),
      ] {
        let outcome = try await farm("export", "1", "--out", out, "--where", condition)
        #expect(outcome.status == 0, "\(condition): \(outcome)")
        #expect(outcome.error.hasSuffix("exported \(count) images: train \(count)\n"), "\(condition): \(outcome.error)")
        #expect(try rows(out).count == count, "\(condition)")
      }
      let card = try String(contentsOfFile: "\(out)/README.md", encoding: .utf8)
      #expect(card.contains("These are 15 of 20 images: those for which `not prompt ~ bag` holds."))
      // A file that is not chosen is not read.
      let whole = contents(below: out)
      let chosen = Set(try rows(out).map { "\($0.row["sha256"] ?? "")" })
      for file in farm.artifacts() where !chosen.contains(where: { file.contains($0.dropFirst(2)) }) {
        try FileManager.default.removeItem(atPath: file)
      }
      #expect(try await farm("export", "1", "--out", out, "--where", "not prompt ~ bag").status == 0)
      #expect(contents(below: out) == whole)
      let none = try await farm("export", "1", "--out", out, "--where", "seed > 1000")
      #expect(
        none.status == 1 && none.error.contains("seed > 1000 holds for none of the 20 images of batch 1"), "\(none)")
      let wrong = try await farm("export", "1", "--out", out, "--where", "seed >")
      #expect(wrong.status == 2 && wrong.error.contains("a value is expected instead of the end"), "\(wrong)")
      #expect(contents(below: out) == whole)
    }
  }

  /// A batch at its half, whole, and together with another one that has some of its subjects and seeds.
  @Test(.timeLimit(.minutes(10))) func noImageChangesItsSplit() async throws {
    try await CommandFarm.with { farm in
      let split = ["--split", "train=0.6,validation=0.2,test=0.2"]
      func export(_ arguments: String...) async throws -> [String: Set<String>] {
        let out = "\(farm.home)/out-\(arguments.joined(separator: "-"))"
        let outcome = try await Program.emofarm.run(
          ["export"] + arguments + ["--out", out] + split, environment: farm.environment,
          folder: SourceTree.root.path)
        #expect(outcome.status == 0, "\(outcome)")
        var places: [String: Set<String>] = [:]
        for (split, row) in try rows(out) {
          places["\(row["emotion_spec"] ?? "") \(row["text"] ?? "") \(row["seed"] ?? "")", default: []].insert(split)
        }
        return places
      }
      try await enqueue(farm)
      try await farm.paint(jobs: 2)
      let refused = try await farm("export", "1", "--out", "\(farm.home)/out")
      #expect(refused.status == 1 && refused.error.contains("with 10 of 20 images"), "\(refused)")
      let half = try await export("1", "--partial")
      try await farm.paint()
      let whole = try await export("1")
      let other = try await farm(
        "enqueue", "--emotion", "awe", "--count", "30", "--seed", "90", "--size", "8x16", "--chunk", "30")
      try #require(other.status == 0, "\(other)")
      try await farm.paint(blue: 1)
      let both = try await export("1", "2")
      #expect(half.count == 10 && whole.count == 20 && both.count == 45)
      #expect(both.values.allSatisfy { $0.count == 1 })
      #expect(Set(both.values).count == 3)
      for (image, split) in half { #expect(whole[image] == split) }
      for (image, split) in whole { #expect(both[image] == split) }
      _ = try await export("2", "1", "2")
      #expect(contents(below: "\(farm.home)/out-1-2") == contents(below: "\(farm.home)/out-2-1-2"))
    }
  }

  /// The target is looked at before any image is read: with all files gone, it is still the target that is refused.
  @Test(.timeLimit(.minutes(10))) func theTargetIsCheckedFirst() async throws {
    try await CommandFarm.with { farm in
      try await farm.painted(images: 3)
      for file in farm.artifacts().dropFirst() { try FileManager.default.removeItem(atPath: file) }
      try FileManager.default.createDirectory(atPath: "\(farm.home)/mine", withIntermediateDirectories: true)
      try Data("mine".utf8).write(to: URL(filePath: "\(farm.home)/mine/notes.txt"))
      let refused = try await farm("export", "1", "--out", "\(farm.home)/mine")
      #expect(refused.status == 1 && refused.error.contains("is not empty and does not hold an export"), "\(refused)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: "\(farm.home)/mine") == ["notes.txt"])
      let missing = try await farm("export", "1", "--out", "\(farm.home)/new")
      #expect(missing.status == 1 && !missing.error.contains("not empty"), "\(missing)")
      #expect(!FileManager.default.fileExists(atPath: "\(farm.home)/new"))
    }
  }
}
