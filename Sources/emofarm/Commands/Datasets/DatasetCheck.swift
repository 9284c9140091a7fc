import Admin
import ArgumentParser
import Datasets

struct DatasetCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Count what a dataset in EmoSet's layout holds and list what is missing or broken.",
    discussion: """
      Reads every row, annotation and picture. Training leaves out what is listed here as missing or broken, and a \
      key that an annotation lacks is no fault. Exit code 0 if nothing is listed, 1 if something is, 2 if the folder \
      is no such dataset.

      Examples:
        emofarm dataset check EmoSet-118K
        emofarm dataset check EmoSet-118K --json | jq '.faults[] | {kind, count}'
      """)

  @Argument(help: ArgumentHelp("The dataset's folder.", valueName: "dir"), completion: .directory)
  var folder: String

  @OptionGroup(title: "Output options") var output: OutputOptions

  func run() async throws {
    let interrupt = Interrupt()
    var progress = ProgressLine()
    defer { progress.clear() }
    let check = try EmoSetCheck(folder: folder) { done, total in
      try interrupt.check()
      progress.show("read \(Measure.count(done)) of \(Measure.count(total, "picture"))")
    }
    progress.clear()
    let report = DatasetReport(check)
    if output.json {
      try Console.print(report.json)
    } else {
      try Console.print(report.lines)
    }
    if !check.faults.isEmpty { throw ExitCode(1) }
  }
}
