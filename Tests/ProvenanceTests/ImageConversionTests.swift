import Crypto
import Files
import Imaging
import Provenance
import Testing
import Vocabulary

struct ImageConversionTests {
  private func png(_ record: ProvenanceRecord = Samples.record()) throws -> [UInt8] {
    try PNGProvenance.encode(Samples.image, record)
  }

  @Test(arguments: ImageConversion.Format.allCases) func aConversionCarriesTheRecord(
    format: ImageConversion.Format
  ) throws {
    let subject = Subject.emotion(EmotionSpec(.awe), prompt: "a \"bag\" & <富士>\n'é' \u{FFFE}")
    let record = Samples.record(subject: subject)
    let source = try png(record)
    let file = try ImageConversion(format, quality: 90).convert(source, named: "x.png")
    #expect(try ImageConversion(format, quality: 90).convert(source, named: "x.png") == file)
    let found = try ImageProvenance.verify(file, named: "x")
    #expect(found.record == record)
    #expect(found.converted?.sourceSHA256 == PNGDigest.of(source))
    #expect(found.converted?.conversion == "\(format.name) of quality 90")
    #expect(found.texts == ["Exif", "XMP"])
    let metadata = try ImageMetadata.split(file, named: "x").0
    #expect(metadata.xmp?.contains("digitalsourcetype/trainedAlgorithmicMedia") == true)
    // UTF-16 in big-endian order, as web UIs write the parameters.
    let parameters = try record.texts()[1].text
    let words = Array("UNICODE\0".utf8) + parameters.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    #expect(metadata.exif?.suffix(words.count).elementsEqual(words) == true)
  }

  @Test(arguments: ImageConversion.Format.allCases) func aChangedPictureIsRefused(
    format: ImageConversion.Format
  ) throws {
    let conversion = ImageConversion(format, quality: 90)
    let source = try png()
    let file = try conversion.convert(source, named: "x.png")
    #expect(try conversion.result(keptIn: file, of: source, named: "x") == file)
    #expect(try ImageConversion(format, quality: 89).result(keptIn: file, of: source, named: "x") != file)
    #expect(try conversion.result(keptIn: file, of: png(Samples.record(version: "0.2.0")), named: "x") != file)
    for offset in file.indices {
      var damaged = file
      damaged[offset] ^= 1
      #expect(try conversion.result(keptIn: damaged, of: source, named: "x") != damaged, "byte \(offset)")
    }
    for count in stride(from: 0, to: file.count, by: 7) {
      #expect(
        try conversion.result(keptIn: Array(file[..<count]), of: source, named: "x") != Array(file[..<count]),
        "\(count) bytes")
    }
    let (metadata, picture) = try ImageMetadata.split(file, named: "x")
    var changed = picture
    changed[picture.count - 8] ^= 1
    let error = #expect(throws: ProvenanceError.self) {
      try ImageProvenance.verify(metadata.added(to: changed, named: "x"), named: "x")
    }
    #expect(error?.code == .mismatch)
  }

  @Test func aPictureWithoutARecordIsNamed() throws {
    let file = try JPEG.encode(Samples.image, quality: 90)
    let error = #expect(throws: ProvenanceError.self) { try ImageProvenance.read(file, named: "x.jpg") }
    #expect(error?.code == .missing && error?.description.hasPrefix("x.jpg: ") == true)
  }

  /// exiftool writes packets again with elements instead of attributes.
  @Test func aPacketThatAnotherProgramWroteAgainIsRead() throws {
    let file = try ImageConversion(.webp, quality: 90).convert(png(), named: "x.png")
    var (metadata, picture) = try ImageMetadata.split(file, named: "x")
    var xmp = try #require(metadata.xmp)
    for name in ["Record", "Conversion", "SourceSHA256", "PictureSHA256"] {
      let start = try #require(xmp.firstRange(of: " emofarm:\(name)=\""))
      let end = try #require(xmp[start.upperBound...].firstRange(of: "\""))
      let value = String(xmp[start.upperBound..<end.lowerBound])
      xmp.removeSubrange(start.lowerBound..<end.upperBound)
      xmp.replace("</rdf:RDF>", with: "<emofarm:\(name)>\(value)</emofarm:\(name)></rdf:RDF>")
    }
    metadata.xmp = xmp
    let again = try ImageProvenance.verify(metadata.added(to: picture, named: "x"), named: "x")
    #expect(again.record == Samples.record())
  }
}

private enum PNGDigest {
  static func of(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(data: bytes)) }
}
