package import Farm

/// Breaches of the farm's promises, as text and JSON.
package struct AuditReport {
  private let findings: [AuditFinding]

  package init(_ findings: [AuditFinding]) {
    self.findings = findings
  }

  package var json: JSONDocument {
    [
      "clean": JSONDocument(findings.isEmpty),
      "findings": .array(
        findings.map {
          [
            "promise": JSONDocument($0.promise), "check": JSONDocument($0.check), "message": JSONDocument($0.message),
            "count": JSONDocument($0.count), "rows": .array($0.rows.map { JSONDocument($0) }),
          ]
        }),
    ]
  }

  package var lines: [String] {
    guard !findings.isEmpty else { return ["clean: every promise holds"] }
    return findings.flatMap { finding in
      ["promise \(finding.promise), \(finding.check): \(finding.message) (\(Measure.count(finding.count, "row")))"]
        + finding.rows.map { "  " + TerminalText.safe($0) }
        + (finding.count > finding.rows.count
          ? ["  … and \(Measure.count(finding.count - finding.rows.count)) more"] : [])
    }
  }
}
