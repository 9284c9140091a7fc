import Foundation
import Specifications
import TestSupport
import Testing
import Vocabulary

@Suite struct BatchSpecTests {
  private static let defaults = RenderSettings(width: 64, height: 64, steps: 20, sampler: .dpmpp2m, guidance: 4)

  private func parse(_ text: String) throws -> BatchSpec { try BatchSpec(parsing: text, named: "spec.yaml") }

  @Test func everyKeyIsRead() throws {
    let spec = try parse(
      """
      name: all keys
      model: tiny
      key: k-1
      seed: 9223372036854775807
      priority: -3
      chunk: 16
      max_attempts: 5
      require: [large, "gpu,large"]
      settings: {size: 128x64, steps: 30, sampler: unipc, guidance: 7.5, negative: blurry, precision: bf16,
        guidance_interval: 0.2-0.8, reuse: 2}
      cells:
        - emotions: [awe, "awe=0.7,fear=0.3"]
          prompts: [bag, ""]
          count: 1_000
          steps: 10
        - {text: a mountain, count: 2}
      """)
    #expect(spec.seed == UInt64(Int64.max))
    #expect((spec.key, spec.priority, spec.chunk, spec.maxAttempts) == ("k-1", -3, 16, 5))
    #expect(spec.require == ["gpu", "large"])
    #expect(spec.settings.size == .init(width: 128, height: 64))
    #expect(spec.cells[0].emotions.map(\.description) == ["awe", "awe=0.7,fear=0.3"])
    #expect(spec.cells[0].settings.steps == 10)

    let plan = try spec.plan(defaults: Self.defaults, multiple: 8)
    #expect(plan.images == 4002)
    #expect(plan.jobs == 4 * 63 + 1)
    #expect(plan.cells.map(\.firstIndex) == [0, 1000, 2000, 3000, 4000])
    #expect(plan.cells.map(\.emotion) == ["awe", "awe", "awe", "awe", nil])
    #expect(plan.cells[0].subject == .emotion(EmotionSpec(.awe), prompt: "bag"))
    #expect(plan.cells[0].settings.steps == 10 && plan.cells[4].settings.steps == 30)
    let shortcuts = ["bf16", "guidance in 0.2-0.8", "inner levels in one of 2 calls"]
    #expect(plan.cells[0].settings.shortcuts.words == shortcuts)
    #expect(try parse(try spec.json) == spec)
    #expect(plan.cells[4].settings.sampler == .unipc && plan.cells[4].settings.width == 128)
    #expect(plan.cells[4].subject == .text("a mountain"))
  }

  @Test func omittedSettingsComeFromTheModel() throws {
    let plan = try parse("{name: n, cells: [{emotion: all, count: 1}]}").plan(defaults: Self.defaults, multiple: 8)
    #expect(plan.cells.count == 8)
    #expect(plan.cells.allSatisfy { $0.settings == Self.defaults })
    #expect(plan.cells.map(\.emotion) == Emotion.names)
  }

  @Test func labelsAreCheckedAndPartOfTheIdentity() throws {
    let text = "{name: n, cells: [{emotion: awe, count: 1}]"
    let plain = try parse(text + "}")
    #expect(try !plain.json.contains("require"))
    let labelled = try parse(text + ", require: gpu}")
    #expect(labelled.require == ["gpu"])
    #expect(plain.differences(from: labelled) == ["require"])
    #expect(try plain.identityJSON != labelled.identityJSON)
    #expect { try parse(text + ", require: [\"big gpu\"]}") } throws: {
      "\($0)".contains("spec.yaml") && "\($0)".contains("require has the label 'big gpu', but labels are words")
    }
    #expect(throws: BatchSpecError.self) { try parse(text + ", require: []}") }
    let many = (0...Labels.limit).map { "l\($0)" }.joined(separator: ", ")
    #expect { try parse(text + ", require: [\(many)]}") } throws: { "\($0)".contains("at most 32 are accepted") }
  }

  @Test func classifiersAreAFolderWithOrWithoutItsDigest() throws {
    let text = "{name: n, cells: [{emotion: awe, count: 1}]"
    let plain = try parse(text + "}")
    #expect(try !plain.json.contains("measure"))
    var spec = try parse(text + ", measure: models/tiny}")
    #expect(spec.measure == AddedFile(path: "models/tiny"))
    #expect(plain.differences(from: spec) == ["measure"])
    spec.measure = AddedFile(path: "/models/tiny", sha256: String(repeating: "a", count: 64))
    #expect(try parse(try spec.json) == spec)
    #expect(try plain.identityJSON != spec.identityJSON)
    #expect { try parse(text + ", measure: {path: x, sha256: ABC}}") } throws: {
      "\($0)".contains("measure.sha256 is 'ABC': expected 64 hexadecimal digits in lower case")
    }
    #expect(throws: BatchSpecError.self) { try parse(text + ", measure: ''}") }
    #expect { try parse(text + ", measure: {folder: x}}") } throws: { "\($0)".contains("unknown key 'folder'") }
    #expect { try parse(text + ", measure: {sha256: x}}") } throws: { "\($0)".contains("measure has no 'path'") }
  }

  @Test func whatAnImageMustBeIsCheckedAndPartOfTheIdentity() throws {
    let text = "{name: n, cells: [{emotion: awe, count: 1}]"
    let spec = try parse(
      text
        + ", measure: m, accept: {decodes: true, emotion_probability: 0.5, content: 0, tries: 4, on_shortage: partial}}"
    )
    #expect(
      spec.acceptance
        == Acceptance(decodes: true, emotionProbability: 0.5, content: 0, tries: 4, onShortage: .partial))
    #expect(try parse(try spec.json) == spec)
    #expect(try parse(text + ", measure: m}").differences(from: spec) == ["accept"])
    let plain = try parse(text + ", accept: {not_blank: true}}")
    #expect(plain.acceptance == Acceptance(notBlank: true, tries: 3, onShortage: .fail))
    for (accept, complaint) in [
      ("{}", "accept names no criterion"), ("{tries: 2}", "accept names no criterion"),
      ("{not_blank: true, tries: 0}", "accept.tries"), ("{not_blank: true, tries: 21}", "accept.tries"),
      ("{emotion_probability: 0.5}", "name a folder of classifiers with measure"), ("{content: 1.5}", "accept.content"),
      ("{not_blank: true, on_shortage: maybe}", "on_shortage is 'maybe', but must be one of fail, partial"),
      ("{no_duplicate: 0.95}", "name a folder of classifiers with measure"),
      ("{no_duplicate: 0.5}", "accept.no_duplicate"),
      ("{blank: true}", "unknown key 'blank' in accept"), ("{decodes: yes}", "true or false"),
    ] {
      #expect { try parse(text + ", accept: \(accept)}") } throws: { "\($0)".contains(complaint) }
    }
    #expect {
      try parse("{name: n, cells: [{text: a, count: 1}], measure: m, accept: {emotion_probability: 0.1}}")
    } throws: { "\($0)".contains("cells[0].text is plain text") }
  }

  @Test func specificationsMayBeJSON() throws {
    let spec = try parse(#"{"name": "j", "seed": 5, "cells": [{"emotion": "awe", "count": 3, "prompt": "a\nb"}]}"#)
    #expect(spec.seed == 5)
    #expect(spec.cells[0].prompts == ["a\nb"])
  }

  @Test func parsingTheStoredFormReturnsAnEqualValue() throws {
    let text = try String(contentsOf: SourceTree.root.appending(path: "config/example-batch.yaml"), encoding: .utf8)
    let spec = try parse(text)
    #expect(try parse(try spec.json) == spec)
    #expect(try spec.plan(defaults: Self.defaults, multiple: 8).images == 8 * 16 + 4 * 4 + 2 * 4 + 4 + 8 + 4 * 2)
  }

  /// The schema used by editors and the parser must have the same keys.
  @Test func schemaAndParserAgree() throws {
    let data = try Data(contentsOf: SourceTree.root.appending(path: "config/batch.schema.json"))
    let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let properties = try #require(schema["properties"] as? [String: Any])
    let settings = try #require((properties["settings"] as? [String: Any])?["properties"] as? [String: Any])
    let definitions = try #require(schema["$defs"] as? [String: Any])
    let cell = try #require((definitions["cell"] as? [String: Any])?["properties"] as? [String: Any])
    let samplers = try #require((definitions["sampler"] as? [String: Any])?["enum"] as? [String])
    #expect(Set(properties.keys) == Set(BatchSpec.Keys.batch))
    #expect(Set(settings.keys) == Set(SettingsOverride.keys))
    #expect(Set(cell.keys) == Set(BatchSpec.Keys.cell))
    #expect(Set(samplers) == Set(SamplerName.allCases.map(\.rawValue)))
    let precisions = try #require((definitions["precision"] as? [String: Any])?["enum"] as? [String])
    #expect(Set(precisions) == Set(Precision.allCases.map(\.rawValue)))
    let spacings = try #require((definitions["timestep_spacing"] as? [String: Any])?["enum"] as? [String])
    #expect(Set(spacings) == Set(TimestepSpacing.allCases.map(\.rawValue)))
  }

  /// The schema and the program must have the same bounds.
  @Test func schemaAndLimitsAgree() throws {
    let data = try Data(contentsOf: SourceTree.root.appending(path: "config/batch.schema.json"))
    let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let properties = try #require(schema["properties"] as? [String: Any])
    let definitions = try #require(schema["$defs"] as? [String: Any])
    let cell = try #require((definitions["cell"] as? [String: Any])?["properties"] as? [String: Any])
    func bounds(_ entry: Any?) throws -> ClosedRange<Double> {
      let entry = try #require(entry as? [String: Any])
      let (lower, upper) = (try #require(entry["minimum"] as? NSNumber), try #require(entry["maximum"] as? NSNumber))
      return lower.doubleValue...upper.doubleValue
    }
    func longest(_ entry: Any?) throws -> Int {
      let entry = try #require(entry as? [String: Any])
      return try #require(entry["maxLength"] as? Int)
    }
    func range(_ limit: ClosedRange<Int>) -> ClosedRange<Double> {
      Double(limit.lowerBound)...Double(limit.upperBound)
    }
    #expect(try bounds(cell["count"]) == range(Limits.count))
    #expect(try bounds(properties["chunk"]) == range(Limits.chunk))
    #expect(try bounds(properties["max_attempts"]) == range(Limits.attempts))
    #expect(try bounds(properties["priority"]) == range(Limits.priority))
    #expect(try bounds(properties["seed"]) == 0...Double(Limits.seed.upperBound))
    #expect(try bounds(definitions["steps"]) == range(Limits.steps))
    #expect(try bounds(definitions["reuse"]) == range(Limits.reuse))
    #expect(try bounds(definitions["guidance"]) == Limits.guidance)
    #expect(try bounds(definitions["eta"]) == Limits.eta)
    for key in ["name", "model", "key"] { #expect(try longest(properties[key]) == Limits.nameLength) }
    for key in ["text", "negative"] { #expect(try longest(definitions[key]) == Limits.textLength) }
  }

  @Test(arguments: [
    ("namee: x\ncells: []", "spec.yaml:1: unknown key 'namee': did you mean 'name'?"),
    (
      "name: x\ncells:\n  - {emotion: awe, count: 1, stpes: 3}",
      "spec.yaml:3: unknown key 'stpes' in cells[0]: did you mean 'steps'?"
    ),
    ("name: x\nsettings: {waves: 3}\ncells: [{text: t, count: 1}]", "key 'waves' in settings: the keys are size"),
    ("name: x", "the key 'cells' is missing, or 'training' for a training"),
    ("cells: [{emotion: awe, count: 1}]", "the key 'name' is missing"),
    ("name: x\ncells: []", "spec.yaml:2: cells is an empty list"),
    ("name: x\ncells: [{emotion: joy, count: 1}]", "unknown emotion 'joy'"),
    ("name: x\ncells: [{emotion: 'awe=-1,fear=2', count: 1}]", "is not a positive number"),
    ("name: x\ncells: [{emotion: awe, count: 0}]", "cells[0].count is 0, but must be from 1 to 10000000"),
    ("name: x\ncells:\n- emotion: awe\n  count: 10000001", "spec.yaml:4: cells[0].count is 10000001"),
    ("name: x\ncells: [{emotion: awe, count: 99999999999999999999}]", "is out of range"),
    ("name: x\ncells: [{emotion: awe, count: many}]", "cells[0].count is 'many', but must be an integer"),
    ("name: x\ncells: [{emotion: awe, count: '3'}]", "leave out the quotes"),
    ("name: x\ncells: [{emotion: awe}]", "cells[0] has no 'count'"),
    ("name: x\ncells: [{count: 1}]", "cells[0] needs either emotion"),
    ("name: x\ncells: [{emotion: awe, text: t, count: 1}]", "cells[0] needs either emotion"),
    ("name: x\ncells: [{emotion: awe, emotions: [fear], count: 1}]", "has both 'emotion' and 'emotions'"),
    ("name: x\ncells: [{text: t, prompt: p, count: 1}]", "prompt goes with an emotion"),
    ("name: x\nseed: -1\ncells: [{emotion: awe, count: 1}]", "seed is -1, which is out of range"),
    ("name: x\nseed: 9223372036854775808\ncells: [{emotion: awe, count: 1}]", "seed is 9223372036854775808, but"),
    ("name: x\nchunk: 65\ncells: [{emotion: awe, count: 1}]", "chunk is 65, but must be from 1 to 64"),
    (
      "name: x\nsettings: {steps: 0}\ncells: [{emotion: awe, count: 1}]",
      "settings.steps is 0, but must be from 1 to 1000"
    ),
    ("name: x\nsettings: {guidance: .inf}\ncells: [{emotion: awe, count: 1}]", "must be a finite number"),
    ("name: x\nsettings: {guidance: -1}\ncells: [{emotion: awe, count: 1}]", "settings.guidance is -1.0"),
    ("name: x\nsettings: {guidance_interval: 0.8-0.2}\ncells: [{emotion: awe, count: 1}]", "must be LOWER-UPPER"),
    ("name: x\nsettings: {reuse: 0}\ncells: [{emotion: awe, count: 1}]", "settings.reuse is 0, but must be from 1"),
    ("name: x\nsettings: {precision: fp16}\ncells: [{emotion: awe, count: 1}]", "must be one of fp32, bf16"),
    ("name: x\nsettings: {size: 64}\ncells: [{emotion: awe, count: 1}]", "must be WIDTHxHEIGHT"),
    ("name: x\nsettings: {size: 4096x64}\ncells: [{emotion: awe, count: 1}]", "must be from 8 to 2048"),
    ("name: x\nsettings: {sampler: eular}\ncells: [{emotion: awe, count: 1}]", "did you mean 'euler'?"),
    ("name: x\nname: y\ncells: [{emotion: awe, count: 1}]", "occurs twice"),
    ("name: x\nkey:\ncells: [{emotion: awe, count: 1}]", "key has no value"),
    ("name: ''\ncells: [{emotion: awe, count: 1}]", "name is empty"),
    ("name: x\ncells: {emotion: awe}", "cells must be a list"),
    ("name: [x]\ncells: [{emotion: awe, count: 1}]", "name must be a string"),
    ("- a\n- b", "must be a mapping"),
    ("name: [", "spec.yaml:"),
    ("", "the file is empty"),
  ])
  func aBadSpecificationGivesOneClearMessage(_ text: String, _ expected: String) {
    #expect {
      try parse(text)
    } throws: { error in
      let message = "\(error)"
      return message.contains(expected) && message.hasPrefix("spec.yaml") && !message.contains("\n")

    }
  }

  @Test func aSizeTheModelCannotRenderIsRefusedWithTheNearestSizes() throws {
    let spec = try parse("{name: n, cells: [{emotion: awe, count: 1, size: 68x64}]}")
    #expect {
      try spec.plan(defaults: Self.defaults, multiple: 8)
    } throws: {
      "\($0)" == "cells[0]: the width 68 is not a multiple of 8, which the model needs: use 64 or 72"
    }
  }

  @Test func tooManyCellsOrImagesAreRefusedBeforeExpansion() throws {
    let prompts = (0..<20_000).map(String.init)
    let wide = BatchSpec(
      name: "n", cells: [CellSpec(emotions: Emotion.allCases.map { EmotionSpec($0) }, prompts: prompts, count: 1)])
    #expect { try wide.check() } throws: { "\($0)".contains("more than 100000 cells") }
    let deep = BatchSpec(
      name: "n", cells: (0..<11).map { _ in CellSpec(emotions: [EmotionSpec(.awe)], count: 10_000_000) })
    #expect { try deep.check() } throws: { "\($0)".contains("more than 100000000 images") }
  }

  @Test func aliasesThatMultiplyAreRefusedQuickly() {
    var text = "name: x\na0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1..<9 {
      text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
    }
    #expect { try parse(text + "cells: *a8") } throws: { "\($0)".contains("unknown key 'a0'") }
  }
}
