/// This program, as provenance, registrations and `--version` name it.
package enum Program {
  package static let name = "EmoFarm"
  package static let version = "0.1.0"
}
