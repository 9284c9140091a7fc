import Configuration
import Files
import Foundation
import ObjectStorage
import Postgres
import Specifications

extension FarmSettings {
  /// The keys of `config.yaml` and of `overrides`. The environment variable of `database.url` is
  /// `EMOFARM_DATABASE_URL`.
  package static let keys = [
    "home", "store", "s3.endpoint", "s3.region", "s3.addressing", "s3.ca_file", "s3.credentials_file", "s3.profile",
    "database.url", "database.allow_insecure", "database.pooling", "minimum_free_bytes", "model_cache_bytes",
    "lease_seconds", "threads",
    "low_memory", "labels", "log_format", "metrics", "model", "retention.events_days", "retention.attempts_days",
    "retention.workers_days", "signing_key",
  ]

  /// The configuration file of a machine, for users who have none of their own.
  package static let machineFile = "/etc/emofarm/config.yaml"

  /// Loads settings in layers. Overrides (flags) take precedence over `EMOFARM_…` environment variables, then the
  /// configuration file, then defaults.
  ///
  /// - Parameters:
  ///   - configFile: the file to read; nil reads `EMOFARM_CONFIG` or, if it exists,
  ///     `$XDG_CONFIG_HOME/emofarm/config.yaml`, otherwise the machine's, if that exists.
  ///   - overrides: values by the keys of ``keys``.
  /// - Throws: ``FarmError`` (`badSettings`) that names the setting and its source.
  package static func load(
    environment: [String: String] = ProcessInfo.processInfo.environment, configFile: String? = nil,
    machineFile: String = machineFile, overrides: [String: String] = [:]
  ) async throws -> FarmSettings {
    for key in overrides.keys where !keys.contains(key) {
      throw FarmError(.badSettings, "there is no setting '\(key)': the settings are \(keys.joined(separator: ", "))")
    }
    let given = environment.filter { $0.key.hasPrefix("EMOFARM_") && !$0.value.isEmpty }
    var providers: [any ConfigProvider] = [
      layer("flags", overrides),
      EnvironmentVariablesProvider(
        environmentVariables: Dictionary(
          uniqueKeysWithValues: given.map { (String($0.key.dropFirst("EMOFARM_".count)), $0.value) }),
        secretsSpecifier: .all),
    ]
    providers.append(
      layer(
        "configuration file",
        try await BlockingExecutor.run { try fileValues(configFile, machineFile, environment) }))
    return try FarmSettings(SettingsReader(ConfigReader(providers: providers)), environment)
  }

  private init(_ reader: SettingsReader, _ environment: [String: String]) throws(FarmError) {
    let home = try reader.string("home") ?? Self.defaultHome(environment)
    guard home.hasPrefix("/") else {
      throw FarmError(.badSettings, "home is '\(home)', but must be an absolute path (EMOFARM_HOME)")
    }
    let lease = Int(try reader.integer("lease_seconds", 5...86_400) ?? 120)
    let folder = home.count > 1 && home.hasSuffix("/") ? String(home.dropLast()) : home
    self.init(
      home: folder,
      store: try Self.store(reader, home: folder, lease: lease),
      databaseURL: try reader.string("database.url"),
      allowInsecureDatabase: try reader.bool("database.allow_insecure") ?? false,
      pooling: try reader.choice("database.pooling") ?? .auto,
      minimumFreeBytes: try reader.integer("minimum_free_bytes", 0...Int64.max) ?? 1 << 30,
      modelCacheBytes: try reader.integer("model_cache_bytes", 0...Int64.max) ?? 64 << 30,
      leaseSeconds: lease,
      threads: Int(try reader.integer("threads", 0...1024) ?? 0),
      savesMemory: try reader.bool("low_memory") ?? false,
      labels: try reader.labels("labels"),
      logFormat: try reader.choice("log_format") ?? .human,
      metrics: try reader.string("metrics"),
      model: try reader.string("model") ?? "tiny",
      retention: RetentionLimits(
        eventDays: Int(try reader.integer("retention.events_days", 0...36_500) ?? 90),
        attemptDays: Int(try reader.integer("retention.attempts_days", 0...36_500) ?? 90),
        workerDays: Int(try reader.integer("retention.workers_days", 0...36_500) ?? 30)),
      signingKey: try reader.string("signing_key")
    )
  }

  /// The setting `store`: a folder or the address of a bucket; nil for the data folder's.
  private static func store(
    _ reader: SettingsReader, home: String, lease: Int
  ) throws(FarmError) -> StoreLocation? {
    let options = S3Options(
      endpoint: try reader.string("s3.endpoint"), region: try reader.string("s3.region"),
      addressing: try reader.choice("s3.addressing"), certificateFile: try reader.string("s3.ca_file"),
      credentialsFile: try reader.string("s3.credentials_file"), profile: try reader.string("s3.profile"),
      // A worker renews its lease between attempts.
      patience: min(.seconds(15), .seconds(lease) / 8))
    guard let text = try reader.string("store") else { return nil }
    if text.hasPrefix("/") { return .folder(text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text) }
    guard text.hasPrefix(S3Address.scheme) else {
      throw FarmError(
        .badSettings,
        "store is '\(text)', but must be an absolute path or s3://BUCKET/PREFIX (EMOFARM_STORE, or the "
          + "configuration file)")
    }
    do {
      return .bucket(try S3Address(text), options, scratch: home)
    } catch {
      throw FarmError(error)
    }
  }

  /// `$XDG_DATA_HOME/emofarm`; for root `/var/lib/emofarm`, which the embedded server's own user can access.
  static func defaultHome(_ environment: [String: String]) -> String {
    if let folder = environment["XDG_DATA_HOME"], folder.hasPrefix("/") { return folder + "/emofarm" }
    if geteuid() == 0 { return "/var/lib/emofarm" }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.local/share/emofarm"
  }

  static func path(_ key: String) -> [String] { key.split(separator: ".").map(String.init) }

  /// The configuration file's values; empty if there is no file. Blocks on the disk.
  private static func fileValues(
    _ given: String?, _ machineFile: String, _ environment: [String: String]
  ) throws -> [String: String] {
    try file(given, machineFile, environment).map(values(of:)) ?? [:]
  }

  /// The path of the configuration file. A file that was requested explicitly must exist, and the machine's must be
  /// readable if it exists: without it, a program would quietly work with another farm.
  private static func file(
    _ given: String?, _ machineFile: String, _ environment: [String: String]
  ) throws(FarmError) -> String? {
    let asked = given ?? environment["EMOFARM_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    if let asked {
      guard FileManager.default.isReadableFile(atPath: asked) else {
        throw FarmError(.badSettings, "the configuration file \(asked) is missing or cannot be read")
      }
      return asked
    }
    let folder =
      environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? (environment["HOME"] ?? NSHomeDirectory()) + "/.config"
    let usual = folder + "/emofarm/config.yaml"
    if FileManager.default.isReadableFile(atPath: usual) { return usual }
    guard FileManager.default.fileExists(atPath: machineFile) else { return nil }
    guard FileManager.default.isReadableFile(atPath: machineFile) else {
      throw FarmError(
        .badSettings,
        "the machine's configuration file \(machineFile) cannot be read by this user: let its owner allow it, or name "
          + "another file in EMOFARM_CONFIG")
    }
    return machineFile
  }

  /// The file's values by the keys of ``keys``.
  ///
  /// An unknown key is an error: otherwise a misspelt setting would silently have no effect.
  private static func values(of file: String) throws(FarmError) -> [String: String] {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw FarmError(.badSettings, "the configuration file \(file) is not UTF-8 text")
    }
    do {
      guard let root = try SpecNode.document(of: text, file: file) else { return [:] }
      let top = try root.mapping(keys: Set(keys.map { String($0.prefix { $0 != "." }) }).sorted())
      var values: [String: String] = [:]
      for (key, entry) in top {
        let inner = keys.filter { $0.hasPrefix("\(key).") }.map { String($0.dropFirst(key.count + 1)) }
        guard !inner.isEmpty else {
          values[key] = try entry.string()
          continue
        }
        for (name, entry) in try entry.mapping(keys: inner) { values["\(key).\(name)"] = try entry.string() }
      }
      return values
    } catch {
      throw FarmError(.badSettings, error.description)
    }
  }

  private static func layer(_ name: String, _ values: [String: String]) -> InMemoryProvider {
    InMemoryProvider(
      name: name,
      values: Dictionary(
        uniqueKeysWithValues: values.map { (AbsoluteConfigKey(path($0)), ConfigValue(.string($1), isSecret: true)) }))
  }
}
