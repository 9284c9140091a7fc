import Files

/// A part in the farm, and the database role of those who have it: a group without a login, of which login roles are
/// members.
package enum FarmRole: String, CaseIterable, Codable, Hashable, Sendable {
  /// Owns the tables and migrates them.
  case owner
  /// Enqueues batches, and steers those of its own login.
  case producer
  /// Claims jobs, publishes their images and takes back what silent workers left.
  case worker
  /// Reads everything and changes nothing.
  case reader
  /// Steers every batch and worker, registers models, repairs, prunes and collects.
  case admin

  /// The others are members of `reader`.
  package static let readers: [FarmRole] = [.producer, .worker, .admin]
}

/// The names of a farm's database roles. A server's roles are common to its databases, so two farms on one server need
/// different prefixes if one login is not to serve both.
package struct RoleNames: Hashable, Sendable {
  package static let standardPrefix = "emofarm_"
  /// PostgreSQL cuts longer names off.
  private static let longest = 63

  package let prefix: String

  /// - Throws: ``FarmError`` (`badSettings`) if the names would be too long.
  package init(prefix: String = RoleNames.standardPrefix) throws(FarmError) {
    let longest = FarmRole.allCases.map(\.rawValue.utf8.count).max() ?? 0
    guard !prefix.isEmpty, prefix.utf8.count + longest <= Self.longest, !prefix.hasPrefix("pg_"),
      prefix.unicodeScalars.allSatisfy({
        $0 == "_" || $0 == "-" || $0.properties.isAlphabetic || ("0"..."9").contains($0)
      })
    else {
      throw FarmError(
        .badSettings,
        "the prefix '\(prefix)' cannot begin names of roles: use up to \(Self.longest - longest) letters, digits, _ and "
          + "-, and not pg_ at the beginning")
    }
    self.prefix = prefix
  }

  package func name(_ role: FarmRole) -> String { prefix + role.rawValue }
}
