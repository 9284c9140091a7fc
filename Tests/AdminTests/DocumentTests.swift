import Admin
import Farm
import Foundation
import Postgres
import Testing

@Suite struct DocumentTests {
  @Test func keysAreSortedAndSlashesAreNotEscaped() throws {
    let document: JSONDocument = ["b": ["x", JSONDocument(1)], "a": "p/q"]
    #expect(try document.line() == #"{"a":"p/q","b":["x",1]}"#)
  }

  @Test func missingValuesAreNullAndMeasuredOnesAreRounded() throws {
    #expect(JSONDocument(nil as String?) { JSONDocument($0) } == .null)
    #expect(JSONDocument(measured: 1.0 / 3) == .double(0.333333))
    #expect(JSONDocument(measured: .nan) == .null)
    #expect(JSONDocument(Date(timeIntervalSince1970: 0)) == "1970-01-01T00:00:00Z")
  }

  @Test func seedsKeepTheirBits() throws {
    #expect(try JSONDocument(UInt64(Int64.max)).line() == "9223372036854775807")
  }

  @Test func aBreachIsPrintedWithItsRows() {
    let finding = AuditFinding.sample(rows: ["job 3 of batch 1"], count: 2)
    #expect(
      AuditReport([finding]).lines == [
        "promise 4, lease.missing: a running job has no lease (2 rows)", "  job 3 of batch 1", "  … and 1 more",
      ])
    #expect(AuditReport([]).lines == ["clean: every promise holds"])
    #expect(AuditReport([]).json == ["clean": true, "findings": []])
  }

  @Test func aStoppedServerIsNoFault() {
    let report = DatabaseReport(.stopped, address: nil, schema: nil)
    #expect(!report.isUnusable)
    #expect(report.lines == ["Server  embedded, stopped; start it with: emofarm db up"])
  }
}

extension AuditFinding {
  fileprivate static func sample(rows: [String], count: Int) -> AuditFinding {
    let object: [String: Any] = [
      "promise": 4, "check": "lease.missing", "message": "a running job has no lease", "rows": rows, "count": count,
    ]
    let decoded = try? JSONDecoder().decode(
      AuditFinding.self, from: JSONSerialization.data(withJSONObject: object))
    guard let decoded else { preconditionFailure("the sample does not decode") }
    return decoded
  }
}
