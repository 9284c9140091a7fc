import Foundation

/// The command line of a program.
struct Start {
  let name: String
  let executable: String
  let arguments: [String]

  init(_ name: String, _ executable: String, _ arguments: [String]) {
    self.name = name
    self.executable = executable
    self.arguments = arguments
  }
}

/// A program that runs the workload once for each line it reads, and answers with a line of JSON.
final class Program {
  /// The results that the program reports.
  struct Record: Codable {
    var name: String
    var engine = ""
    var loadSeconds = 0.0
    var firstSeconds = 0.0
    var distance: Double?
    var operations: Double?
    var seconds: [Double] = []
    var peakGiB = 0.0
  }

  private struct Line: Decodable {
    var engine: String?
    var loadSeconds: Double?
    var firstSeconds: Double?
    var distance: Double?
    var operations: Double?
    var seconds: Double?
    var peakGib: Double?
    var p50: Double?
    var p99: Double?
    var perSecond: Double?
  }

  private(set) var record: Record
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var rest = Data()

  /// Starts the program and waits until it has warmed up.
  ///
  /// - Throws: `Failure` if it ends or gives another answer.
  init(_ start: Start) throws {
    record = Record(name: start.name)
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [start.executable] + start.arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let ready = try answer()
    guard let load = ready.loadSeconds, let first = ready.firstSeconds else {
      throw Failure("\(start.name) did not report that it is ready")
    }
    record.engine = ready.engine ?? ""
    record.loadSeconds = load
    record.firstSeconds = first
    record.distance = ready.distance
    record.operations = ready.operations
  }

  func runOnce() throws {
    try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
    guard let seconds = try answer().seconds else { throw Failure("\(record.name) reported no seconds") }
    record.seconds.append(seconds)
  }

  /// What a step of the queue's comparison measured.
  struct Step: Codable {
    var p50: Double?
    var p99: Double?
    var perSecond: Double?
  }

  func step(_ line: String) throws -> Step {
    try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    let answer = try answer()
    return Step(p50: answer.p50, p99: answer.p99, perSecond: answer.perSecond)
  }

  /// Ends a program that answers nothing at its end.
  func close() throws {
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  func finish() throws {
    try input.fileHandleForWriting.close()
    record.peakGiB = try answer().peakGib ?? 0
    process.waitUntilExit()
  }

  private func answer() throws -> Line {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = rest[rest.startIndex..<end]
        rest = Data(rest[rest.index(after: end)...])
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        // Frameworks also print notices, which are skipped.
        if line.first == UInt8(ascii: "{"), let parsed = try? decoder.decode(Line.self, from: line) { return parsed }
        continue
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Failure("\(record.name) ended before it answered: see what it printed above") }
      rest.append(more)
    }
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
  }
}
