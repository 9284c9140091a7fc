/// The notification channels. A notification only wakes its listeners: they then read the tables, and they also poll.
package enum FarmChannel: String, CaseIterable, Sendable {
  /// Jobs may have become claimable.
  case work = "emofarm_work"
  /// A batch changed state; the payload is its id.
  case batches = "emofarm_batches"
}
