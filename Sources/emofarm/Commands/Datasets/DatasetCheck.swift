import Admin
import ArgumentParser
import Datasets

struct DatasetCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Count the contents of a dataset in EmoSet's layout and list what is missing or broken.",
    discussion: """
      Reads every row, annotation and picture. Training skips what this command lists as missing or broken; a key \
      that an annotation lacks is not a fault. Exit code 0 if nothing is listed, 1 if something is, 2 if the folder \
      is not such a dataset.

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
