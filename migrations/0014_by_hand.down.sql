DO $$
BEGIN
  IF EXISTS (SELECT FROM rejects WHERE criterion = 'by_hand') THEN
    RAISE EXCEPTION 'images were rejected by hand, which an older program does not know: delete their batches first'
      USING HINT = 'SELECT DISTINCT batch_id FROM rejects WHERE criterion = ''by_hand''';
  END IF;
END
$$;
ALTER TABLE rejects DROP CONSTRAINT rejects_criterion_check;
ALTER TABLE rejects ADD CONSTRAINT rejects_criterion_check CHECK (
  criterion IN ('not_blank', 'emotion_probability', 'content', 'decodes', 'no_duplicate'));
