// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A room of `Sources/`: a library target with the project's settings.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The steps of the farm's schema in `migrations/`: NNNN_name, each with its reverse step.
let schema = [
  "0001_farm", "0002_trainings", "0003_precisions", "0004_identity", "0005_faults", "0006_claims", "0007_roles",
  "0008_directing", "0009_claiming", "0010_measuring",
  "0011_acceptance", "0012_attributes", "0013_doubts", "0014_by_hand", "0015_counts",
]

/// The tests of a room; fixtures are read from the source tree.
func tests(_ room: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(room)Tests",
    dependencies: [.target(name: room)] + dependencies,
    swiftSettings: settings
  )
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let extras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let certificates: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
/// What a client of HTTP needs.
let http: [Target.Dependency] = [
  .product(name: "AsyncHTTPClient", package: "async-http-client"),
  nio,
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
  name: "emofarm",
  products: [
    .executable(name: "emofarm", targets: ["emofarm"]),
    .executable(name: "emofarmd", targets: ["emofarmd"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  ],
  targets: [
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    .systemLibrary(name: "CLibWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    // Declarations alone: the library is opened at run time, so that no pkgConfig may link it.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev", "libopenblas-pthread-dev"])]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CFiles"),
    .target(name: "CImaging", dependencies: ["CLibPNG", "CLibJPEG"]),
    // Compiles merges.txt into the program.
    .target(name: "CCLIPVocabulary", exclude: ["merges.txt", "LICENSE"], publicHeadersPath: "."),

    room("Files", ["CZlib", "CFiles"]),
    room("Vocabulary", ["Files", crypto]),
    room("Engine", ["Files", "COpenBLAS", "CKernels", "Vocabulary"]),
    room("Checkpoints", ["Files", "Vocabulary", "Engine", crypto]),
    room("Imaging", ["CZlib", "CLibWebP", "Files", "CImaging"]),
    room("DrawnPictures", ["Vocabulary", "Imaging"]),
    room("Provenance", ["Files", "Vocabulary", "Imaging", crypto]),
    room("Datasets", ["Files", "Vocabulary", "Imaging", "DrawnPictures", "Provenance", crypto]),
    room("Signing", ["Files", "Vocabulary", "Imaging", "Provenance", crypto, extras, certificates, asn1]),
    room("Models", ["Files", "Engine", "Checkpoints", "CCLIPVocabulary"]),
    room("Diffusion", ["Files", "Vocabulary", "Engine"]),
    room("Loaders", ["Files", "Vocabulary", "Engine", "Checkpoints", "Models", "Diffusion", yams]),
    room(
      "EmoGen",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Provenance", "Models", "Diffusion", "Loaders",
        crypto,
      ]),
    room(
      "Training",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "DrawnPictures", "Datasets", "Models", "Diffusion",
        "Loaders", "EmoGen", crypto,
      ]),
    room("Scoring", ["Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Datasets", "Models", "EmoGen"]),
    room("Releases", ["Files", "Vocabulary", "Engine", "Checkpoints", "Models", "EmoGen"]),
    room("Specifications", ["Files", "Vocabulary", yams]),
    room("ObjectStorage", ["Files", crypto] + http),
    room("Monitoring"),
    room("Postgres", ["CLibPQ", "Files", logging]),
    .target(
      name: "Migrations",
      path: "migrations",
      resources: schema.flatMap { [.embedInCode("\($0).up.sql"), .embedInCode("\($0).down.sql")] },
      swiftSettings: settings
    ),
    room(
      "Farm",
      [
        "Files", "Vocabulary", "Imaging", "Migrations", "Provenance", "Specifications", "Postgres", "ObjectStorage",
        crypto,
        configuration, logging,
      ]),
    room(
      "Worker",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Datasets", "Provenance", "EmoGen", "Training",
        "Scoring", "Specifications", "Monitoring", "Postgres", "Farm", "Signing", crypto, logging, lifecycle,
      ]),
    room(
      "Admin",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Datasets", "Provenance", "Signing", "Loaders",
        "EmoGen",
        "Releases", "Scoring", "Specifications", "Monitoring", "Postgres", "Farm", crypto,
      ]),
    room("Web", ["Files", "Monitoring", hummingbird, httpTypes, nio, logging, lifecycle]),
    .target(
      name: "PageAssets", resources: [.embedInCode("style.css"), .embedInCode("pages.js")], swiftSettings: settings),
    room(
      "Pages",
      [
        "Files", "Vocabulary", "Imaging", "Datasets", "Training", "Scoring", "Specifications", "Postgres", "Farm",
        "Admin", "Web", "PageAssets",
        hummingbird, hummingbirdCore, httpTypes, nio, crypto, logging, lifecycle,
      ]),
    room(
      "Benchmarking",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "DrawnPictures", "Provenance", "Models", "Diffusion",
        "Loaders",
        "EmoGen", "Training", "Specifications", "Monitoring", "Postgres", "Farm", "Worker", logging,
      ]),
    .executableTarget(
      name: "emofarm",
      dependencies: [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Datasets", "Provenance", "Signing", "Models",
        "Loaders",
        "EmoGen",
        "Releases", "Training", "Scoring", "Specifications", "Monitoring", "Postgres", "Farm", "Worker", "Admin", "Web",
        "Pages", "Benchmarking",
        argumentParser, crypto, httpTypes,
        logging,
      ], swiftSettings: settings),
    .executableTarget(
      name: "emofarmd",
      dependencies: [
        "Files", "Vocabulary", "Engine", "Monitoring", "Postgres", "Farm", "Signing", "Worker", "Web", argumentParser,
        logging,
        lifecycle, signals,
      ],
      swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["Files", "Engine", "Checkpoints", "Postgres"], path: "Tests/TestSupport",
      exclude: ["object-server.py"], swiftSettings: settings),
    // Without debug information, which valgrind may be too old to read.
    .executableTarget(
      name: "KernelWork", dependencies: ["CKernels"], path: "Tests/KernelWork",
      linkerSettings: [.unsafeFlags(["-Xlinker", "-s"])]),
    tests("Files", ["TestSupport"]),
    tests("Vocabulary", ["TestSupport"]),
    tests("Engine", ["Files", "Vocabulary", "TestSupport"]),
    tests("Checkpoints", ["Files", "Vocabulary", "Engine", "TestSupport"]),
    tests("Imaging", ["Files", "TestSupport"]),
    tests("DrawnPictures", ["Vocabulary", "Imaging", crypto]),
    tests("Datasets", ["Files", "Vocabulary", "Imaging", "DrawnPictures", "TestSupport"]),
    tests("Provenance", ["Files", "Vocabulary", "Imaging", crypto]),
    tests("Signing", ["Files", "Vocabulary", "Imaging", "Provenance", "TestSupport"]),
    tests("Models", ["Files", "Engine", "Checkpoints", "TestSupport", crypto]),
    tests("Diffusion", ["Files", "Vocabulary", "Engine", "TestSupport"]),
    tests("Loaders", ["Files", "Vocabulary", "Engine", "Checkpoints", "Models", "Diffusion", "TestSupport"]),
    tests(
      "EmoGen",
      ["Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Models", "Diffusion", "Loaders", "TestSupport"]),
    tests(
      "Releases", ["Files", "Vocabulary", "Engine", "Checkpoints", "Models", "EmoGen", "TestSupport"]),
    tests(
      "Training",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Models", "Diffusion", "Loaders", "EmoGen",
        "TestSupport",
      ]),
    tests("Scoring", ["Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Models", "EmoGen", "TestSupport"]),
    tests("Specifications", ["Files", "Vocabulary", "TestSupport"]),
    tests("Monitoring"),
    tests("Postgres", ["TestSupport", logging]),
    tests("ObjectStorage", ["Files", "TestSupport"]),
    tests(
      "Farm",
      [
        "Files", "Vocabulary", "Imaging", "Provenance", "Specifications", "Postgres", "ObjectStorage", "TestSupport",
        crypto,
      ]),
    tests(
      "Worker",
      [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Datasets", "Provenance", "EmoGen", "Training",
        "Scoring", "Specifications", "Monitoring", "Postgres", "ObjectStorage", "Farm", "Signing", "emofarmd",
        "TestSupport",
        crypto, logging,
      ]),
    tests(
      "Admin",
      [
        "Files", "Vocabulary", "Checkpoints", "Imaging", "Provenance", "EmoGen", "Scoring", "Specifications",
        "Postgres", "Farm", "TestSupport",
      ]),
    // The farm in virtual time.
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Files", "Vocabulary", "EmoGen", "Specifications", "Postgres", "Farm", "Worker", "Benchmarking", "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Files", "Vocabulary", "Engine", "Checkpoints", "Imaging", "Provenance", "Signing", "EmoGen", "Training",
        "Scoring",
        "Postgres", "Farm", "Admin", "Pages", "KernelWork", "emofarm", "emofarmd", "TestSupport",
      ], swiftSettings: settings),
  ]
)

// `deploy/test --quick` names the test targets it wants; the manifest then holds these and what they need, because the
// package manager builds every test target of a manifest before it runs a test.
if let names = Context.environment["EMOFARM_TEST_TARGETS"] {
  var needed: Set<String> = []
  var pending = names.split(separator: " ").map(String.init)
  while let name = pending.popLast() {
    guard needed.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for case .byNameItem(let name, _) in target.dependencies { pending.append(name) }
    for case .targetItem(let name, _) in target.dependencies { pending.append(name) }
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products.removeAll { !needed.contains($0.name) }
}
