import Admin
import ArgumentParser
import Farm
import Files
import Foundation
import HTTPTypes
import Pages
import Postgres
import Web

struct WebCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "web",
    abstract: "Serve the farm as pages for a browser: batches and images as they are made, workers, errors.",
    discussion: """
      The pages need no right but to read the database and the store. By default they are served to this machine alone, \
      without a token. Any other address needs one of two things: a token file, whose token browsers ask for as a \
      password, or a reverse proxy that knows its users and names them in a header. This server speaks no TLS: off \
      this machine put a proxy with TLS before it, or whoever is on the way reads the token.

      With --allow-actions the pages also enqueue, pause, resume, cancel and retry batches and reject images by hand, with the \
      rights of this process's database role. Programs do so under /api/v1 with the token of --token-file as a bearer, or through the proxy.

      Thumbnails are kept in the data folder (cache, 1 GiB at most), so that they are made once.

      Examples:
        emofarm web
        emofarm web --listen 8080 --allow-actions
        (umask 077; openssl rand -hex 24 > token)
        emofarm web --listen 0.0.0.0:8080 --token-file token
        emofarm web --listen 10.0.0.5:8080 --proxy-header X-Forwarded-User
        ssh -L 8080:127.0.0.1:8080 farmhost        then open http://localhost:8080
      """)

  @Option(help: ArgumentHelp("Where to serve: HOST:PORT, or PORT for this machine only.", valueName: "address"))
  var listen = "127.0.0.1:8080"

  @Option(
    help: ArgumentHelp("A file with the token that requests must show: 16 or more characters.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "The header in which a reverse proxy names the user; requests without it are refused.", valueName: "name"))
  var proxyHeader: String?

  @Flag(help: "Let pages and programs enqueue, pause, resume, cancel and retry batches.")
  var allowActions = false

  @Option(help: ArgumentHelp("The most connections to the database, besides one that listens.", valueName: "n"))
  var connections = 4

  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func validate() throws {
    guard (1...64).contains(connections) else {
      throw ValidationError("--connections \(connections): must be from 1 to 64.")
    }
    guard tokenFile == nil || proxyHeader == nil else {
      throw ValidationError(
        "--token-file and --proxy-header exclude each other: who comes through the proxy needs no token.")
    }
    if let proxyHeader, HTTPField.Name(proxyHeader) == nil {
      throw ValidationError("--proxy-header: '\(proxyHeader)' is no name of a header.")
    }
    do {
      let address = try ListenAddress(listen)
      guard address.isLoopback || tokenFile != nil || proxyHeader != nil else {
        throw ValidationError(
          """
          --listen \(address): other machines can reach this address. Protect it with --token-file FILE, or with \
          --proxy-header NAME behind a reverse proxy that knows its users.
          """)
      }
    } catch let error as WebError {
      throw ValidationError("--listen: \(error)")
    }
  }

  func run() async throws {
    let address = try ListenAddress(listen)
    let rule = try rule()
    let settings = try await global.settings()
    let database = try await FarmDatabase.whenReady(
      onWait: { Console.say("waiting for the database: \($0)") }
    ) {
      try await FarmDatabase.open(settings, poolSize: connections, limits: .page, logger: GlobalOptions.logger)
    }
    let store = try await database.openStore(settings.store, for: .reading)
    let data = PageData(
      database: database, store: store,
      place: .init(
        home: settings.home, store: settings.store.place, database: database.configuration.redacted,
        minimumFreeBytes: settings.minimumFreeBytes, model: settings.model))
    let interrupt = Interrupt { Foundation.exit(0) }
    defer { withExtendedLifetime(interrupt) {} }
    if !address.isLoopback {
      Console.say("warning: \(address) is served without TLS: let other machines come through a proxy with TLS")
    }
    try await PageServer(
      .init(address: address, rule: rule, allowsActions: allowActions), data: data, logger: GlobalOptions.logger,
      report: { Console.say(TerminalText.safe($0)) },
      onListening: { Console.say("serving http://\($0)/") }
    ).run()
    await database.close()
  }

  private func rule() throws -> AccessRule {
    if let tokenFile { return .token(try TokenDigest.read(tokenFile)) }
    if let name = proxyHeader.flatMap({ HTTPField.Name($0) }) { return .proxy(name) }
    return .thisMachine
  }
}
