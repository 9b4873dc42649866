-- A small application with many companies: every way in which a row can belong to one, and the traps
-- that a restore meets.
CREATE TYPE public.order_state AS ENUM ('open', 'sent', 'paid');
CREATE TABLE public.company (id text PRIMARY KEY, name text NOT NULL);
CREATE TABLE public."user" (id text PRIMARY KEY, name text NOT NULL, email text NOT NULL UNIQUE);
CREATE TABLE public."paymentTerm" (
    id text PRIMARY KEY,
    "companyId" text REFERENCES public.company (id) ON DELETE CASCADE,
    name text NOT NULL
);
CREATE TABLE public.customer (
    id text PRIMARY KEY,
    "companyId" text NOT NULL REFERENCES public.company (id) ON DELETE CASCADE,
    name text NOT NULL,
    "portalToken" text,
    "parentId" text REFERENCES public.customer (id) ON DELETE SET NULL,
    "paymentTermId" text REFERENCES public."paymentTerm" (id),
    "updatedBy" text REFERENCES public."user" (id),
    "shortName" text GENERATED ALWAYS AS (left(name, 3)) STORED,
    UNIQUE ("companyId", name)
);
CREATE TABLE public.product (
    "companyId" text NOT NULL REFERENCES public.company (id) ON DELETE CASCADE,
    code text NOT NULL,
    price numeric NOT NULL CHECK (price >= 0),
    PRIMARY KEY ("companyId", code)
);
CREATE TABLE public."order" (
    id bigserial PRIMARY KEY,
    "companyId" text NOT NULL REFERENCES public.company (id) ON DELETE CASCADE,
    "customerId" text NOT NULL REFERENCES public.customer (id) ON DELETE CASCADE,
    state public.order_state NOT NULL DEFAULT 'open',
    total numeric,
    note text,
    data json,
    "madeAt" timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public."orderLine" (
    "orderId" bigint NOT NULL REFERENCES public."order" (id) ON DELETE CASCADE,
    position integer NOT NULL,
    "companyId" text NOT NULL,
    "productCode" text NOT NULL,
    quantity numeric NOT NULL,
    PRIMARY KEY ("orderId", position),
    FOREIGN KEY ("companyId", "productCode") REFERENCES public.product ("companyId", code)
);
CREATE TABLE public."orderTag" (
    "orderId" bigint NOT NULL REFERENCES public."order" (id) ON DELETE CASCADE,
    tag text NOT NULL,
    PRIMARY KEY ("orderId", tag)
);
CREATE TABLE public."journal" ("companyId" text NOT NULL, entry json, amount numeric);
CREATE TABLE public."apiKey" (
    id text PRIMARY KEY,
    "companyId" text NOT NULL REFERENCES public.company (id) ON DELETE CASCADE,
    "keyHash" text NOT NULL
);
CREATE TABLE public.forecast (
    id serial PRIMARY KEY,
    "companyId" text NOT NULL,
    "orderId" bigint NOT NULL REFERENCES public."order" (id) ON DELETE CASCADE
);
CREATE TABLE public.membership (
    "companyId" text NOT NULL REFERENCES public.company (id),
    "userId" text NOT NULL REFERENCES public."user" (id),
    PRIMARY KEY ("companyId", "userId")
);
CREATE TABLE public.fired (what text NOT NULL);
CREATE FUNCTION public.note_fired() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.fired VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE TRIGGER "noteOrders" AFTER INSERT OR UPDATE OR DELETE ON public."order"
    FOR EACH STATEMENT EXECUTE FUNCTION public.note_fired();
CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'journal rows are immutable'; END $$;
CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON public.journal
    FOR EACH ROW EXECUTE FUNCTION public.refuse();

INSERT INTO public.company VALUES ('acme', 'Acme Metals'), ('bolt', 'Bolt Works');
INSERT INTO public."user" VALUES ('u1', 'Anna Weber', 'anna@example.com'), ('u2', 'Jonas Beck', 'jonas@example.com');
INSERT INTO public."paymentTerm" VALUES ('net30', NULL, 'Net 30'), ('acme-net7', 'acme', 'Net 7');
INSERT INTO public.membership VALUES ('acme', 'u1'), ('bolt', 'u1'), ('bolt', 'u2');
INSERT INTO public.customer (id, "companyId", name, "portalToken", "parentId", "paymentTermId", "updatedBy")
    SELECT c || '-c' || n, c, 'Customer ' || n, 'token ' || c || n, CASE WHEN n > 10 THEN c || '-c' || n - 10 END,
        CASE n % 3 WHEN 0 THEN 'net30' WHEN 1 THEN CASE c WHEN 'acme' THEN 'acme-net7' END END, 'u' || 1 + n % 2
    FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 40) AS n;
INSERT INTO public.product SELECT c, 'P-' || n, n * 1.25 FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 25) AS n;
INSERT INTO public."order" ("companyId", "customerId", state, total, note, data, "madeAt")
    SELECT c, c || '-c' || 1 + n % 40, (ARRAY['open', 'sent', 'paid'])[1 + n % 3]::public.order_state, n * 10.50,
        CASE WHEN n % 7 = 0 THEN E'tab\there, back\\slash,\nnew line, Ünïcode' END, ('{"n":  ' || n || '}')::json,
        '2026-03-01 08:00:00.123456+00'::timestamptz + n * interval '1 hour'
    FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 120) AS n;
INSERT INTO public."orderLine" SELECT o.id, p, o."companyId", 'P-' || 1 + (o.id + p) % 25, p * 2
    FROM public."order" AS o, generate_series(1, 3) AS p;
INSERT INTO public."orderTag" SELECT o.id, t FROM public."order" AS o, unnest(ARRAY['rush', 'export']) AS t WHERE o.id % 4 = 0;
INSERT INTO public.journal SELECT c, '{"a": 1}', 10 FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 5);
INSERT INTO public.journal SELECT c, '{"a":1}', n FROM unnest(ARRAY['acme', 'bolt']) AS c, generate_series(1, 5) AS n;
INSERT INTO public."apiKey" VALUES ('k1', 'acme', 'hash of acme'), ('k2', 'bolt', 'hash of bolt');
INSERT INTO public.forecast ("companyId", "orderId") SELECT "companyId", id FROM public."order" WHERE id % 5 = 0;
TRUNCATE public.fired;
