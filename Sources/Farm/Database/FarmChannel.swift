/// The notification channels. A notification only wakes: whoever is woken looks at the tables, and polls besides.
package enum FarmChannel: String, CaseIterable, Sendable {
  /// There may be something to claim.
  case work = "emofarm_work"
  /// A batch changed its state; the payload is its id.
  case batches = "emofarm_batches"
}
