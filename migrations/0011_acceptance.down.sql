DO $$
BEGIN
  IF EXISTS (SELECT FROM batches WHERE accept IS NOT NULL) THEN
    RAISE EXCEPTION 'batches accept only some images, which an older program does not know: delete them first'
      USING HINT = 'SELECT id, name FROM batches WHERE accept IS NOT NULL';
  END IF;
END
$$;
DROP FUNCTION reject_duplicates(bigint, bigint[], double precision[]);
DROP TABLE rejects;
ALTER TABLE jobs DROP CONSTRAINT jobs_settled;
ALTER TABLE jobs DROP COLUMN given_up;
ALTER TABLE jobs ADD CONSTRAINT jobs_check4 CHECK (state <> 'done' OR images_done = count);
ALTER TABLE images DROP COLUMN trial;
ALTER TABLE batches DROP COLUMN tries, DROP COLUMN accept;
