import Foundation
import TestSupport
import Testing

/// What the Debian package would hold, made from the programs that were just built; `deploy/try-package` installs one.
@Suite struct PackageTests {
  @Test func thePackageHoldsWhatItSays() async throws {
    try await TestFolder.with { folder in
      let tree = try await lay(folder + "/tree")
      let files = contents(of: tree)
      let pages = files.filter { $0.contains("/man1/") }
      try GoldenText.expect(files.subtracting(pages).sorted().joined(separator: "\n") + "\n", "package-files.txt")

      let commands = ["emofarm", "emofarmd"] + HelpTests.commands.map { "emofarm-" + $0.replacing(" ", with: "-") }
      let expected = Set(commands.map { "usr/share/man/man1/\($0).1.gz" })
      #expect(expected.subtracting(pages) == [])
      // The benchmarks' commands have no golden texts.
      #expect(pages.subtracting(expected).filter { !$0.contains("/emofarm-bench-") } == [])

      let control = try text(tree, "DEBIAN/control")
      let version = try await Program.emofarm.run(["--version"]).output.dropFirst("emofarm ".count).dropLast()
      #expect(control.contains("\nVersion: \(version)-7\n"))
      #expect(control.contains("\nDepends: libc6 (>= 2.36), libopenblas0-pthread, "))
      #expect(!control.contains("@VERSION@") && control.firstMatch(of: /@[A-Z]+@/) == nil)
      // Settings belong to the operator: an upgrade asks nothing about them.
      #expect(files.filter { $0.hasPrefix("etc/") || $0 == "DEBIAN/conffiles" } == [])

      let packed = try await Self.shell(
        "dpkg-deb --root-owner-group -Znone --build tree one.deb && dpkg-deb --field one.deb Package", in: folder)
      #expect(packed.status == 0 && packed.output.hasSuffix("emofarm\n"), "\(packed.error)")
    }
  }

  @Test func theSameCommitGivesTheSameFiles() async throws {
    try await TestFolder.with { folder in
      _ = try await lay(folder + "/one")
      _ = try await lay(folder + "/two")
      let difference = try await Self.shell(
        """
        diff --recursive one two
        for tree in one two; do (cd $tree && find . -printf '%p %m %s %T@\\n' | sort >../$tree.list); done
        diff one.list two.list
        """, in: folder)
      #expect(difference.status == 0, "\(difference.output)\(difference.error)")
    }
  }

  @Test func aManualPageHasWhatTheHelpHas() async throws {
    try await TestFolder.with { folder in
      let tree = try await lay(folder + "/tree")
      for (page, words) in [("emofarm-enqueue", ["enqueue"]), ("emofarm-db-migrate", ["db", "migrate"])] {
        let roff = try await Self.shell("gunzip --stdout usr/share/man/man1/\(page).1.gz", in: tree).output
        let help = try await Program.emofarm.run(words + ["--help"]).output
        let options = help.matches(of: /(?m)^ {2}(?:-., )?(--[a-z-]+)/).map(\.output.1)
        try #require(options.count > 3)
        for option in options { #expect(roff.contains(option.replacing("-", with: "\\-")), "\(page): \(option)") }
        #expect(roff.hasPrefix(".TH \(page.uppercased().replacing("-", with: "\\-")) 1 "))
      }
      let overview = try await Self.shell("gunzip --stdout usr/share/man/man1/emofarm-db.1.gz", in: tree).output
      #expect(overview.contains("\\fBemofarm\\-db\\-migrate\\fR(1)"))
    }
  }

  @Test func scriptsAndCompletionsAreReadByTheirShells() async throws {
    try await TestFolder.with { folder in
      let tree = try await lay(folder + "/tree")
      let outcome = try await Self.shell(
        """
        set -e
        for script in DEBIAN/postinst DEBIAN/prerm DEBIAN/postrm; do sh -n $script; done
        for program in emofarm emofarmd; do
          bash -c ". usr/share/bash-completion/completions/$program && complete -p $program"
          grep -q "^#compdef $program" usr/share/zsh/vendor-completions/_$program
          grep -q "complete -c '\\?$program" usr/share/fish/vendor_completions.d/$program.fish
        done
        for unit in usr/lib/systemd/system/*.service; do
          test -x "$(sed -n 's/^ExecStart=\\/\\([^ ]*\\).*/\\1/p' $unit)"
        done
        """, in: tree)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }
  }

  /// Lays the package's files out in a folder that does not exist yet.
  private func lay(_ folder: String) async throws -> String {
    let script = Program(name: SourceTree.root.path + "/deploy/debian/tree")
    let outcome = try await script.run([try Program.folder, folder, "7", "libc6 (>= 2.36)"])
    try #require(outcome.status == 0, "\(outcome.error)")
    return folder
  }

  /// The paths of all files of the package.
  private func contents(of tree: String) -> Set<String> {
    let paths = FileManager.default.enumerator(atPath: tree)?.allObjects as? [String] ?? []
    return Set(
      paths.filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(tree)/\(path)", isDirectory: &isFolder) && !isFolder.boolValue
      })
  }

  private func text(_ tree: String, _ path: String) throws -> String {
    try String(contentsOfFile: "\(tree)/\(path)", encoding: .utf8)
  }

  private static func shell(_ commands: String, in folder: String) async throws -> Program.Outcome {
    try await Program(name: "/bin/sh").run(["-c", commands], folder: folder)
  }
}
