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

/// The tests of a room; fixtures are read from the source tree.
func tests(_ room: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(room)Tests",
    dependencies: [.target(name: room), "TestSupport"] + dependencies,
    swiftSettings: settings
  )
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
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
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    // Declarations alone: the library is opened at run time, so that no pkgConfig may link it.
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev", "libopenblas-pthread-dev"])]),
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CImaging", dependencies: ["CLibPNG", "CLibJPEG"]),

    room("Files"),
    room("Engine", ["CKernels", "COpenBLAS"]),
    room("Checkpoints", ["Engine", crypto]),
    room("Models", ["Engine", "Checkpoints"]),
    room("Diffusion", ["Engine"]),
    room("Imaging", ["CImaging"]),
    room("DrawnPictures", ["Imaging"]),
    room("Datasets", ["Imaging", "DrawnPictures", crypto]),
    room("EmoGen", ["Engine", "Checkpoints", "Models", "Diffusion", "Imaging", crypto]),
    room(
      "Training",
      ["Engine", "Checkpoints", "Models", "Diffusion", "Imaging", "DrawnPictures", "Datasets", "EmoGen", crypto]),
    room("Metrics", ["Engine", "Checkpoints", "Models", "Imaging", "Datasets", "EmoGen"]),
    room("Provenance", ["Imaging", "EmoGen", "Diffusion", "Engine", "Checkpoints", crypto]),
    room("Postgres", ["Files", "CLibPQ", logging]),
    room(
      "Farm",
      [
        "Files", "Training", "Postgres", "EmoGen", "Diffusion", "Provenance", "Datasets", "Imaging", crypto, yams,
        configuration, logging,
      ]),
    room(
      "Worker",
      [
        "Files", "Training", "Farm", "Postgres", "EmoGen", "Diffusion", "Provenance", "Imaging", "Checkpoints",
        "Datasets", "Engine", logging, lifecycle,
      ]),
    room(
      "Admin",
      [
        "Files", "Farm", "Postgres", "EmoGen", "Provenance", "Imaging", "Datasets", "Checkpoints", "Engine",
        "Diffusion", "Metrics", crypto, logging,
      ]),
    room(
      "Benchmarking",
      [
        "Training", "Diffusion", "Engine", "Checkpoints", "Models", "Farm", "Worker", "Postgres", "EmoGen", logging,
      ]),
    .executableTarget(
      name: "emofarm",
      dependencies: [
        "Files", "Admin", "Benchmarking", "Training", "Metrics", "Farm", "Postgres", "EmoGen", "Diffusion",
        "Provenance",
        "Imaging", "Datasets",
        "Checkpoints", "Models", "Engine", argumentParser, logging, crypto,
      ],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "emofarmd",
      dependencies: ["Worker", "Farm", "Postgres", "EmoGen", argumentParser, logging, lifecycle, signals],
      swiftSettings: settings
    ),

    .target(
      name: "TestSupport",
      dependencies: ["Engine", "Checkpoints", "Postgres"],
      path: "Tests/TestSupport",
      swiftSettings: settings
    ),
    // Without debug information, which valgrind may be too old to read.
    .executableTarget(
      name: "KernelWork", dependencies: ["CKernels"], path: "Tests/KernelWork",
      linkerSettings: [.unsafeFlags(["-Xlinker", "-s"])]),
    tests("Files"),
    tests("Engine"),
    tests("Checkpoints", ["Engine"]),
    tests("Models", ["Engine", "Checkpoints"]),
    tests("Diffusion", ["Engine", "Checkpoints"]),
    tests("Imaging"),
    tests("DrawnPictures", ["Imaging", crypto]),
    tests("Datasets", ["DrawnPictures", "Imaging"]),
    tests("EmoGen", ["Engine", "Checkpoints", "Diffusion", "Imaging", "Models"]),
    tests("Training", ["Engine", "Checkpoints", "Models", "Diffusion", "Imaging", "Datasets", "EmoGen"]),
    tests("Metrics", ["Engine", "Checkpoints", "Models", "Imaging", "Datasets", "EmoGen"]),
    tests("Provenance", ["Imaging", "EmoGen", "Diffusion"]),
    tests("Postgres"),
    tests("Farm", ["Training", "Postgres", "EmoGen", "Diffusion", "Provenance", "Imaging"]),
    tests(
      "Worker",
      ["Training", "Engine", "Farm", "Postgres", "Provenance", "Imaging", "EmoGen", "Diffusion", "emofarmd"]),
    tests(
      "Admin",
      [
        "Farm", "Postgres", "EmoGen", "Provenance", "Imaging", "Datasets", "Checkpoints", "Engine", "Diffusion",
        "Metrics",
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "KernelWork", "emofarm", "emofarmd", "TestSupport", "Admin", "Farm", "Postgres", "Provenance", "Imaging",
        "EmoGen", "Datasets", "Checkpoints", "Engine", "Diffusion", "Training", "Metrics",
      ],
      swiftSettings: settings
    ),
  ]
)
