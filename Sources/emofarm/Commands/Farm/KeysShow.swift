import Admin
import ArgumentParser
import Farm
import Files
import Foundation
import Signing

struct KeysShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show whose a signing key is and until when it counts.",
    discussion: """
      Without a file, shows the key of the setting signing_key (EMOFARM_SIGNING_KEY). Never prints the private key.

      Examples:
        emofarm keys show
        emofarm keys show keys/signing-key.pem
      """)

  @Argument(
    help: ArgumentHelp("The PEM file with the key.", valueName: "file.pem"), completion: .file(extensions: ["pem"]))
  var file: String?

  @OptionGroup(title: "Output options") var output: OutputOptions
  @OptionGroup(title: "Farm options") var global: GlobalOptions

  func run() async throws {
    let given = try await global.settings().signingKey
    guard let key = file.map({ URL(filePath: $0).standardizedFileURL.path }) ?? given else {
      throw InputError("there is no signing key: name its file, or set EMOFARM_SIGNING_KEY")
    }
    let certificate = try SigningKey(setting: key).certificate
    if output.json {
      try Console.print(Self.json(certificate, file: file))
    } else {
      try Console.print(
        """
        Signer       \(TerminalText.safe(certificate.name))
        Valid        \(SignerCertificate.day(certificate.notBefore)) to \(SignerCertificate.day(certificate.notAfter))
        Certificate  \(certificate.fingerprint)
        """)
    }
  }

  /// - Parameter file: nil for the setting's.
  static func json(_ certificate: SignerCertificate, file: String?) -> JSONDocument {
    [
      "file": file.map { JSONDocument($0) } ?? .null, "signer": JSONDocument(certificate.name),
      "valid_from": JSONDocument(SignerCertificate.day(certificate.notBefore)),
      "valid_until": JSONDocument(SignerCertificate.day(certificate.notAfter)),
      "certificate": JSONDocument(certificate.fingerprint),
    ]
  }
}
