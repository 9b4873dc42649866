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

RESET ROLE;
