-- People reject images, too.
ALTER TABLE rejects DROP CONSTRAINT rejects_criterion_check;
ALTER TABLE rejects ADD CONSTRAINT rejects_criterion_check CHECK (
  criterion IN ('not_blank', 'emotion_probability', 'content', 'decodes', 'no_duplicate', 'by_hand'));
