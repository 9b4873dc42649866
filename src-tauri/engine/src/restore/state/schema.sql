-- Objects that Snapback keeps in a database, version 1. Created on the first restore, with consent;
-- removed by `snapback uninstall`. Nothing here refers to a table of the application.
CREATE SCHEMA snapback;
REVOKE ALL ON SCHEMA snapback FROM PUBLIC;
CREATE TABLE snapback.version (
    version integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO snapback.version (version) VALUES (1);
-- A restore, from its commit to Keep or Revert.
CREATE TABLE snapback.review (
    id uuid PRIMARY KEY,
    company_id text NOT NULL,
    company_name text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'kept', 'reverted')),
    restored_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    os_user text NOT NULL,
    host text NOT NULL,
    database_role text NOT NULL DEFAULT session_user,
    app_user text,
    source_id uuid NOT NULL,
    source_label text,
    source_time timestamptz NOT NULL,
    safety_id uuid NOT NULL,
    safety_path text NOT NULL,
    safety_blake3 text NOT NULL,
    -- Rows that came back, changed and went, by table.
    counts jsonb NOT NULL,
    -- The fingerprint of each written table after the restore, where it is known.
    fingerprints jsonb NOT NULL
);
-- One restore waits for an answer at a time.
CREATE UNIQUE INDEX review_one_open ON snapback.review (company_id) WHERE state = 'open';
-- Secret values of rows that a restore removed, until Keep.
CREATE TABLE snapback.held (
    review_id uuid NOT NULL REFERENCES snapback.review (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    table_name text NOT NULL,
    row_key text[] NOT NULL,
    column_name text NOT NULL,
    value text,
    PRIMARY KEY (review_id, table_name, row_key, column_name)
);
-- What was done, appended only.
CREATE TABLE snapback.audit (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    action text NOT NULL,
    company_id text NOT NULL,
    os_user text NOT NULL,
    host text NOT NULL,
    database_role text NOT NULL DEFAULT session_user,
    app_user text,
    review_id uuid,
    details jsonb NOT NULL
);
