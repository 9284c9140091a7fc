/// One step of the farm's schema: the text of the two files of its name beside this one.
///
/// The package manager embeds the files as bytes (`.embedInCode` in Package.swift). A new step is a pair of files
/// `NNNN_name.up.sql` and `NNNN_name.down.sql`, its name in Package.swift, and its line in ``all``.
package struct SchemaScript: Sendable {
  /// 1, 2, 3, … without gaps.
  package let number: Int
  package let name: String
  package let up: String
  package let down: String

  private init(_ number: Int, _ name: String, up: [UInt8], down: [UInt8]) {
    self.number = number
    self.name = name
    self.up = String(decoding: up, as: UTF8.self)
    self.down = String(decoding: down, as: UTF8.self)
  }

  /// In the order in which they are applied. The package manager names a file's bytes after the file and writes `_` for
  /// a first digit, which no Swift name may begin with.
  package static let all = [
    SchemaScript(1, "farm", up: PackageResources._001_farm_up_sql, down: PackageResources._001_farm_down_sql),
    SchemaScript(
      2, "trainings", up: PackageResources._002_trainings_up_sql, down: PackageResources._002_trainings_down_sql),
    SchemaScript(
      3, "precisions", up: PackageResources._003_precisions_up_sql, down: PackageResources._003_precisions_down_sql),
    SchemaScript(
      4, "identity", up: PackageResources._004_identity_up_sql, down: PackageResources._004_identity_down_sql),
    SchemaScript(5, "faults", up: PackageResources._005_faults_up_sql, down: PackageResources._005_faults_down_sql),
    SchemaScript(6, "claims", up: PackageResources._006_claims_up_sql, down: PackageResources._006_claims_down_sql),
    SchemaScript(7, "roles", up: PackageResources._007_roles_up_sql, down: PackageResources._007_roles_down_sql),
    SchemaScript(
      8, "directing", up: PackageResources._008_directing_up_sql, down: PackageResources._008_directing_down_sql),
    SchemaScript(
      9, "claiming", up: PackageResources._009_claiming_up_sql, down: PackageResources._009_claiming_down_sql),
    SchemaScript(
      10, "measuring", up: PackageResources._010_measuring_up_sql, down: PackageResources._010_measuring_down_sql),
    SchemaScript(
      11, "acceptance", up: PackageResources._011_acceptance_up_sql, down: PackageResources._011_acceptance_down_sql),
    SchemaScript(
      12, "attributes", up: PackageResources._012_attributes_up_sql, down: PackageResources._012_attributes_down_sql),
    SchemaScript(13, "doubts", up: PackageResources._013_doubts_up_sql, down: PackageResources._013_doubts_down_sql),
    SchemaScript(14, "by_hand", up: PackageResources._014_by_hand_up_sql, down: PackageResources._014_by_hand_down_sql),
    SchemaScript(15, "counts", up: PackageResources._015_counts_up_sql, down: PackageResources._015_counts_down_sql),
  ]
}
