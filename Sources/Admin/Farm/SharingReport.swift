package import Farm

/// Users and hosts with their shares as tables.
package enum SharingReport {
  package static func lines(_ users: [UserShare]) -> [String] {
    var table = TextTable([
      .text("USER"), .number("WEIGHT"), .number("CAP"), .number("OPEN BATCHES"), .number("RUNNING JOBS"),
    ])
    for user in users {
      table.add([
        user.name, Measure.figure(user.weight), user.cap.map { Measure.count($0) } ?? "-",
        Measure.count(user.openBatches), Measure.count(user.runningJobs),
      ])
    }
    return table.lines()
  }

  package static func lines(_ hosts: [HostShare]) -> [String] {
    var table = TextTable([.text("HOST"), .number("CAP"), .number("WORKERS"), .number("RUNNING JOBS")])
    for host in hosts {
      table.add([
        host.name, host.cap.map { Measure.count($0) } ?? "-", Measure.count(host.workers),
        Measure.count(host.runningJobs),
      ])
    }
    return table.lines()
  }
}

extension UserShare {
  /// The keys that `config/json-output.md` documents for a user.
  package var document: JSONDocument {
    [
      "user": JSONDocument(name), "weight": JSONDocument(measured: weight),
      "cap": JSONDocument(cap) { JSONDocument($0) },
      "open_batches": JSONDocument(openBatches), "running_jobs": JSONDocument(runningJobs),
    ]
  }
}

extension HostShare {
  /// The keys that `config/json-output.md` documents for a host.
  package var document: JSONDocument {
    [
      "host": JSONDocument(name), "cap": JSONDocument(cap) { JSONDocument($0) }, "workers": JSONDocument(workers),
      "running_jobs": JSONDocument(runningJobs),
    ]
  }
}
