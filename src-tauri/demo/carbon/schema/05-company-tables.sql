-- Tables that the application makes for each company while it runs.
SET ROLE carbon_owner;

CREATE FUNCTION public.create_company_tables(company_id text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE public.%I (
        "id" serial PRIMARY KEY,
        "entityType" text NOT NULL,
        "entityId" text NOT NULL,
        "title" text NOT NULL,
        "description" text,
        "link" text,
        "tags" text[] DEFAULT ''{}'',
        "metadata" jsonb DEFAULT ''{}'',
        "search" tsvector,
        "updatedAt" timestamptz DEFAULT now(),
        UNIQUE ("entityType", "entityId")
    )', 'searchIndex_' || company_id);
    EXECUTE format('CREATE INDEX ON public.%I USING gin ("search")', 'searchIndex_' || company_id);
    EXECUTE format('CREATE TABLE public.%I (
        "id" text PRIMARY KEY DEFAULT public.id(),
        "tableName" text NOT NULL,
        "entityType" text,
        "entityId" text NOT NULL,
        "operation" text NOT NULL,
        "actorId" text,
        "diff" jsonb,
        "metadata" jsonb,
        "createdAt" timestamptz NOT NULL DEFAULT now()
    )', 'auditLog_' || company_id);
    EXECUTE format('CREATE INDEX ON public.%I ("entityId", "createdAt")', 'auditLog_' || company_id);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', 'searchIndex_' || company_id);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', 'auditLog_' || company_id);
    EXECUTE format('CREATE POLICY "read" ON public.%I FOR SELECT TO authenticated
        USING (%L = ANY (public.companies_of_user()))', 'searchIndex_' || company_id, company_id);
    EXECUTE format('CREATE POLICY "read" ON public.%I FOR SELECT TO authenticated
        USING (%L = ANY (public.companies_of_user()))', 'auditLog_' || company_id, company_id);
END
$$;

-- Fills a company's search index anew with what people look for, each by its name, else what it says of itself.
CREATE FUNCTION public.rebuild_company_search_index(company_id text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    index_name text := 'searchIndex_' || company_id;
    indexed text;
    title text;
BEGIN
    EXECUTE format('DELETE FROM public.%I', index_name);
    FOR indexed, title IN
        SELECT c.relname, string_agg(format('r.%I::text', a.attname), ', '
                ORDER BY array_position(ARRAY['name', 'description', 'id'], a.attname::text))
          FROM pg_class AS c
          JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname IN ('name', 'description', 'id')
         WHERE c.relnamespace = 'public'::regnamespace
           AND c.relname IN ('customer', 'document', 'item', 'job', 'location', 'supplier')
         GROUP BY c.relname
    LOOP
        EXECUTE format('INSERT INTO public.%I ("entityType", "entityId", "title", "search")
            SELECT %L, t.id, t.title, to_tsvector(''simple'', t.title)
              FROM (SELECT r.id, coalesce(%s) AS title FROM public.%I AS r WHERE r."companyId" = $1) AS t',
            index_name, indexed, title, indexed) USING company_id;
    END LOOP;
END
$$;

RESET ROLE;
