// swift-tools-version: 6.2
//
// The floor plan: a target may use what stands on the floors below it, and nothing else.

import PackageDescription

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "chimney",
    products: [
        .executable(name: "chimney", targets: ["chimney"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // Their traits would bring in all of Foundation.
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // Ground floor: system libraries, and the calls that Swift cannot make itself.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        // Its headers only, of libcurl4-openssl-dev: the library is opened by those who call it.
        .target(name: "CCurl"),
        .target(name: "CPosix"),

        // First floor: what chimney speaks.
        .target(name: "Essentials"),
        .target(name: "FastCGI", dependencies: ["CPosix", "Essentials", httpTypes]),
        .target(name: "Journal", dependencies: ["CPosix", "Essentials", crypto]),
        .target(name: "Dragonfly", dependencies: ["Journal", "CHiredis", "Essentials", crypto]),
        .target(name: "HTTPClient", dependencies: ["CCurl", "Essentials", httpTypes]),

        // Second floor: what every capability stands on.
        .target(
            name: "Telemetry", dependencies: ["FastCGI", "Dragonfly", "Essentials", "CPosix", logging, tracing]),
        .target(
            name: "Agent",
            dependencies: ["Telemetry", "HTTPClient", "FastCGI", "Dragonfly", "Essentials", httpTypes, logging]),
        .target(
            name: "Durability",
            dependencies: ["Agent", "Telemetry", "Dragonfly", "Journal", "Essentials", logging]),
        .target(
            name: "OTLP",
            dependencies: [
                "Agent", "Telemetry", "HTTPClient", "Dragonfly", "Essentials", httpTypes, logging, protobuf,
            ], exclude: ["generate", "definitions.txt"]),
        .target(
            name: "Web",
            dependencies: [
                "Telemetry", "FastCGI", "Dragonfly", "Essentials", "CPosix", httpTypes, crypto, logging, tracing,
            ]),

        // Third floor: the capabilities, which do not know each other.
        .target(
            name: "Deploys",
            dependencies: [
                "Web", "Agent", "Durability", "HTTPClient", "Telemetry", "Dragonfly", "Essentials", httpTypes, crypto,
            ]),
        .target(
            name: "GitHub",
            dependencies: [
                "Web", "Agent", "HTTPClient", "Telemetry", "FastCGI", "Dragonfly", "Essentials", httpTypes, crypto,
                logging, tracing,
            ]),
        .target(
            name: "Queue",
            dependencies: [
                "Web", "Agent", "Durability", "HTTPClient", "Telemetry", "FastCGI", "Dragonfly", "Essentials",
                httpTypes, crypto, cryptoExtras, logging,
            ]),
        // Reports to Deploys and Queue.
        .target(
            name: "Deployer",
            dependencies: [
                "Deploys", "Queue", "Web", "Agent", "HTTPClient", "Telemetry", "FastCGI", "Dragonfly", "Essentials",
                "CPosix", httpTypes, crypto, logging, subprocess,
            ]),
        .target(
            name: "Operations",
            dependencies: [
                "Web", "Agent", "HTTPClient", "Telemetry", "FastCGI", "Dragonfly", "Essentials", httpTypes, logging,
            ]),

        // Looks at an installation from outside, by its settings and sockets.
        .target(
            name: "Doctor", dependencies: ["HTTPClient", "FastCGI", "Dragonfly", "Essentials", "CPosix", httpTypes]),

        // The roof: subcommands, and the one table of all routes.
        .executableTarget(
            name: "chimney",
            dependencies: [
                "Deploys", "GitHub", "Queue", "Deployer", "Operations", "Doctor", "OTLP", "Durability", "Agent", "Web",
                "Telemetry", "HTTPClient", "Dragonfly", "Journal", "FastCGI", "Essentials", "CPosix", argumentParser,
                logging, tracing, httpTypes,
            ]),

        // The workshop: what tests drive the binary with, a target per module, and the binary behind real front ends.
        .target(
            name: "TestSupport", dependencies: ["Dragonfly", "Essentials", crypto, cryptoExtras],
            path: "Tests/TestSupport", exclude: ["Docker/docker"]),
        // No product of the package: caddy/run builds it for its demo.
        .executableTarget(
            name: "fake-github", dependencies: ["TestSupport", argumentParser], path: "Tests/FakeGitHub"),
        .testTarget(name: "FakeGitHubTests", dependencies: ["TestSupport"], path: "Tests/FakeGitHubTests"),
        .testTarget(name: "EssentialsTests", dependencies: ["Essentials", "TestSupport"], path: "Tests/Essentials"),
        .testTarget(
            name: "FastCGITests", dependencies: ["FastCGI", "Essentials", "CPosix", "TestSupport", httpTypes],
            path: "Tests/FastCGI"),
        .testTarget(
            name: "DragonflyTests", dependencies: ["Dragonfly", "Essentials", "TestSupport"], path: "Tests/Dragonfly"),
        .testTarget(
            name: "JournalTests", dependencies: ["Journal", "Essentials", "TestSupport"], path: "Tests/Journal"),
        .testTarget(
            name: "HTTPClientTests", dependencies: ["HTTPClient", "Essentials", "TestSupport", httpTypes],
            path: "Tests/HTTPClient"),
        .testTarget(
            name: "TelemetryTests",
            dependencies: ["Telemetry", "FastCGI", "Dragonfly", "Essentials", "TestSupport", logging, tracing],
            path: "Tests/Telemetry"),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "Telemetry", "HTTPClient", "FastCGI", "Dragonfly", "Essentials", "TestSupport", httpTypes,
            ], path: "Tests/Agent"),
        .testTarget(
            name: "DurabilityTests",
            dependencies: [
                "Durability", "Deploys", "Queue", "Web", "Dragonfly", "Journal", "Essentials", "TestSupport",
            ], path: "Tests/Durability"),
        .testTarget(
            name: "OTLPTests", dependencies: ["OTLP", "Telemetry", "Essentials", "TestSupport", protobuf],
            path: "Tests/OTLP"),
        // Counts instructions, for tests of what may not depend on a secret.
        .target(name: "CStepping", path: "Tests/CStepping"),
        .testTarget(
            name: "WebTests",
            dependencies: [
                "Web", "Telemetry", "FastCGI", "Dragonfly", "Essentials", "TestSupport", "CStepping", httpTypes, crypto,
                logging,
            ], path: "Tests/Web"),
        .testTarget(
            name: "DeploysTests",
            dependencies: [
                "Deploys", "Web", "Telemetry", "FastCGI", "Dragonfly", "Essentials", "TestSupport", httpTypes, logging,
            ], path: "Tests/Deploys"),
        .testTarget(
            name: "GitHubTests",
            dependencies: [
                "GitHub", "Agent", "Web", "Telemetry", "HTTPClient", "FastCGI", "Dragonfly", "Essentials",
                "TestSupport", httpTypes, crypto, logging,
            ], path: "Tests/GitHub"),
        .testTarget(
            name: "QueueTests",
            dependencies: [
                "Queue", "Web", "Telemetry", "FastCGI", "Dragonfly", "Essentials", "TestSupport", httpTypes, crypto,
                cryptoExtras, logging,
            ], path: "Tests/Queue"),
        .testTarget(
            name: "DeployerTests",
            dependencies: [
                "Deployer", "Web", "Telemetry", "HTTPClient", "FastCGI", "Dragonfly", "Essentials", "TestSupport",
                httpTypes, crypto, logging,
            ], path: "Tests/Deployer"),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "Operations", "Web", "Telemetry", "FastCGI", "Dragonfly", "Essentials", "TestSupport", httpTypes,
                logging,
            ], path: "Tests/Operations"),
        .testTarget(
            name: "DoctorTests",
            dependencies: ["Doctor", "FastCGI", "HTTPClient", "Essentials", "TestSupport", httpTypes],
            path: "Tests/Doctor"),
        .testTarget(
            name: "ChimneyTests",
            dependencies: ["chimney", "Web", "FastCGI", "Essentials", "TestSupport", httpTypes], path: "Tests/chimney"),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Dragonfly", "TestSupport", crypto], path: "Tests/EndToEnd",
            exclude: [
                "Telemetry/collector.py", "OpenAPI/validate.py", "OpenAPI/schemathesis.toml", "Package/root",
                "Package/boot",
            ]),
    ]
)

// What reads bytes of strangers, and what it promises of them: as tests, or as the program that Tests/fuzz has libFuzzer
// drive.
let parsers: [Target.Dependency] = [
    "Deployer", "Queue", "GitHub", "Deploys", "Web", "Telemetry", "Dragonfly", "Journal", "FastCGI", "Essentials",
]
if Context.environment["CHIMNEY_FUZZ"] == "1" {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: parsers, path: "Tests/Fuzz", exclude: ["Tests", "Corpus"],
            sources: ["Parsers", "Program"]))
} else {
    package.targets.append(
        .testTarget(
            name: "FuzzTests", dependencies: parsers + ["TestSupport"], path: "Tests/Fuzz",
            exclude: ["Program", "Corpus"], sources: ["Parsers", "Tests"]))
}

// Tests/run asks for it; whoever builds with a newer compiler is not stopped by what that one has to say.
if Context.environment["CHIMNEY_WARNINGS"] == "errors" {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
