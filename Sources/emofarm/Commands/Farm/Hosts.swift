import Admin
import ArgumentParser
import Farm

struct Hosts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the hosts: their caps, workers and running jobs.",
    discussion: """
      A host is the name with which workers register (emofarmd --name, by default the machine's host name). Each worker \
      runs one job at a time. A host's cap says how many of its jobs may run at once, however many workers are started \
      there; the others wait and say so.
      """,
    subcommands: [HostsSet.self])

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let hosts = try await farm.database.sharing.hosts()
      if output.json {
        try Console.print(["hosts": .array(hosts.map(\.document))] as JSONDocument)
      } else if hosts.isEmpty {
        Console.say("no worker is alive, and no host has a cap")
      } else {
        try Console.print(SharingReport.lines(hosts))
      }
    }
  }
}
