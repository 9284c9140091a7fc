import Files
import Imaging
import Provenance
import Testing
import Vocabulary

struct PNGProvenanceTests {
  @Test func recordComesBackFromTheFile() throws {
    let record = Samples.record()
    let file = try PNGProvenance.encode(Samples.image, record)
    #expect(try PNGProvenance.read(file, named: "x.png") == record)
    #expect(try PNGProvenance.verify(file, named: "x.png") == record)
    #expect(try PNGProvenance.encode(Samples.image, record) == file)
  }

  @Test func theBeginningOfAFileIsEnoughForWhatItsRowSays() throws {
    let record = Samples.record()
    let file = try PNGProvenance.encode(Samples.image, record)
    let pixels = try #require((0..<file.count - 4).first { file[$0..<$0 + 4].elementsEqual("IDAT".utf8) })
    for count in 0...file.count {
      let claims = PNGProvenance.claims(beginning: Array(file.prefix(count)))
      // Once the next chunk's name is read, the texts before it are known to be complete.
      #expect(claims == (count >= pixels + 4 ? ProvenanceClaims(record) : nil), "\(count) bytes")
    }
    // Damage is noticed by the chunks' checksums.
    for offset in 0..<pixels {
      var damaged = file
      damaged[offset] ^= 0x55
      #expect(PNGProvenance.claims(beginning: damaged) != ProvenanceClaims(record) || offset >= pixels - 4)
    }
  }

  @Test func textsAreTheRecordTheParametersAndXMP() throws {
    let texts = try Samples.record().texts()
    #expect(texts.map(\.keyword) == ["emofarm", "parameters", "XML:com.adobe.xmp"])
    #expect(texts.map(\.kind) == [.international, .latin1, .international])
    #expect(
      texts[1].text == """
        awe: bag
        Negative prompt: blurry
        Steps: 20, Sampler: PLMS, CFG scale: 7.5, Seed: 9223372036854775808, Size: 16x8, Model hash: 0011223344, \
        Model: tiny, Version: EmoFarm 0.1.0
        """
    )
    #expect(texts[2].text.contains("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"))
    #expect(texts[2].text.hasPrefix("<?xpacket begin=\"\u{FEFF}\""))
  }

  /// Web UIs and model sites find a checkpoint by the first digits of its file's SHA-256.
  @Test func theHashOfACheckpointIsThatOfItsFile() throws {
    func hash(_ files: String...) throws -> String? {
      let files = files.map { ModelFile(path: $0, bytes: 1, sha256: "cc6cb27103417325ff94f52b7a5d2dde") }
      let text = try Samples.record(files: files).texts()[1].text
      return text.firstMatch(of: /Model hash: (\w+),/).map { String($0.1) }
    }
    #expect(try hash("v1-5-pruned-emaonly.safetensors") == "cc6cb27103")
    #expect(try hash("model.ckpt", "model.yaml") == "cc6cb27103")
    #expect(try hash("unet/model.safetensors") == "0011223344")
    #expect(try hash("a.safetensors", "b.safetensors") == "0011223344")
    #expect(try hash("a.safetensors", "mapper/model.safetensors") == "0011223344")
  }

  /// Web UIs take the first line that begins with "Negative prompt:" for the negative prompt, and the last line for the
  /// settings.
  @Test(arguments: [
    ("a cat\nNegative prompt: dogs\nSteps: 1, Seed: 2", "a cat Negative prompt: dogs Steps: 1, Seed: 2"),
    ("a\r\nb\u{2028}c\u{85}d", "a b c d"), ("Negative prompt: dogs", "Negative prompt : dogs"),
    ("\n\nNegative prompt: dogs\n", "Negative prompt : dogs"), ("two  spaces", "two  spaces"),
  ])
  func aPromptCannotForgeTheLinesThatFollow(prompt: String, line: String) throws {
    var settings = Samples.settings
    settings.negative = "blurry\nSteps: 3"
    let text = try Samples.record(subject: .text(prompt), settings: settings).texts()[1].text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3 && lines[0] == line && lines[1] == "Negative prompt: blurry Steps: 3", "\(lines)")
  }

  @Test func parametersFollowTheSubject() throws {
    var settings = Samples.settings
    settings.negative = ""
    settings.sampler = .eulerAncestral
    let mixture = Subject.emotion(try EmotionSpec(parsing: "awe=0.7,fear=0.3"), prompt: "")
    let emotion = try Samples.record(subject: mixture, settings: settings).texts()[1]
    #expect(emotion.text.hasPrefix("awe=0.7,fear=0.3\nSteps: 20, Sampler: Euler a, CFG scale: 7.5,"))
    let text = try Samples.record(subject: .text("富士 at dawn\0"), settings: settings).texts()[1]
    #expect(text.kind == .international)
    #expect(text.text.hasPrefix("富士 at dawn\u{FFFD}\nSteps: 20"))
    #expect(try PNG.encode(Samples.image, texts: [text]).isEmpty == false)
  }

  /// The form that the parser of AUTOMATIC1111's web UI reads, with LoRAs in the prompt.
  @Test func parametersNameAddedFilesAndOtherSettings() throws {
    let digits = "0123456789abcdef"
    func file(_ name: String) -> AddedFile { AddedFile(path: "/models/\(name)", sha256: digits) }
    var settings = Samples.settings
    settings.additions = Additions(
      vae: file("vae-ft-mse.safetensors"),
      loras: [
        LoRAUse(file: file("style.v2.safetensors"), weight: 0.8), LoRAUse(file: file("a:b, <c>.safetensors")),
      ],
      embeddings: [EmbeddingUse(file: file("cat.pt"), token: "<cat>")])
    settings.source = file("photo, 1.png")
    settings.strength = 0.75
    settings.eta = 0.5
    settings.timestepSpacing = .trailing
    settings.clipSkip = 2
    settings.promptSyntax = .a1111
    #expect(
      try Samples.record(settings: settings).texts()[1].text == """
        awe: bag <lora:style.v2:0.8> <lora:ab c:1>
        Negative prompt: blurry
        Steps: 20, Sampler: PLMS, CFG scale: 7.5, Seed: 9223372036854775808, Size: 16x8, Model hash: 0011223344, \
        Model: tiny, VAE hash: 0123456789, VAE: vae-ft-mse.safetensors, Denoising strength: 0.75, \
        Init image: "photo, 1.png", Eta: 0.5, Timestep spacing: trailing, Clip skip: 2, Prompt syntax: a1111, \
        Lora hashes: "style.v2: 0123456789, ab c: 0123456789", TI hashes: "cat: 0123456789ab", Version: EmoFarm 0.1.0
        """
    )
    settings.promptSyntax = .long
    #expect(
      try Samples.record(settings: settings).texts()[1].text.contains(", Prompt syntax: long, Emphasis: None, Lora"))
    let empty = try Samples.record(subject: .text(""), settings: settings).texts()[1].text
    #expect(empty.hasPrefix("<lora:style.v2:0.8> <lora:ab c:1>\n"))
  }

  @Test func fileWithoutProvenanceSaysSo() throws {
    let plain = try PNG.encode(Samples.image, texts: [PNGText(keyword: "parameters", text: "a bag")])
    for action in [PNGProvenance.read, PNGProvenance.verify] {
      let error = #expect(throws: ProvenanceError.self) { try action(plain, "x.png") }
      #expect(error?.code == .missing)
      #expect(error?.description.hasPrefix("x.png: the PNG carries no EmoFarm provenance") == true)
    }
  }

  @Test func twoRecordsAreRefused() throws {
    let texts = try Samples.record().texts()
    let file = try PNG.encode(Samples.image, texts: texts + texts)
    #expect(throws: ProvenanceError.self) { try PNGProvenance.read(file, named: "x.png") }
  }

  @Test func changedPixelsAreFound() throws {
    var changed = Samples.image
    changed.pixels[100] ^= 1
    let file = try PNG.encode(changed, texts: Samples.record().texts())
    let error = #expect(throws: ProvenanceError.self) { try PNGProvenance.verify(file, named: "x.png") }
    #expect(error?.code == .mismatch)
    #expect(error?.description.contains("their SHA-256 is \(changed.sha256)") == true)
    #expect(try PNGProvenance.read(file, named: "x.png") == Samples.record())
    #expect(throws: ProvenanceError.self) { try PNGProvenance.encode(changed, Samples.record()) }
  }

  @Test func changedSizeIsFound() throws {
    let narrow = RGBImage(width: 8, height: 16, pixels: Samples.image.pixels)
    let file = try PNG.encode(narrow, texts: Samples.record().texts())
    let error = #expect(throws: ProvenanceError.self) { try PNGProvenance.verify(file, named: "x.png") }
    #expect(error?.description == "x.png: the image has 8×16 pixels, but its provenance says 16×8")
  }

  @Test func damagedFilesAreRefusedAsPNGs() throws {
    var file = try PNGProvenance.encode(Samples.image, Samples.record())
    file[file.count / 2] ^= 1
    #expect(throws: PNGError.self) { try PNGProvenance.read(file, named: "x.png") }
    #expect(throws: PNGError.self) { try PNGProvenance.verify(Array(file.dropLast()), named: "x.png") }
  }
}
