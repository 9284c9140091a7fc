import Farm
import Foundation
import TestSupport
import Testing

@Suite struct FarmSettingsTests {
  private let secret = "postgresql://ann:hunter2@db:5432/farm"

  @Test func layersOverrideEachOther() async throws {
    try await TestFolder.with { folder in
      let file = folder + "/config.yaml"
      try """
      home: /data/farm
      database:
        url: postgresql:///file
        allow_insecure: true
      lease_seconds: 60
      threads: 3
      low_memory: true
      log_format: json
      retention:
        events_days: 7
        workers_days: 0
      """.write(toFile: file, atomically: true, encoding: .utf8)
      let settings = try await FarmSettings.load(
        environment: ["EMOFARM_CONFIG": file, "EMOFARM_DATABASE_URL": secret, "EMOFARM_THREADS": "5"],
        overrides: ["threads": "7"])
      #expect(settings.home == "/data/farm")
      #expect(settings.databaseURL == secret)
      #expect(settings.allowInsecureDatabase)
      #expect((settings.leaseSeconds, settings.threads, settings.logFormat) == (60, 7, .json))
      #expect(settings.minimumFreeBytes == 1 << 30 && settings.savesMemory)
      #expect(settings.retention == RetentionLimits(eventDays: 7, attemptDays: 90, workerDays: 0))
      #expect(settings.retention.workers == nil)
    }
  }

  @Test func defaultsApplyIfNothingIsSet() async throws {
    let settings = try await FarmSettings.load(environment: ["HOME": "/nowhere", "XDG_DATA_HOME": "/x/data"])
    #expect(settings == FarmSettings(home: "/x/data/emofarm"))
    #expect(settings.lease == .seconds(120))
  }

  @Test func theDefaultConfigurationFileIsRead() async throws {
    try await TestFolder.with { folder in
      try FileManager.default.createDirectory(atPath: folder + "/emofarm", withIntermediateDirectories: true)
      try "model: official\n".write(toFile: folder + "/emofarm/config.yaml", atomically: true, encoding: .utf8)
      let settings = try await FarmSettings.load(environment: ["XDG_CONFIG_HOME": folder, "EMOFARM_HOME": "/h/"])
      #expect(settings.model == "official" && settings.home == "/h")
    }
  }

  @Test func theMachinesConfigurationFileIsForUsersWithoutTheirOwn() async throws {
    try await TestFolder.with { folder in
      let machine = folder + "/machine.yaml"
      try "model: official\nthreads: 3\n".write(toFile: machine, atomically: true, encoding: .utf8)
      let environment = ["HOME": folder]
      var settings = try await FarmSettings.load(environment: environment, machineFile: machine)
      #expect((settings.model, settings.threads) == ("official", 3))
      try FileManager.default.createDirectory(atPath: folder + "/.config/emofarm", withIntermediateDirectories: true)
      let own = folder + "/.config/emofarm/config.yaml"
      try "model: mine\n".write(toFile: own, atomically: true, encoding: .utf8)
      settings = try await FarmSettings.load(environment: environment, machineFile: machine)
      #expect((settings.model, settings.threads) == ("mine", 0))
      settings = try await FarmSettings.load(environment: environment, configFile: own, machineFile: "/nowhere")
      #expect(settings.model == "mine")
    }
  }

  @Test(arguments: [
    ("# nothing\n", 0, false), ("threads: '7'\nlow_memory: on\n", 7, true), ("threads: 1_0", 10, false),
  ])
  func valuesOfAFileAreReadAsTheyAreWritten(_ text: String, _ threads: Int, _ savesMemory: Bool) async throws {
    try await TestFolder.with { folder in
      let file = folder + "/config.yaml"
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      let settings = try await FarmSettings.load(environment: ["HOME": "/nowhere"], configFile: file)
      #expect(settings.threads == threads && settings.savesMemory == savesMemory)
    }
  }

  @Test func descriptionsContainNoPassword() {
    let settings = FarmSettings(home: "/h", databaseURL: secret)
    var dumped = ""
    dump(settings, to: &dumped)
    for text in ["\(settings)", String(reflecting: settings), dumped] { #expect(!text.contains("hunter2")) }
  }

  @Test(arguments: [
    (["EMOFARM_THREADS": "many"], "threads is 'many', but must be an integer from 0 to 1024 (EMOFARM_THREADS"),
    (["EMOFARM_LEASE_SECONDS": "1"], "lease_seconds is '1', but must be an integer from 5 to 86400"),
    (["EMOFARM_MINIMUM_FREE_BYTES": "-1"], "minimum_free_bytes is '-1'"),
    (["EMOFARM_RETENTION_EVENTS_DAYS": "-1"], "retention.events_days is '-1'"),
    (["EMOFARM_LOG_FORMAT": "xml"], "must be one of human, json"),
    (["EMOFARM_DATABASE_ALLOW_INSECURE": "perhaps"], "must be true or false"),
    (["EMOFARM_HOME": "data"], "must be an absolute path"),
    (["EMOFARM_CONFIG": "/nowhere/config.yaml"], "the configuration file /nowhere/config.yaml is missing"),
  ])
  func aWrongSettingIsNamed(_ environment: [String: String], _ expected: String) async {
    await #expect {
      try await FarmSettings.load(environment: environment.merging(["HOME": "/nowhere"]) { given, _ in given })
    } throws: {
      "\($0)".contains(expected)
    }
  }

  @Test(arguments: [
    ("hme: /x", "unknown key 'hme': did you mean 'home'?"), ("database: {uri: x}", "unknown key 'uri' in database"),
    ("threads: [1]", "threads must be a string"), ("- x", "must be a mapping"), ("a: [", "is not YAML"),
    ("threads: 1\nthreads: 2", "occurs twice"),
  ])
  func aWrongFileIsNamed(_ text: String, _ expected: String) async throws {
    try await TestFolder.with { folder in
      let file = folder + "/config.yaml"
      try text.write(toFile: file, atomically: true, encoding: .utf8)
      await #expect { try await FarmSettings.load(environment: ["HOME": "/nowhere"], configFile: file) } throws: {
        "\($0)".contains(expected) && "\($0)".contains(file)
      }
    }
  }

  @Test func anUnknownFlagIsAnError() async {
    await #expect { try await FarmSettings.load(environment: [:], overrides: ["thread": "1"]) } throws: {
      "\($0)".contains("there is no setting 'thread'")
    }
  }
}
