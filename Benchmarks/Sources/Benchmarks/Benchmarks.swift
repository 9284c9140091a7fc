import ArgumentParser
import Foundation

/// Runs EmoFarm and other programs in turn on the same work and prints the ratios of their times.
@main
struct Benchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Run EmoFarm and its peers in turn on the same work: ratios of medians, with their spread.",
    discussion: """
      Every program loads once and warms up; then they run A B C A B C …, so that a machine that slows down slows all of \
      them. Peers are named FRAMEWORK or FRAMEWORK-PRECISION: torch, torch-bf16, openvino, openvino-bf16.

      Examples:
        swift run -c release --package-path Benchmarks benchmarks unet --model FOLDER --peer torch --peer openvino
        swift run -c release --package-path Benchmarks benchmarks small --model config/models/tiny --peer torch
      """)

  @Argument(help: "unet, vae, text, image, small or stage2.") var work: String
  @Option(help: "The model folder; Benchmarks/peers/full_size.py makes one of full size.") var model: String
  @Option(help: "A peer; may be repeated.") var peer: [String] = []
  @Option(help: "Runs of each program.") var runs = 5
  @Option(help: "Threads of every program; 0 for all cores.") var threads = 0
  @Option(help: "EmoFarm's precision: fp32 or bf16.") var precision = "fp32"
  @Option(help: "EmoFarm's program.") var emofarm = ".build/release/emofarm"
  @Option(help: "Python, with what Benchmarks/peers/requirements.txt names.") var python = "python3"
  @Option(help: "Billions of operations a second that the machine can do at best, for the share of it.")
  var ceiling: Double?
  @Option(help: "Write the result as JSON to this file.") var out: String?

  func validate() throws {
    guard (1...1000).contains(runs) else { throw ValidationError("--runs is a number from 1 to 1000.") }
    guard threads >= 0 else { throw ValidationError("--threads is 0 or more.") }
  }

  func run() throws {
    let count = threads > 0 ? threads : ProcessInfo.processInfo.activeProcessorCount
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let script = folder.appending(path: "peers/peer.py").path
    // Nobody's load waits for the disk.
    try Self.read(folder: model)
    var programs = [
      try Program(
        "emofarm", emofarm,
        ["bench", "work", work, "--model", model, "--threads", "\(count)", "--precision", precision])
    ]
    for name in peer {
      programs.append(
        try Program(name, python, [script, work, name, "--model", model, "--threads", "\(count)"]))
    }
    for round in 0..<runs {
      for program in programs { try program.runOnce() }
      FileHandle.standardError.write(Data("\r\(round + 1) of \(runs)".utf8))
    }
    FileHandle.standardError.write(Data("\n".utf8))
    for program in programs { try program.finish() }
    let report = Report(work: work, threads: count, ceiling: ceiling, programs: programs.map(\.record))
    print(report.text)
    if let out { try report.json().write(to: URL(filePath: out)) }
  }

  /// Brings a folder's files into the system's cache.
  private static func read(folder: String) throws {
    let files = FileManager.default.enumerator(
      at: URL(filePath: folder), includingPropertiesForKeys: [.isRegularFileKey])
    while let file = files?.nextObject() as? URL {
      guard try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      let handle = try FileHandle(forReadingFrom: file)
      while let part = try handle.read(upToCount: 1 << 24), !part.isEmpty {}
      try handle.close()
    }
  }
}
