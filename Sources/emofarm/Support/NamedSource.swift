import ArgumentParser
import Metrics

extension NamedSource: ExpressibleByArgument {
  public init?(argument: String) { self.init(parsing: argument) }
}
