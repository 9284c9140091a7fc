import Admin
import Files
import Foundation

/// This process's standard output and error.
enum Console {
  static let isOutputTerminal = isatty(STDOUT_FILENO) == 1
  static let isErrorTerminal = isatty(STDERR_FILENO) == 1
  static let isInputTerminal = isatty(STDIN_FILENO) == 1

  /// Colours and characters that standard output supports.
  static let paint = Paint(environment: ProcessInfo.processInfo.environment, isTerminal: isOutputTerminal)
  static let errorPaint = Paint(environment: ProcessInfo.processInfo.environment, isTerminal: isErrorTerminal)

  /// Whether standard output can be redrawn in place.
  static let canRedraw = isOutputTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  static let canRedrawError = isErrorTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Prints a line of data.
  ///
  /// - Throws: `AdminError` if standard output cannot be written, so that a script never takes partial output for
  ///   complete output.
  static func print(_ text: String) throws {
    try put(text + "\n")
  }

  static func print(_ lines: [String]) throws {
    if !lines.isEmpty { try print(lines.joined(separator: "\n")) }
  }

  static func print(_ document: JSONDocument) throws {
    try print(document.text())
  }

  /// Writes text unchanged.
  static func put(_ text: String) throws {
    do throws(SystemError) {
      try Descriptor.write(Array(text.utf8), to: STDOUT_FILENO)
    } catch {
      throw AdminError("standard output cannot be written: \(error)")
    }
  }

  /// Prints a line for the user on standard error.
  static func say(_ text: String) {
    putError(text + "\n")
  }

  /// Prints warnings on standard error, each once.
  static func warn(_ warnings: [String]) {
    var said: Set<String> = []
    for warning in warnings where said.insert(warning).inserted { say("warning: \(warning)") }
  }

  static func putError(_ text: String) {
    // If standard error cannot be written, there is no other way to report it.
    try? Descriptor.write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// Colours and characters for a line of progress; nil if it cannot be redrawn.
  static var livePaint: Paint? { canRedrawError ? errorPaint : nil }

  /// Columns and lines of the terminal; 100 by 40 if there is none.
  static var size: (columns: Int, lines: Int) {
    var window = winsize()
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      if ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 {
        return (Int(window.ws_col), Int(window.ws_row))
      }
    }
    return (100, 40)
  }
}

extension ProgressLine {
  /// A line on standard error.
  init(plainEvery: Duration? = nil) {
    self.init(isLive: Console.canRedrawError, plainEvery: plainEvery, put: Console.putError)
  }
}
