import Admin
import ArgumentParser
import Farm
import Foundation

struct ModelsList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the registered models.")

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    try await global.withFarm { farm in
      let models = try await farm.database.models.list()
      if output.json {
        try Console.print(["models": .array(models.map(\.document))] as JSONDocument)
      } else if models.isEmpty {
        Console.say("no model is registered; register one with: emofarm models add NAME DIR")
      } else {
        try Console.print(ModelTable.lines(models, now: Date()))
      }
    }
  }
}
