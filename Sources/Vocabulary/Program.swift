/// The name and version of this program in provenance, registrations and `--version`.
package enum Program {
  package static let name = "EmoFarm"
  package static let version = "0.1.0"
}
