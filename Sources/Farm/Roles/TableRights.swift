/// What the roles may do with a table beside reading it.
///
/// A condition on rows becomes a policy of row-level security. It applies to members of the role only: owners are
/// exempt, and a table without conditions has no policies.
struct TableRights: Sendable {
  enum Right: Sendable {
    /// - Parameter check: what holds for inserted rows; nil for any.
    case insert([String], check: String? = nil)
    /// - Parameters:
    ///   - rows: which rows may be locked and changed; nil for all.
    ///   - check: what holds for a row afterwards; nil for the same as before.
    case update([String], of: String? = nil, check: String? = nil)
    /// - Parameter rows: which rows may be deleted; nil for all.
    case delete(of: String? = nil)

    fileprivate var isConditional: Bool {
      switch self {
      case .insert(_, let check): check != nil
      case .update(_, let rows, let check): rows != nil || check != nil
      case .delete(let rows): rows != nil
      }
    }
  }

  let table: String
  let rights: [FarmRole: [Right]]

  init(_ table: String, _ rights: [FarmRole: [Right]] = [:]) {
    self.table = table
    self.rights = rights
  }

  /// Whether rows decide what a role may do.
  var hasPolicies: Bool { rights.values.contains { $0.contains(where: \.isConditional) } }
}

extension TableRights {
  /// The statements that give the roles exactly these rights, whatever they had before.
  func grants(_ names: RoleNames) -> [String] {
    let table = Self.quote(table)
    // The owner's rights are those of an owner.
    var lines = FarmRole.allCases.filter { $0 != .owner }.map {
      "REVOKE ALL ON TABLE \(table) FROM \(Self.quote(names.name($0)))"
    }
    lines.append("GRANT SELECT ON TABLE \(table) TO \(Self.quote(names.name(.reader)))")
    for role in FarmRole.allCases {
      for right in rights[role] ?? [] {
        let what =
          switch right {
          case .insert(let columns, _): "INSERT (\(columns.map(Self.quote).joined(separator: ", ")))"
          case .update(let columns, _, _): "UPDATE (\(columns.map(Self.quote).joined(separator: ", ")))"
          case .delete: "DELETE"
          }
        lines.append("GRANT \(what) ON TABLE \(table) TO \(Self.quote(names.name(role)))")
      }
    }
    return lines
  }

  /// The statements that make the table's policies; none if it has none.
  func policies(_ names: RoleNames) -> [String] {
    guard hasPolicies else { return [] }
    let table = Self.quote(table)
    func policy(_ role: FarmRole, _ verb: String, _ conditions: String) -> String {
      let name = Self.quote("\(names.name(role))_\(verb.lowercased())")
      return "CREATE POLICY \(name) ON \(table) FOR \(verb) TO \(Self.quote(names.name(role))) \(conditions)"
    }
    var lines = ["ALTER TABLE \(table) ENABLE ROW LEVEL SECURITY", policy(.reader, "SELECT", "USING (true)")]
    for role in FarmRole.allCases {
      for right in rights[role] ?? [] {
        switch right {
        case .insert(_, let check): lines.append(policy(role, "INSERT", "WITH CHECK (\(check ?? "true"))"))
        case .update(_, let rows, let check):
          let condition = rows ?? "true"
          lines.append(policy(role, "UPDATE", "USING (\(condition)) WITH CHECK (\(check ?? condition))"))
        case .delete(let rows): lines.append(policy(role, "DELETE", "USING (\(rows ?? "true"))"))
        }
      }
    }
    return lines
  }

  static func quote(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
