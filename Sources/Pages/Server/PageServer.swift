import Farm
import Files
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import ServiceLifecycle
package import Web

/// Serves the farm's pages.
package struct PageServer: Service {
  package struct Options: Sendable {
    package let address: ListenAddress
    package let rule: AccessRule
    /// Whether pages have forms that steer the farm.
    package let allowsActions: Bool

    package init(address: ListenAddress, rule: AccessRule, allowsActions: Bool) {
      self.address = address
      self.rule = rule
      self.allowsActions = allowsActions
    }
  }

  private let options: Options
  private let data: PageData
  private let logger: Logger
  private let report: @Sendable (String) -> Void
  private let onListening: @Sendable (ListenAddress) async -> Void

  /// - Parameters:
  ///   - report: is told what no answer can say any more, such as why a download was cut.
  ///   - onListening: called with the address that the server got, once it accepts connections.
  package init(
    _ options: Options, data: PageData, logger: Logger, report: @escaping @Sendable (String) -> Void,
    onListening: @escaping @Sendable (ListenAddress) async -> Void = { _ in }
  ) {
    self.options = options
    self.data = data
    self.logger = logger
    self.report = report
    self.onListening = onListening
  }

  /// The most connections at the same time; further ones wait in the system's queue.
  private static let largestConnections = 4096

  /// Serves until a graceful shutdown or the task's cancellation.
  ///
  /// - Throws: `WebError` if the address is taken or not this machine's.
  package func run() async throws {
    let data = data
    let secret = FormSecret()
    let shownSecret = options.allowsActions ? secret : nil
    let hub = LiveHub { topic in try await PageRoutes.parts(of: topic, data, secret: shownSecret) }
    let files = ImageFiles(
      store: data.store, home: data.place.home, minimumFree: data.place.minimumFreeBytes, report: report)
    let routes = PageRoutes(
      data: data, hub: hub, files: files, rule: options.rule, secret: secret,
      allowsActions: options.allowsActions, report: report)
    let (address, onListening) = (options.address, onListening)
    let router = Router()
    router.add(middleware: PageMiddleware(rule: options.rule))
    routes.add(to: router)
    let application = Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [StuckClientHandler()], idleTimeout: .seconds(30))),
      configuration: .init(
        address: .hostname(address.host, port: address.port), serverName: "emofarm",
        availableConnectionsDelegate: MaximumAvailableConnections(Self.largestConnections)),
      onServerRunning: { channel in
        guard let port = channel.localAddress?.port else { return }
        await onListening(ListenAddress(host: address.host, port: port))
      },
      logger: MonitoringServer.quiet(logger))
    try await withThrowingTaskGroup(of: Void.self) { group in
      defer { group.cancelAll() }
      group.addTask { await PageRoutes.listen(data.database, hub) }
      do {
        try await withGracefulShutdownHandler {
          try await application.run()
        } onGracefulShutdown: {
          // Streams would keep their connections for ever.
          Task { await hub.close() }
        }
      } catch let error as IOError {
        throw WebError("cannot listen on \(address): \(error)")
      }
    }
  }
}
