import Files
import Foundation

/// A dataset's description in MLCommons' Croissant 1.0: a set of records for each split.
struct Croissant {
  let title: String
  let license: String
  /// RFC 3339, or nil where it is unknown.
  let created: String?
  let splits: [Split]

  struct Split {
    let name: String
    /// The Parquet files, as a pattern; nil where the records are in the split's table.
    let parquet: String?
    /// The SHA-256 of the split's table.
    let tableSHA256: String?
    /// An image, for the names and types of the columns.
    let sample: DatasetImage
  }

  /// The document, with its keys in order.
  func document() throws -> [UInt8] {
    var document: [String: Any] = [
      "@context": Self.context, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
      "name": title, "description": "Images made to evoke emotions, with the emotion as a label. All are AI-generated.",
      "license": license, "version": "1.0.0", "citeAs": title,
      "creator": ["@type": "sc:Organization", "name": "EmoFarm"],
      "distribution": splits.map(distribution), "recordSet": splits.map(records),
    ]
    if let created { document["datePublished"] = String(created.prefix(10)) }
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return Array(try JSONSerialization.data(withJSONObject: document, options: options)) + Array("\n".utf8)
  }

  private func id(_ split: Split) -> String {
    split.parquet == nil ? DatasetAddition.table(of: split.name) : "\(split.name)-files"
  }

  private func distribution(_ split: Split) -> [String: Any] {
    let id = id(split)
    guard let parquet = split.parquet else {
      return [
        "@type": "cr:FileObject", "@id": id, "name": id, "contentUrl": id, "encodingFormat": "text/csv",
        "sha256": split.tableSHA256 ?? "",
      ]
    }
    return [
      "@type": "cr:FileSet", "@id": id, "name": id, "includes": "\(parquet).parquet",
      "encodingFormat": "application/x-parquet",
    ]
  }

  private func records(_ split: Split) -> [String: Any] {
    let source = [split.parquet == nil ? "fileObject" : "fileSet": ["@id": id(split)]]
    func field(_ name: String, _ type: String, _ more: [String: Any] = [:]) -> [String: Any] {
      var origin: [String: Any] = source
      origin["extract"] = ["column": name]
      origin.merge(more) { $1 }
      let path = "\(split.name)/\(name)"
      return ["@type": "cr:Field", "@id": path, "name": path, "dataType": type, "source": origin]
    }
    let first =
      split.parquet == nil
      ? field("file_name", "sc:Text") : field("image", "sc:ImageObject", ["transform": ["jsonPath": "bytes"]])
    let others = split.sample.metadata.compactMap { entry -> [String: Any]? in
      switch entry.value {
      // In Parquet files the class has its index, and lists have no type of their own here.
      case .text: field(entry.name, entry.name == "emotion" && split.parquet != nil ? "sc:Integer" : "sc:Text")
      case .whole: entry.name == "emotion_index" && split.parquet != nil ? nil : field(entry.name, "sc:Integer")
      case .number: field(entry.name, "sc:Float")
      case .weights: split.parquet == nil ? field(entry.name, "sc:Text") : nil
      }
    }
    return ["@type": "cr:RecordSet", "@id": split.name, "name": split.name, "field": [first] + others]
  }

  /// The standard context of Croissant 1.0.
  private static var context: [String: Any] {
    let terms = terms.map { ($0, "cr:\($0)" as Any) }
    let others: [String: Any] = [
      "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
      "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
      "dct": "http://purl.org/dc/terms/", "conformsTo": "dct:conformsTo",
      "data": ["@id": "cr:data", "@type": "@json"], "examples": ["@id": "cr:examples", "@type": "@json"],
      "dataType": ["@id": "cr:dataType", "@type": "@vocab"],
    ]
    return others.merging(terms) { $1 }
  }

  private static let terms = [
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileObject", "fileProperty", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
  ]
}
