-- An application with two companies whose rows name uploaded files, on something like Supabase.
CREATE TABLE public.company (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.document (
    id text PRIMARY KEY,
    "companyId" text NOT NULL REFERENCES public.company (id),
    path text,
    previews text[]
);
CREATE SCHEMA storage;
CREATE TABLE storage.buckets (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    public boolean DEFAULT false,
    file_size_limit bigint,
    created_at timestamptz DEFAULT now()
);
INSERT INTO storage.buckets (id, name, file_size_limit) VALUES ('private', 'private', NULL), ('acme', 'acme', 50000000);
CREATE TABLE storage.objects (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    bucket_id text NOT NULL REFERENCES storage.buckets (id),
    name text NOT NULL,
    metadata jsonb,
    version text,
    updated_at timestamptz DEFAULT now(),
    UNIQUE (bucket_id, name)
);
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
INSERT INTO public.company VALUES ('acme', 'Acme Metals'), ('bolt', 'Bolt Works');
