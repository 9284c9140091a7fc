/// Files that a dataset may have beside those of its form.
package enum DatasetAddition: String, CaseIterable, Sendable {
  /// A table of each split: `train.csv`, with the path of the file that holds each image.
  case csv
  /// `croissant.json`, which describes the dataset as MLCommons' Croissant does. It reads the Parquet files, or the
  /// tables of other forms, which are then written, too.
  case croissant

  static let croissantFile = "croissant.json"

  static func table(of split: String) -> String { "\(split).csv" }

  static func owns(_ name: String) -> Bool {
    name == croissantFile || DatasetSplits.names.contains { name == table(of: $0) }
  }
}

extension DatasetImage {
  /// The image's line of a table (RFC 4180); weights are a JSON list, and null is empty.
  ///
  /// - Parameter file: the path of the file that holds it.
  func tableRow(file: String) -> String {
    let values = metadata.map { entry in
      switch entry.value {
      case .text(let text): text ?? ""
      case .whole(let number): number.map { "\($0)" } ?? ""
      case .number(let number): number.map { "\($0)" } ?? ""
      case .weights(let numbers): numbers.map { "[\($0.map(\.description).joined(separator: ", "))]" } ?? ""
      }
    }
    return ([file] + values).map(Self.cell).joined(separator: ",") + "\n"
  }

  /// The first line of a table.
  var tableHeader: String { (["file_name"] + metadata.map(\.name)).joined(separator: ",") + "\n" }

  private static func cell(_ text: String) -> String {
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }
}
