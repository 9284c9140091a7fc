import Admin
import ArgumentParser
import Datasets
import EmoGen
import Farm
import Files
import Foundation
import Postgres
import Specifications
import Vocabulary

/// Reports an error: one message on standard error and an exit code.
enum CommandFailure {
  /// 0 for help, 2 for wrong usage or input, 130 for an interrupt, 1 for everything else.
  static func end(with error: any Error, in root: any ParsableCommand.Type) -> Never {
    if let code = error as? ExitCode { exit(code.rawValue) }
    let code = root.exitCode(for: error)
    if code == .success {
      print(root.fullMessage(for: error))
      exit(0)
    }
    if code == .validationFailure {
      Console.say(root.fullMessage(for: error))
      exit(2)
    }
    Console.say("emofarm: \(message(error))")
    if error is Interrupt.Interrupted { exit(Interrupt.exitCode) }
    exit(isInput(error) ? 2 : 1)
  }

  /// Whether the usage or input is at fault, so that repeating the same command cannot help.
  private static func isInput(_ error: any Error) -> Bool {
    switch error {
    case is EmotionSpecError, is BatchSpecError, is InputError: true
    case let error as RenderError: error.code == .unsuitable
    case let error as DatasetError: error.code == .badInput
    case let error as FarmError: error.code == .badSettings
    case let error as PostgresError: error.code == .invalidConfiguration || error.code == .insecureConnection
    default: false
    }
  }

  static func message(_ error: any Error) -> String {
    switch error {
    case is CancellationError: "interrupted"
    case let error as any CustomStringConvertible where !(error is NSError): error.description
    default: error.localizedDescription
    }
  }
}
