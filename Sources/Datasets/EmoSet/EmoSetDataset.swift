import Foundation

/// EmoSet, or a dataset in its layout, read from disk.
///
/// The folder contains `info.json`; `train.json`, `val.json` and `test.json` with a row for each picture; and the
/// pictures and annotations at the paths in the rows. A row without a usable picture is left out, and a picture without
/// a usable annotation has no attributes; `faults` lists the reasons. Pictures are not opened.
package struct EmoSetDataset: Sendable {
  package let folder: String
  package let info: EmoSetInfo
  /// All usable records, by split, in the order of the files.
  package let records: [EmoSetRecord]
  /// The reasons why the rest is not usable.
  package let faults: [DatasetFault]
  /// The number of annotations that lack a key, by key.
  package let absentKeys: [String: Int]

  /// Reads the rows and all annotations, on all cores.
  ///
  /// - Throws: `DatasetError` if `info.json` is missing or wrong, a split's file is not a list, or there is no split.
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
