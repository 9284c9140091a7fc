import Files
import Foundation
import Imaging
import Provenance
import Testing
import Vocabulary

struct ProvenanceRecordTests {
  private func json(_ record: ProvenanceRecord) throws -> String {
    String(decoding: try record.canonical, as: UTF8.self)
  }

  private func read(_ json: String) throws -> ProvenanceRecord {
    try ProvenanceRecord(json: json.utf8, named: "x.png")
  }

  @Test func formIsStable() throws {
    #expect(
      try json(Samples.record()) == #"{"actual_steps":20,"#
        + #""emotion_vector":[[0.1,-2.5,3.4028235e+38,1e-45,"-0",0.33333334]],"#
        + #""engine_kind":"x86_64-avx512/openblas-0.3.21-Cooperlake/fp32","#
        + #""generator":{"name":"EmoFarm","version":"0.1.0"},"height":8,"#
        + #""model":{"digest":"00112233445566778899aabbccddeeff","files":[{"bytes":12,"#
        + #""path":"unet/diffusion_pytorch_model.safetensors","sha256":"ab"}],"name":"tiny"},"network_calls":21,"#
        + #""rgb_sha256":"\#(Samples.image.sha256)","sampler":"pndm","spec":{"seed":"9223372036854775808","#
        + #""settings":{"guidance":7.5,"height":8,"negative":"blurry","sampler":"pndm","steps":20,"width":16},"#
        + #""subject":{"emotion":"awe","prompt":"bag"}},"version":1,"width":16}"#
    )
  }

  @Test(arguments: [
    Subject.emotion(EmotionSpec(.fear), prompt: ""), .text("a \"quoted\" bag\u{0}\n富士"),
  ])
  func recordReadsBackEqual(subject: Subject) throws {
    let record = Samples.record(subject: subject)
    let back = try read(json(record))
    #expect(back == record)
    #expect(try back.digest == record.digest)
  }

  @Test func shortcutsAreWrittenWhereTheyAreTaken() throws {
    var settings = Samples.settings
    settings.shortcuts.precision = .bf16
    settings.shortcuts.guidanceInterval = try #require(GuidanceInterval(parsing: "0.2-0.8"))
    settings.shortcuts.reuse = 3
    let record = Samples.record(settings: settings)
    #expect(
      try json(record).contains(
        #"{"guidance":7.5,"guidance_interval":"0.2-0.8","height":8,"negative":"blurry","precision":"bf16","reuse":3,"#))
    #expect(try read(json(record)) == record)
    let broken = try json(record).replacing("0.2-0.8", with: "0.8-0.2")
    #expect(throws: (any Error).self) { try read(broken) }
  }

  @Test func mixturesAndFusionsReadBack() throws {
    for written in ["awe=0.7,fear=0.3", "awe+fear", "awe=0.25,anger=0.75+sadness"] {
      let record = Samples.record(subject: .emotion(try EmotionSpec(parsing: written), prompt: "bag"))
      #expect(try read(json(record)) == record)
      #expect(try json(record).contains(#""emotion":"\#(written)""#))
    }
  }

  @Test func everyVectorReadsBackToItsBits() throws {
    var state: UInt32 = 0x1234_5678
    var values: [Float] = []
    while values.count < 5000 {
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      if Float(bitPattern: state).isFinite { values.append(Float(bitPattern: state)) }
    }
    let record = Samples.record(vector: [values])
    let back = try read(json(record)).emotionVector
    #expect(back[0].map(\.bitPattern) == values.map(\.bitPattern))
    // A reader that parses plain doubles gets the same floats.
    let plain = try JSONSerialization.jsonObject(with: Data(record.canonical)) as? [String: Any]
    let doubles = (plain?["emotion_vector"] as? [[Double]])?.first ?? []
    #expect(doubles.map { Float($0).bitPattern } == values.map(\.bitPattern))
  }

  @Test func valuesThatAreNotNumbersCannotBeRecorded() {
    #expect(throws: EncodingError.self) { try Samples.record(vector: [[.nan]]).canonical }
  }

  @Test func unknownVersionSaysWhatToDo() throws {
    let newer = try json(Samples.record()).replacing(#""version":1,"width""#, with: #""version":2,"width""#)
    let error = #expect(throws: ProvenanceError.self) { try read(newer) }
    #expect(error?.code == .unknownVersion)
    #expect(error?.description.contains("version 2, this program reads version 1") == true)
  }

  @Test(arguments: [
    (#""actual_steps":20,"#, "", "key 'actual_steps' is missing"),
    (#""seed":"9223372036854775808","#, "", "key 'spec.seed' is missing"),
    (#""sha256":"ab""#, #""sha256":7"#, "'model.files[0].sha256' is not of the expected type String"),
    (#""seed":"9223372036854775808""#, #""seed":"-1""#, "'spec.seed': '-1' is not a whole number below 2⁶⁴"),
    (#""emotion":"awe""#, #""emotion":"joy""#, "'spec.subject.emotion': unknown emotion 'joy'"),
    (#""prompt":"bag""#, #""prompt":"bag","text":"x""#, "'spec.subject.text': a subject is a text or an emotion"),
    (#""sampler":"pndm","spec""#, #""sampler":"magic","spec""#, "'sampler': "),
    (#"{"actual_steps""#, #"{{"actual_steps""#, "it is not JSON"),
    (#"{"actual_steps""#, #"{ "actual_steps""#, "not in canonical form"),
    (#"{"actual_steps":20"#, #"{"actual_steps":20,"actual_steps":20"#, "not in canonical form"),
    (#""guidance":7.5"#, #""guidance":7.50"#, "not in canonical form"),
  ])
  func whatIsWrongIsNamed(old: String, new: String, message: String) throws {
    let broken = try json(Samples.record()).replacing(old, with: new)
    let error = #expect(throws: ProvenanceError.self) { try read(broken) }
    #expect(error?.code == .malformed)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
