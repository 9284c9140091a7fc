import Foundation

/// EmoSet, or a dataset in its layout, as it is on disk.
///
/// `info.json`; `train.json`, `val.json`, `test.json` with a row a picture; the pictures and their annotations where the
/// rows say. A row without a usable picture is left out and a picture without a usable annotation has no attributes;
/// what was wrong is kept in `faults`. Pictures are not opened.
package struct EmoSetDataset: Sendable {
  package let folder: String
  package let info: EmoSetInfo
  /// Everything usable, split by split in the order of their files.
  package let records: [EmoSetRecord]
  /// What was wrong with the rest.
  package let faults: [DatasetFault]
  /// How many annotations lack a key, by key.
  package let absentKeys: [String: Int]

  /// Reads the rows and all annotations, on every core.
  ///
  /// - Throws: `DatasetError` when `info.json` is missing or wrong, a split's file is not a list, or there is no split.
  package init(folder: String) throws {
    self.folder = folder
    info = try EmoSetInfo(file: "\(folder)/info.json")
    let rows = try EmoSetRows(folder: folder)
    let outcomes = EmoSetAnnotations.read(rows.all, in: folder, info)
    records = outcomes.compactMap(\.record)
    faults = rows.faults + outcomes.flatMap(\.faults)
    absentKeys = outcomes.reduce(into: [:]) { counts, row in
      for key in row.absent { counts[key.rawValue, default: 0] += 1 }
    }
  }

  package func records(in split: EmoSetSplit) -> [EmoSetRecord] { records.filter { $0.split == split } }
}
