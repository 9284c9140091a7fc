package import Datasets

/// The result of `dataset synth`, as JSON.
package struct DatasetSummary {
  private let summary: SyntheticDataset.Summary?
  private let folder: String?
  private let sheet: String?

  package init(_ summary: SyntheticDataset.Summary?, folder: String?, sheet: String?) {
    self.summary = summary
    self.folder = folder
    self.sheet = sheet
  }

  package var json: JSONDocument {
    [
      "folder": JSONDocument(folder) { JSONDocument($0) },
      "sheet": JSONDocument(sheet) { JSONDocument($0) },
      "pictures": JSONDocument(summary?.pictures ?? 0),
      "splits": .object(
        Dictionary(
          uniqueKeysWithValues: EmoSetSplit.allCases.map { ($0.rawValue, JSONDocument(summary?.splits[$0] ?? 0)) })),
      "emotions": .object((summary?.emotions ?? [:]).mapValues { JSONDocument($0) }),
    ]
  }
}
