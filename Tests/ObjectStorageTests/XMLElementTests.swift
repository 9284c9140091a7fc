import Files
import ObjectStorage
import TestSupport
import Testing

@Suite struct XMLElementTests {
  private static let listing = """
    <?xml version='1.0' encoding='UTF-8'?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b&amp;c</Name><IsTruncated>false</IsTruncated>
    <Contents><Key>a&lt;&#x41;&#66;</Key><Size>3</Size><Owner/></Contents><Contents><Key>z</Key></Contents>
    </ListBucketResult>
    """

  @Test func anAnswerIsRead() throws {
    let root = try #require(XMLElement.parse(Array(Self.listing.utf8)))
    #expect(root.name == "ListBucketResult" && root.value("Name") == "b&c")
    #expect(root.all("Contents").map { $0.value("Key") } == ["a<AB", "z"])
    #expect(root.all("Contents")[0].value("Size") == "3" && root.all("Contents")[0].value("Owner") == "")
  }

  @Test(arguments: [
    "", "<a>", "<a></b>", "<a>&unknown;</a>", "<a></a><b></b>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
    String(repeating: "<a>", count: 20) + String(repeating: "</a>", count: 20),
  ])
  func anythingElseIsNot(text: String) {
    #expect(XMLElement.parse(Array(text.utf8)) == nil)
  }

  @Test func damagedAnswersNeverTrap() throws {
    let outcome = try Fuzzing.run([Array(Self.listing.utf8)], throwing: ObjectStorageError.self) { bytes in
      guard XMLElement.parse(bytes) != nil else { throw ObjectStorageError(.unexpected, "refused") }
    }
    #expect(outcome.read > 0 && outcome.refused > 0)
  }
}
