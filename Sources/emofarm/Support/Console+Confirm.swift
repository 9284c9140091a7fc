import Admin
import Files
import Foundation

extension Console {
  /// Asks for confirmation on the terminal; only `y` or `yes` continues.
  ///
  /// - Parameter flag: the flag by which scripts confirm.
  /// - Throws: `InputError` if standard input is not a terminal, `AdminError` if the answer is no.
  static func confirm(_ question: String, flag: String) throws {
    guard isInputTerminal else {
      throw InputError("cannot ask for confirmation without a terminal: confirm with \(flag)")
    }
    putError("\(question) [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    guard answer == "y" || answer == "yes" else { throw AdminError("nothing was changed") }
  }
}
