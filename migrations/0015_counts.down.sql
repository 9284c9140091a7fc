DROP FUNCTION running_jobs();
DROP TABLE running_counts;
