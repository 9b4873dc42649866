-- The few tables of the platform underneath (Supabase) that are read, and what the tables of the
-- application lean on: ids, the event queue, the functions of its triggers.

CREATE SCHEMA auth;
CREATE SCHEMA storage;
CREATE SCHEMA supabase_migrations;
CREATE SCHEMA event AUTHORIZATION carbon_owner;

CREATE TABLE auth.users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text UNIQUE,
    raw_user_meta_data jsonb,
    last_sign_in_at timestamptz,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz
);

CREATE FUNCTION auth.uid() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('request.jwt.claim.sub', true), '')
$$;

CREATE TABLE storage.buckets (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    owner text,
    public boolean DEFAULT false,
    file_size_limit bigint,
    allowed_mime_types text[],
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now()
);

CREATE TABLE storage.objects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    bucket_id text REFERENCES storage.buckets (id),
    name text,
    owner_id text,
    created_at timestamptz DEFAULT now(),
    updated_at timestamptz DEFAULT now(),
    last_accessed_at timestamptz DEFAULT now(),
    metadata jsonb,
    user_metadata jsonb,
    path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/')) STORED,
    version text
);
CREATE UNIQUE INDEX objects_bucket_name ON storage.objects (bucket_id, name);

-- Whoever deletes a row here would leave the file behind, so it must be said on purpose.
CREATE FUNCTION storage.protect_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('storage.allow_delete_query', true) IS DISTINCT FROM 'true' THEN
        RAISE EXCEPTION 'direct deletion from storage tables is not allowed';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER protect_objects_delete BEFORE DELETE ON storage.objects
    FOR EACH STATEMENT EXECUTE FUNCTION storage.protect_delete();

CREATE TABLE supabase_migrations.schema_migrations (
    version text PRIMARY KEY,
    statements text[],
    name text
);
INSERT INTO supabase_migrations.schema_migrations (version, name) VALUES
    ('20260112083000', 'sales'),
    ('20260318101500', 'quality'),
    ('20260529140000', 'accounting'),
    ('20260714093000', 'assembly-instructions');

GRANT USAGE ON SCHEMA auth, storage TO anon, authenticated, service_role, carbon_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON storage.objects, storage.buckets TO service_role, carbon_owner;
GRANT SELECT ON auth.users TO service_role, carbon_owner;
ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON auth.users TO carbon_owner USING (true) WITH CHECK (true);
CREATE POLICY everything ON storage.buckets TO carbon_owner USING (true) WITH CHECK (true);
CREATE POLICY everything ON storage.objects TO carbon_owner USING (true) WITH CHECK (true);

-- Who restores the application's rows writes those of its files, too.
ALTER TABLE storage.buckets OWNER TO carbon_owner;
ALTER TABLE storage.objects OWNER TO carbon_owner;

SET ROLE carbon_owner;

CREATE TABLE event.queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "table" text NOT NULL,
    operation text NOT NULL,
    rows bigint NOT NULL,
    "companyIds" text[],
    "enqueuedAt" timestamptz NOT NULL DEFAULT now()
);

CREATE SEQUENCE public.xid_serial;

-- Twenty letters and digits that sort roughly by time: seconds, a counter, something random.
CREATE FUNCTION public.id() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT 'c' || lpad(to_hex(extract(epoch FROM clock_timestamp())::bigint), 8, '0')
        || lpad(to_hex(nextval('public.xid_serial') % 16777216), 6, '0')
        || substr(md5(random()::text), 1, 5)
$$;

-- Which companies the signed-in user belongs to.
CREATE FUNCTION public.companies_of_user() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    RETURN ARRAY(SELECT "companyId" FROM "userToCompany" WHERE "userId" = auth.uid());
END
$$;

CREATE FUNCTION public.groups_of_user() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = public AS $$
BEGIN
    RETURN ARRAY(
        SELECT "companyGroupId" FROM "company" WHERE "id" = ANY (public.companies_of_user())
    );
END
$$;

-- AFTER STATEMENT: one message a statement, with the companies whose rows it touched.
CREATE FUNCTION event.queue_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO event.queue ("table", operation, rows, "companyIds")
    SELECT TG_TABLE_NAME, TG_OP, count(*),
        array_agg(DISTINCT to_jsonb(changed) ->> 'companyId')
    FROM changed HAVING count(*) > 0;
    RETURN NULL;
END
$$;

-- AFTER ROW: keeps the company's search index.
CREATE FUNCTION event.index_for_search() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    entry jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    index_name text := 'searchIndex_' || (entry ->> 'companyId');
    title text := coalesce(entry ->> 'name', entry ->> 'description', entry ->> 'id');
BEGIN
    IF to_regclass(format('public.%I', index_name)) IS NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('DELETE FROM public.%I WHERE "entityType" = $1 AND "entityId" = $2', index_name)
        USING TG_TABLE_NAME, entry ->> 'id';
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format('INSERT INTO public.%I ("entityType", "entityId", "title", "search")
            VALUES ($1, $2, $3, to_tsvector(''simple'', $3))', index_name)
            USING TG_TABLE_NAME, entry ->> 'id', title;
    END IF;
    RETURN NULL;
END
$$;

-- AFTER ROW: writes the company's audit log.
CREATE FUNCTION event.write_audit_log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    entry jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    log_name text := 'auditLog_' || (entry ->> 'companyId');
BEGIN
    IF to_regclass(format('public.%I', log_name)) IS NOT NULL THEN
        EXECUTE format('INSERT INTO public.%I ("tableName", "entityId", "operation", "actorId", "diff")
            VALUES ($1, $2, $3, $4, $5)', log_name)
            USING TG_TABLE_NAME, entry ->> 'id', TG_OP,
                coalesce(entry ->> 'updatedBy', entry ->> 'createdBy'),
                CASE WHEN TG_OP = 'UPDATE' THEN jsonb_build_object('before', to_jsonb(OLD), 'after', entry) END;
    END IF;
    RETURN NULL;
END
$$;

-- BEFORE ROW: a row never moves to another company.
CREATE FUNCTION event.keep_company() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW."companyId" IS DISTINCT FROM OLD."companyId" THEN
        RAISE EXCEPTION 'a row of % cannot move to another company', TG_TABLE_NAME;
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- BEFORE ROW: system accounts stay, and posted journals are for ever.
CREATE FUNCTION event.protect_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD."isSystem" THEN
        RAISE EXCEPTION 'a system account cannot be deleted';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION event.protect_posted_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD."status" = 'Posted' AND NEW."status" = 'Reversed'
        AND NEW."reversedById" IS NOT NULL
    THEN
        RETURN NEW;
    END IF;
    IF OLD."status" <> 'Draft' THEN
        RAISE EXCEPTION 'a posted journal entry cannot be changed';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION event.protect_posted_journal_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM public."journal" WHERE "id" = OLD."journalId" AND "status" <> 'Draft'
    ) THEN
        RAISE EXCEPTION 'a line of a posted journal entry cannot be changed';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- BEFORE ROW: nothing is booked into a closed period any more.
CREATE FUNCTION event.refuse_closed_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM public."accountingPeriod" AS period
        WHERE period."companyId" = NEW."companyId" AND period."closeStatus" = 'Closed'
            AND NEW."postingDate" BETWEEN period."startDate" AND period."endDate"
    ) THEN
        RAISE EXCEPTION 'the accounting period is closed';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

-- BEFORE ROW INSERT: who and when are never left out.
CREATE FUNCTION event.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."companyId" IS NULL THEN
        RAISE EXCEPTION 'a row of % needs a company', TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END
$$;

-- BEFORE ROW DELETE: somebody with an open order is not deleted.
CREATE FUNCTION event.refuse_while_ordered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'customer' AND EXISTS (
        SELECT FROM public."salesOrder" WHERE "customerId" = OLD."id"
            AND "status" IN ('Confirmed', 'In Progress')
    ) THEN
        RAISE EXCEPTION 'the customer has open orders';
    END IF;
    RETURN OLD;
END
$$;

RESET ROLE;
