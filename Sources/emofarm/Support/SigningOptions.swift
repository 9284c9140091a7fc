import ArgumentParser
import Farm
import Files
import Foundation
import Signing
import Vocabulary

/// The flag of commands whose images are files that stay.
struct SignFlag: ParsableArguments {
  @Flag(
    help:
      "Sign each image's file with the signing key (setting signing_key), so that others can check who made it and that nothing changed."
  )
  var sign = false

  /// The settings of other flags, with this one.
  func added(to settings: SettingsOverride) -> SettingsOverride {
    var settings = settings
    settings.sign = sign ? true : nil
    return settings
  }
}

/// The flag of commands that sign.
struct SigningOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The PEM file with the key and certificate that sign, instead of the setting signing_key.", valueName: "file"),
    completion: .file(extensions: ["pem"]))
  var signingKey: String?

  /// What signs; nil if neither the flag nor the setting names a key.
  func signer(_ settings: FarmSettings) throws -> ImageSigner? {
    let given = signingKey.map { URL(filePath: $0).standardizedFileURL.path } ?? settings.signingKey
    return try given.map { ImageSigner(try SigningKey(setting: $0)) }
  }
}

/// The flag of commands that check signatures.
struct TrustOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Require that every image is signed, by a key that a root in this PEM file vouches for.", valueName: "root.pem"),
    completion: .file(extensions: ["pem"]))
  var trust: String?

  func anchors() throws -> TrustAnchors? {
    try trust.map { try TrustAnchors(pem: String(decoding: File.read($0, atMost: 1 << 22), as: UTF8.self), named: $0) }
  }
}
