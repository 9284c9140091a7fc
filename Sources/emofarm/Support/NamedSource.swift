import ArgumentParser
import Scoring

extension NamedSource: ExpressibleByArgument {
  public init?(argument: String) { self.init(parsing: argument) }
}
