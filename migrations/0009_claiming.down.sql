DROP FUNCTION claim_jobs(
  bigint, bigint, bigint, interval, integer, text[], boolean, bigint[], bigint[], bigint[], bigint[], bigint[],
  smallint[], text[], bigint[]);
DROP FUNCTION users_by_share(text[]);
DROP FUNCTION full_hosts();
DROP FUNCTION full_users();
