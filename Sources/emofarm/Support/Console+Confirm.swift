import Admin
import Files
import Foundation

extension Console {
  /// Asks on the terminal; only `y` or `yes` goes on.
  ///
  /// - Parameter flag: what answers for scripts.
  /// - Throws: `InputError` where nobody can be asked, `AdminError` where the answer is no.
  static func confirm(_ question: String, flag: String) throws {
    guard isInputTerminal else {
      throw InputError("nobody can be asked here: confirm with \(flag)")
    }
    putError("\(question) [y/N] ")
    let answer = readLine()?.lowercased() ?? ""
    guard answer == "y" || answer == "yes" else { throw AdminError("nothing was changed") }
  }
}
