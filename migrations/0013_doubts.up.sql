-- A batch's images in the order of doubt: the least probable first of those that its classifier gives the emotion that was
-- asked for.

-- The probability of the emotion that was asked for; NULL for plain text.
ALTER TABLE measurements ADD COLUMN asked real CHECK (asked BETWEEN 0 AND 1);

UPDATE measurements m SET asked = m.emotions[array_position(
  ARRAY['amusement', 'awe', 'contentment', 'excitement', 'anger', 'disgust', 'fear', 'sadness'], c.emotion)]
FROM cells c WHERE c.batch_id = m.batch_id AND c.ordinal = m.cell AND c.emotion IS NOT NULL;

CREATE INDEX measurements_doubted ON measurements (batch_id, asked, idx) WHERE asked IS NOT NULL;
