package import EmoGen
package import Vocabulary

/// The cost of a planned batch, estimated from images that the farm rendered recently.
package struct PlanEstimate: Sendable, Equatable {
  /// Measurements of one rendered image.
  package struct Sample: Sendable, Equatable {
    package let settings: RenderSettings
    /// Rendering time of one worker, in seconds.
    package let seconds: Double
    /// Size of the image's file.
    package let bytes: Int

    package init(settings: RenderSettings, seconds: Double, bytes: Int) {
      self.settings = settings
      self.seconds = seconds
      self.bytes = bytes
    }
  }

  /// Seconds with one worker; nil if nothing was rendered recently.
  package let workerSeconds: Double?
  package let bytes: Int64
  /// Whether `bytes` is an upper bound instead of a measured mean.
  package let isBound: Bool
  /// Number of images that the estimate is based on.
  package let samples: Int

  /// Assumes that work grows with pixels and the denoiser's calls, of which guided ones count twice, falls by half of the
  /// share of skipped inner levels and by a third in bf16, and that files grow with pixels.
  ///
  /// - Parameter model: counts the calls; nil if its files are not on this machine, where they are counted as for most
  ///   models.
  package init(
    _ cells: [(settings: RenderSettings, count: Int)], samples: [Sample], model: ModelFolder?
  ) {
    var counted: [RenderSettings: DenoiserCalls] = [:]
    func work(_ settings: RenderSettings) -> Double {
      let key = Self.relevant(settings)
      let calls = counted[key] ?? (try? model?.calls(for: settings)) ?? Self.usualCalls(settings)
      counted[key] = calls
      return Self.work(settings, calls)
    }
    let total = cells.reduce(0) { $0 + work($1.settings) * Double($1.count) }
    let pixels = cells.reduce(0) { $0 + Self.pixels($1.settings) * Double($1.count) }
    let measuredWork = samples.reduce(0) { $0 + work($1.settings) }
    let measuredPixels = samples.reduce(0) { $0 + Self.pixels($1.settings) }
    workerSeconds = measuredWork > 0 ? total * samples.reduce(0) { $0 + $1.seconds } / measuredWork : nil
    isBound = measuredPixels == 0
    if isBound {
      // Compression adds only headers to three bytes per pixel; the provenance takes the rest.
      let images = cells.reduce(0) { $0 + $1.count }
      bytes = Self.bytes(pixels * 3.01 + Double(images) * 24_576)
    } else {
      bytes = Self.bytes(pixels * samples.reduce(0) { $0 + Double($1.bytes) } / measuredPixels)
    }
    self.samples = samples.count
  }

  /// Seconds with this many workers in parallel.
  package func seconds(workers: Int) -> Double? { workerSeconds.map { $0 / Double(max(1, workers)) } }

  /// Whole bytes, at most the largest representable number.
  private static func bytes(_ value: Double) -> Int64 { Int64(exactly: value.rounded(.down)) ?? .max }

  private static func work(_ settings: RenderSettings, _ calls: DenoiserCalls) -> Double {
    let inner = (1 + 1 / Double(settings.shortcuts.reuse)) / 2
    let precision = settings.shortcuts.precision == .bf16 ? 2.0 / 3 : 1
    return pixels(settings) * Double(calls.all + calls.guided) * inner * precision
  }

  /// The settings without what does not change the number of calls.
  private static func relevant(_ settings: RenderSettings) -> RenderSettings {
    var key = settings
    (key.width, key.height, key.negative, key.additions) = (0, 0, "", .none)
    key.source = settings.source.map { _ in AddedFile(path: "") }
    return key
  }

  /// The calls of a model with the guidance of most models and without peculiarities of its scheduler.
  private static func usualCalls(_ settings: RenderSettings) -> DenoiserCalls {
    let all = settings.sampler.usualCalls(
      steps: settings.steps, strength: settings.source == nil ? 1 : settings.strength)
    let interval = settings.shortcuts.guidanceInterval
    let share = settings.isGuided ? interval.upper - interval.lower : 0
    return DenoiserCalls(all: all, guided: Int((Double(all) * share).rounded()))
  }

  private static func pixels(_ settings: RenderSettings) -> Double {
    Double(settings.width) * Double(settings.height)
  }
}
