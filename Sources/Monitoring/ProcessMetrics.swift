import Foundation

/// What every process of Prometheus' clients reports about itself, read from `/proc`. A value that cannot be read is left out.
package enum ProcessMetrics {
  package static func families() -> [MetricFamily] {
    let fields = statistics()
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    func seconds(_ index: Int) -> Double? {
      fields.indices.contains(index) ? Double(fields[index]).map { $0 / ticks } : nil
    }
    let cpu = seconds(11).flatMap { user in seconds(12).map { user + $0 } }
    let pages = fields.indices.contains(21) ? Double(fields[21]) : nil
    let start = seconds(19).flatMap { since in bootTime().map { $0 + since } }
    return [
      MetricFamily(
        "process_cpu_seconds_total", "User and system time of the process.", .counter, cpu.map { [.init($0)] } ?? []),
      .gauge(
        "process_resident_memory_bytes", "Memory of the process that is in RAM.",
        pages.map { $0 * Double(sysconf(Int32(_SC_PAGESIZE))) }),
      .gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", start),
    ]
  }

  /// The fields of `/proc/self/stat` after the program's name, which may contain spaces and parentheses.
  private static func statistics() -> [Substring] {
    guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return [] }
    return text[text.index(after: end)...].split(separator: " ")
  }

  private static func bootTime() -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("btime ") })
    else { return nil }
    return line.split(separator: " ").last.flatMap { Double($0) }
  }
}
