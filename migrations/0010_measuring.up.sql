-- What images show, measured where they are made. A batch that measures names the folder of its classifiers by its path
-- and by the digest of the files that measuring reads.
ALTER TABLE batches ADD COLUMN classifiers text CHECK (classifiers ~ '^[0-9a-f]{64}$');
ALTER TABLE batches ADD COLUMN classifiers_folder text CHECK (classifiers_folder <> '');
ALTER TABLE batches ADD CONSTRAINT batches_classifiers CHECK ((classifiers IS NULL) = (classifiers_folder IS NULL));

-- A row beside each image of a batch that measures, inserted by the statement that inserts the image and removed by the
-- one that takes it back. There is no foreign key to `images`: removing a batch would look here for each of its images.
CREATE TABLE measurements (
  batch_id bigint NOT NULL REFERENCES batches ON DELETE CASCADE,
  -- The perceptual hash; the bits of an unsigned number.
  phash bigint NOT NULL,
  idx integer NOT NULL,
  cell integer NOT NULL,
  -- The surest content classifier's probability; NULL without one.
  content real CHECK (content BETWEEN 0 AND 1),
  -- The most probable emotion, counted in EmoSet's order.
  emotion smallint NOT NULL CHECK (emotion BETWEEN 0 AND 7),
  -- Their probabilities, in EmoSet's order.
  emotions real[] NOT NULL CHECK (cardinality(emotions) = 8),
  -- CLIP's image features before normalisation, as little-endian numbers of 16 bits.
  embedding bytea NOT NULL CHECK (octet_length(embedding) BETWEEN 2 AND 65536 AND octet_length(embedding) % 2 = 0),
  PRIMARY KEY (batch_id, idx)
);

-- Embeddings do not compress.
ALTER TABLE measurements ALTER COLUMN embedding SET STORAGE EXTERNAL;

-- What a status counts, without the embeddings, which are nine tenths of the table. Equal entries are stored once.
CREATE INDEX measurements_recognised ON measurements (batch_id, cell, emotion);
