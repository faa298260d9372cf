// swift-tools-version: 6.1
import PackageDescription

// A package of somebody else: it depends on Palimpsest by path and takes the rooms it needs. `make test` builds and
// runs it. It switches the trait Remote off, so the HTTP client is not built a second time.

let rooms = ["Palimpsest", "Chunkers", "MemoryGated", "Gating", "PolicyExtractive", "Tasks", "Verifiers"]

let package = Package(
  name: "Client",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Palimpsest", path: "../..", traits: [])],
  targets: [
    .executableTarget(name: "Client", dependencies: rooms.map { .product(name: $0, package: "Palimpsest") })
  ],
  swiftLanguageModes: [.v6]
)
