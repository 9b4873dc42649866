-- Version 2: uploaded files that a restore or a revert changes.
-- What is to be done with files, from the commit until every one is switched; of a restore, on to Keep or
-- Revert.
CREATE TABLE snapback.file_work (
    id uuid PRIMARY KEY,
    review_id uuid NOT NULL,
    company_id text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT now(),
    -- Where, without keys, and from which computer.
    storage text NOT NULL,
    host text NOT NULL,
    is_switched boolean NOT NULL DEFAULT false
);
CREATE TABLE snapback.file_move (
    work_id uuid NOT NULL REFERENCES snapback.file_work (id) ON DELETE CASCADE,
    bucket text NOT NULL,
    key text NOT NULL,
    -- Where the new content waits, and its BLAKE3; NULL where the file goes.
    waits_as text,
    blake3 text,
    -- Length of the new content, or of the file that goes.
    byte_count bigint,
    -- What told the file apart before; NULL where there was none.
    found_tag text,
    found_version text,
    -- And afterwards.
    left_tag text,
    is_done boolean NOT NULL DEFAULT false,
    PRIMARY KEY (work_id, bucket, key)
);
INSERT INTO snapback.version (version) VALUES (2);
