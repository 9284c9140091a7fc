import Admin
import ArgumentParser
import Farm
import Files
import Postgres

struct DatabaseRoles: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "roles",
    abstract: "Make the database roles of a farm's producers, workers, readers and admins.",
    discussion: """
      Each role can do exactly its part: a worker claims jobs and publishes their images, but neither changes a \
      batch's priority or specification nor touches jobs, images and events of other logins; a producer enqueues, and \
      steers what it enqueued; a reader reads; an admin steers everything, registers models, repairs and prunes; the \
      owner owns the tables and migrates them. The roles have no login: make login roles members of them.

      Run it as a superuser, or as the owner of the tables with CREATEROLE, and again after each migration: it \
      gives new tables their grants and takes back whatever else the roles were granted on the farm's tables. \
      config/roles.md lists the rights.

      Examples:
        emofarm db roles
        psql -c "CREATE ROLE render1 LOGIN PASSWORD '…' IN ROLE emofarm_worker"
        emofarm db roles --print                  the statements, without running them
        emofarm db roles --prefix studio_         studio_owner, studio_worker, …
        emofarm db roles --check                  which parts this login can do
        emofarm db roles --revoke --yes           takes rights and roles back
      """)

  @Option(help: ArgumentHelp("What the names of the roles begin with.", valueName: "text"))
  var prefix = RoleNames.standardPrefix

  @Flag(help: "Print the statements and change nothing.")
  var print = false

  @Flag(help: "Take the rights back and drop the roles; logins that are their members lose their access.")
  var revoke = false

  @Flag(help: "Show which parts this login can do, and the first statement that each other part is refused.")
  var check = false

  @Flag(help: "Do not ask before taking the roles back.")
  var yes = false

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    if check, print || revoke { throw ValidationError("--check changes nothing: use it without --print and --revoke") }
  }

  func run() async throws {
    let names = try RoleNames(prefix: prefix)
    try await global.withFarm { farm in
      if check { return try show(await farm.database.parts()) }
      if revoke, !print, !yes {
        try Console.confirm("Take the rights of \(prefix)* back and drop these roles?", flag: "--yes")
      }
      let plan = try await farm.database.setUpRoles(names, revoke: revoke, dryRun: print) { Console.say("\($0)") }
      if output.json {
        try Console.print(
          [
            "roles": .array(FarmRole.allCases.map { JSONDocument(names.name($0)) }),
            "changed": JSONDocument(!print && !plan.statements.isEmpty), "revoked": JSONDocument(revoke),
            "statements": .array(plan.statements.map { JSONDocument($0) }),
            "notes": .array(plan.notes.map { JSONDocument($0) }),
          ] as JSONDocument)
      } else if print {
        try Console.print(plan.script)
      } else {
        for line in lines(names, plan) { try Console.print(line) }
      }
      if !output.json { for note in plan.notes { Console.say("note: \(note)") } }
    }
  }

  private func show(_ parts: [(role: FarmRole, refusal: String?)]) throws {
    if output.json {
      let rows = parts.map { part in
        [
          "part": JSONDocument(part.role.rawValue), "allowed": JSONDocument(part.refusal == nil),
          "refusal": JSONDocument(part.refusal) { JSONDocument($0) },
        ] as JSONDocument
      }
      try Console.print(["parts": .array(rows)] as JSONDocument)
    } else {
      for part in parts {
        let name = "\(part.role.rawValue)\(String(repeating: " ", count: max(1, 10 - part.role.rawValue.count)))"
        try Console.print(name + (part.refusal.map { "no: \($0)" } ?? "yes"))
      }
    }
  }

  private func lines(_ names: RoleNames, _ plan: RolePlan) -> [String] {
    if plan.statements.isEmpty { return ["there are no roles \(prefix)*; nothing to do"] }
    if revoke { return ["the rights of \(prefix)* are taken back"] }
    return FarmRole.allCases.map { role in
      let name = names.name(role)
      return "\(name)\(String(repeating: " ", count: max(1, prefix.count + 10 - name.count)))\(Self.part(of: role))"
    }
  }

  private static func part(of role: FarmRole) -> String {
    switch role {
    case .owner: "owns the tables and migrates them"
    case .producer: "enqueues batches and steers its own"
    case .worker: "claims jobs and publishes their images"
    case .reader: "reads"
    case .admin: "steers everything, registers models, repairs, prunes"
    }
  }
}
