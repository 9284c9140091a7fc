import Files
import ObjectStorage
import Testing

@Suite struct S3AddressTests {
  @Test func bucketAndPrefixAreRead() throws {
    let plain = try S3Address("s3://images")
    #expect((plain.bucket, plain.prefix, "\(plain)") == ("images", "", "s3://images"))
    let nested = try S3Address("s3://images/farm/one/")
    #expect((nested.bucket, nested.prefix, "\(nested)") == ("images", "farm/one/", "s3://images/farm/one"))
    #expect(nested.describe("a") == "s3://images/farm/one/a")
  }

  @Test(arguments: [
    "", "s3://", "s3:/images", "s3://ab", "s3://a b c/x", "s3://images//x", "s3://images/../x", "s3://images/a?b",
    "s3://images/ä", "s3://images/" + String(repeating: "x", count: 600),
  ])
  func othersAreRefusedWithTheRightForm(text: String) {
    #expect { try S3Address(text) } throws: {
      ($0 as? ObjectStorageError)?.code == .badSettings && "\($0)".contains("s3://BUCKET/PREFIX")
    }
  }

  @Test(arguments: [
    ("not an address", "is not an address"), ("ftp://host", "neither https nor http"),
    ("https://host/path", "more than a host and a port"), ("https://user:secret@host", "has a user or password in it"),
  ])
  func wrongEndpointsAreNamedWithoutSecrets(endpoint: String, reason: String) throws {
    let address = try S3Address("s3://images")
    #expect { try S3Client(address, S3Options(endpoint: endpoint), environment: [:]) } throws: {
      "\($0)".contains(reason) && !"\($0)".contains("secret@")
    }
    #expect { try S3Client(address, S3Options(certificateFile: "/nowhere.pem"), environment: [:]) } throws: {
      "\($0)".contains("/nowhere.pem is missing or holds no PEM certificate")
    }
    #expect {
      try S3Client(address, S3Options(endpoint: "http://127.0.0.1:9", addressing: .host), environment: [:])
    } throws: {
      "\($0)".contains("set s3.addressing to path")
    }
  }
}
