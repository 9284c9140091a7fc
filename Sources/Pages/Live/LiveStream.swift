import HTTPTypes
import Hummingbird
import NIOCore

/// A stream of server-sent events as the body of a response.
enum LiveStream {
  /// - Parameter frames: of a topic; the stream ends with them.
  static func response(_ frames: AsyncStream<LiveFrame>) -> Response {
    var headers: HTTPFields = [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"]
    // A proxy must not collect events.
    if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
    return Response(
      status: .ok, headers: headers,
      body: ResponseBody { writer in
        var viewer = LiveViewer()
        try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
        for await frame in frames {
          try await writer.write(ByteBuffer(string: viewer.events(for: frame)))
        }
        try await writer.finish(nil)
      })
  }
}
