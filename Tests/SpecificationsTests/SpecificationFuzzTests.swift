import Files
import Foundation
import Specifications
import TestSupport
import Testing
import Vocabulary

/// Damaged specifications end in a batch or in one message.
struct SpecificationFuzzTests {
  private static let text = #"""
    name: tour
    seed: 7
    settings: {size: 64x64, steps: 4, sampler: lcm, guidance: 1.5, lora: ["/a.safetensors:0.5"]}
    cells:
      - {emotions: [awe, "fear=0.3,anger=0.7"], prompts: [a house, '{red|{dark |}blue} \{car\}'], count: 3, wildcards: true}
      - text: "a {b|c} (d:1.2)"
        count: 2
        wildcards: true
        prompt_syntax: a1111
        grid: {guidance: [1, 7.5], steps: [2, 4], sampler: [ddim, tcd]}

    """#

  @Test func specifications() throws {
    let json = Array(try BatchSpec(parsing: Self.text, named: "a.yaml").json.utf8)
    let outcome = try Fuzzing.run([Array(Self.text.utf8), json], throwing: BatchSpecError.self) { bytes in
      let spec = try BatchSpec(parsing: String(decoding: bytes, as: UTF8.self), named: "a.yaml")
      // What is accepted has a stored form that means the same.
      #expect(try BatchSpec(parsing: spec.json, named: "stored") == spec)
    }
    #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 4, "\(outcome)")
  }

  /// What the YAML reader cannot read is named by its line, without a quotation of the line.
  @Test func aControlCharacterIsNamed() {
    let error = #expect(throws: BatchSpecError.self) {
      try BatchSpec(parsing: "name: tour\nseed: \u{1}\(String(repeating: "x", count: 5_000))\n", named: "a.yaml")
    }
    #expect(error?.description == "a.yaml:2: the file is not YAML: control characters are not allowed (U+1)")
  }

  /// Prompts with alternatives, without the YAML around them.
  @Test func wildcards() throws {
    let seeds = [#"a {red|{dark |}blue} house"#, #"\{a\|{b\}|b\}}, c|d"#, "{{{a}}|{}|}", "{a|{b|{c|{d}}}}"]
    let outcome = try Fuzzing.run(seeds.map { Array($0.utf8) }, throwing: BatchSpecError.self) { bytes in
      let prompt = String(decoding: bytes, as: UTF8.self)
      let cell: [String: Any] = ["text": prompt, "count": 3, "wildcards": true]
      let root: [String: Any] = ["name": "n", "cells": [cell]]
      let json = String(decoding: try JSONSerialization.data(withJSONObject: root), as: UTF8.self)
      let spec = try BatchSpec(parsing: json, named: "a.json")
      #expect(spec.cells.map(\.count).reduce(0, +) == 3)
      #expect(try BatchSpec(parsing: json, named: "b.json") == spec)
    }
    #expect(outcome.read > Fuzzing.inputs / 50 && outcome.refused > Fuzzing.inputs / 50, "\(outcome)")
  }

  @Test func deepBracesAreRefused() {
    for depth in [17, 100_000] {
      let prompt = String(repeating: "{", count: depth) + "a" + String(repeating: "}", count: depth)
      let error = #expect(throws: BatchSpecError.self) {
        try BatchSpec(
          parsing: "name: n\ncells:\n  - {text: '\(prompt)', count: 1, wildcards: true}\n", named: "a.yaml")
      }
      #expect(error?.description.utf8.count ?? 9_999 < 2_000, "\(depth)")
    }
  }
}
