import NIOCore

/// Has the system end connections whose client takes no bytes for half a minute, so that a stuck client holds nothing for
/// longer.
final class StuckClientHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  /// `TCP_USER_TIMEOUT` of Linux, in milliseconds; NIO has no name for it.
  private static let userTimeout = ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: 18))
  private static let limit = 30_000

  func handlerAdded(context: ChannelHandlerContext) {
    // A channel without TCP, such as a Unix socket's, refuses it, and its clients are on this machine.
    _ = context.channel.setOption(Self.userTimeout, value: Self.limit)
  }
}
