#if canImport(Glibc)
  import Glibc
#endif

/// The process's highest resident memory.
enum PeakMemory {
  static var gibibytes: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_maxrss) / 1024 / 1024
  }
}
