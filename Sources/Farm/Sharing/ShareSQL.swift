import Postgres

/// In which order a claim looks at users: those of the highest priority first, and within a priority in the proportion of
/// their weights.
///
/// Each claim draws the next number of the sequence `claim_turns`. Its multiple of the golden ratio, modulo 1, is a point
/// on a line on which every user with open batches of that priority has an interval as long as the user's weight: the
/// user at the point comes first. Successive multiples of the golden ratio are spread more evenly than random numbers, so
/// that among 300 claims each user gets the share due to within about three jobs, from the first claim on, with one
/// worker or many. Users behind the first, who get the claim if the first has nothing that is due, are in random order
/// by weight (Efraimidis and Spirakis 2006).
///
/// Alternatives considered:
/// - the user with the fewest running jobs by weight: with few workers all counts are zero or one and shares are wrong,
///   and counting reads dead index entries;
/// - a counter in each user's row (stride scheduling): claims of a user wait for each other's commits, and each leaves a
///   dead row;
/// - random order alone: the share of a user among 300 claims is off by 16 jobs in one case of twenty.
///
/// A sequence takes no lock that outlives the call and leaves no dead rows. Numbers that idle workers draw do no harm.
enum ShareSQL {
  /// The CTEs `turn` and `shares (level, user_name, place)`: users with open batches, in the order of `place` within a
  /// level, which is a priority with the opposite sign. The statement begins with WITH RECURSIVE.
  ///
  /// The pairs of level and user are found by stepping through the index `batches_open`, not by reading all batches.
  /// - Parameters:
  ///   - condition: nothing is visited unless it holds.
  ///   - users: the condition on a user `b.user_name` to take part.
  static func shares(if condition: SQL, users: SQL) -> SQL {
    """
    turn AS MATERIALIZED (
      SELECT (nextval('claim_turns') * 1327217885 % 2147483648) / 2147483648.0::double precision AS point
      WHERE \(condition)
    ), owners AS (
      (SELECT -b.priority AS level, b.user_name FROM batches b
        WHERE b.state IN ('queued', 'running') AND EXISTS (SELECT FROM turn)
        ORDER BY -b.priority, b.user_name LIMIT 1)
      UNION ALL
      SELECT next.level, next.user_name FROM owners o CROSS JOIN LATERAL (
        SELECT -b.priority AS level, b.user_name FROM batches b
        WHERE b.state IN ('queued', 'running') AND (-b.priority, b.user_name) > (o.level, o.user_name)
        ORDER BY -b.priority, b.user_name LIMIT 1
      ) next
    ), weights AS (
      SELECT b.level, b.user_name, coalesce(u.weight, 1) AS weight,
        sum(coalesce(u.weight, 1)) OVER (PARTITION BY b.level ORDER BY b.user_name) AS upper,
        sum(coalesce(u.weight, 1)) OVER (PARTITION BY b.level) AS total
      FROM owners b LEFT JOIN users u ON u.name = b.user_name
      WHERE \(users)
    ), shares AS MATERIALIZED (
      SELECT level, user_name, CASE
        WHEN turn.point * total >= upper - weight AND turn.point * total < upper THEN 0
        ELSE -ln(1 - random()) / weight END AS place
      FROM weights CROSS JOIN turn
      ORDER BY level, place
    )
    """
  }
}
