import Admin
import ArgumentParser
import Files
import Foundation
import Signing

struct KeysCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a signing key with a certificate that C2PA's validators accept.",
    discussion: """
      Writes three files into the folder. signing-key.pem is the Ed25519 key with its certificate: name it in \
      EMOFARM_SIGNING_KEY where workers run, and let nobody else read it. root.pem is what you give to those who are to \
      trust your images. root-key.pem makes later signing keys (--root): keep it offline.

      An image's signature counts until its certificate ends, because it carries no time stamp.

      Examples:
        emofarm keys create --organization "Example Lab" --out keys
        emofarm keys create --organization "Example Lab" --root keys/root-key.pem --out keys-2030
      """)

  @Option(help: ArgumentHelp("Whom validators show as the signer.", valueName: "name"))
  var organization: String

  @Option(help: ArgumentHelp("The certificate's common name.", valueName: "name"))
  var name = "EmoFarm signing key"

  @Option(help: ArgumentHelp("How long the certificate is valid, 1 to 25.", valueName: "n"))
  var years = 10

  @Option(
    help: ArgumentHelp("The root-key.pem of an earlier key, whose root vouches for this one, too.", valueName: "file"),
    completion: .file(extensions: ["pem"]))
  var root: String?

  @Option(
    help: ArgumentHelp("The folder for the files; created if it is missing.", valueName: "dir"), completion: .directory)
  var out: String

  @OptionGroup(title: "Output options") var output: OutputOptions

  func validate() throws {
    guard (1...25).contains(years) else { throw ValidationError("--years \(years): must be from 1 to 25.") }
    for (flag, text) in [("--organization", organization), ("--name", name)] {
      guard (1...64).contains(text.count), !text.contains(where: \.isNewline) else {
        throw ValidationError("\(flag): must have 1 to 64 characters on one line.")
      }
    }
  }

  func run() async throws {
    let issuer = try root.map { (pem: String(decoding: try File.read($0, atMost: 1 << 20), as: UTF8.self), name: $0) }
    let key = try NewKey(organization: organization, name: name, years: years, root: issuer)
    let files =
      [("signing-key.pem", key.signer), ("root.pem", key.root)]
      + (root == nil ? [("root-key.pem", key.rootKey)] : [])
    for (name, _) in files where File.exists("\(out)/\(name)") { throw Self.exists("\(out)/\(name)") }
    try Folder.make(out)
    for (name, text) in files {
      let path = "\(out)/\(name)"
      guard try DurableFile.create(Array(text.utf8), at: path, isSecret: name != "root.pem") else {
        throw Self.exists(path)
      }
    }
    let certificate = try SigningKey(pem: key.signer, named: "signing-key.pem").certificate
    if output.json {
      try Console.print(KeysShow.json(certificate, file: "\(out)/signing-key.pem"))
    } else {
      for (name, _) in files { try Console.print("\(out)/\(name)") }
      Console.say("\(TerminalText.safe(certificate.name)), valid until \(SignerCertificate.day(certificate.notAfter))")
    }
  }

  private static func exists(_ path: String) -> InputError {
    InputError("\(path) exists, and keys are never replaced: name another folder")
  }
}
