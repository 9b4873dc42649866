-- Version 3: what was tried and failed is in the audit, too, and how far each computer's own trail goes, so that
-- one that was cut off is told.
ALTER TABLE snapback.audit ADD COLUMN result text NOT NULL DEFAULT 'done';
ALTER TABLE snapback.audit ALTER COLUMN company_id DROP NOT NULL;
CREATE TABLE snapback.trail (
    id uuid PRIMARY KEY,
    os_user text NOT NULL,
    host text NOT NULL,
    -- Of its last line.
    number bigint NOT NULL,
    hash text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO snapback.version (version) VALUES (3);
