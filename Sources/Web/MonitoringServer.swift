import Files
import HTTPTypes
import Hummingbird
package import Logging
package import Monitoring
import NIOCore
package import ServiceLifecycle

/// Serves `/metrics` to Prometheus, `/healthz` and `/readyz` to whoever restarts or replaces processes.
package struct MonitoringServer: Service {
  /// What the server tells. Every answer is computed when it is asked for.
  package struct Sources: Sendable {
    /// The metrics; an error is answered with 503 and its text.
    package let metrics: @Sendable () async throws -> [MetricFamily]
    /// Nil if the process is alive; otherwise what is wrong.
    package let fault: @Sendable () async -> String?
    /// Nil if the process can do its work; otherwise why it cannot.
    package let hindrance: @Sendable () async -> String?

    package init(
      metrics: @escaping @Sendable () async throws -> [MetricFamily], fault: @escaping @Sendable () async -> String?,
      hindrance: @escaping @Sendable () async -> String?
    ) {
      self.metrics = metrics
      self.fault = fault
      self.hindrance = hindrance
    }
  }

  private let address: ListenAddress
  private let sources: Sources
  private let logger: Logger
  private let onListening: @Sendable (ListenAddress) async -> Void

  /// - Parameter onListening: called with the address that the server got, once it accepts connections.
  package init(
    _ address: ListenAddress, _ sources: Sources, logger: Logger,
    onListening: @escaping @Sendable (ListenAddress) async -> Void = { _ in }
  ) {
    self.address = address
    self.sources = sources
    self.logger = logger
    self.onListening = onListening
  }

  /// Serves until a graceful shutdown or the task's cancellation.
  ///
  /// - Throws: ``WebError`` if the address is taken or not this machine's.
  package func run() async throws {
    let router = Router()
    router.get("/metrics") { _, _ in
      do {
        return Self.answer(
          .ok, PrometheusText.text(try await sources.metrics()), type: PrometheusText.contentType)
      } catch {
        return Self.answer(.serviceUnavailable, "\(error)\n")
      }
    }
    router.get("/healthz") { _, _ in Self.answer(await sources.fault()) }
    router.get("/readyz") { _, _ in Self.answer(await sources.hindrance()) }
    let address = address
    let application = Application(
      router: router,
      configuration: .init(address: .hostname(address.host, port: address.port), serverName: "emofarm"),
      onServerRunning: { channel in
        guard let port = channel.localAddress?.port else { return }
        await onListening(ListenAddress(host: address.host, port: port))
      },
      logger: Self.quiet(logger))
    do {
      try await application.run()
    } catch let error as IOError {
      throw WebError("cannot listen on \(address): \(error)")
    }
  }

  private static func answer(_ problem: String?) -> Response {
    answer(problem == nil ? .ok : .serviceUnavailable, (problem ?? "ok") + "\n")
  }

  private static func answer(_ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8")
    -> Response
  {
    Response(
      status: status, headers: [.contentType: type, .cacheControl: "no-store"],
      body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  /// The library's messages about single requests and connections are left out.
  package static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = .error
    return logger
  }
}
