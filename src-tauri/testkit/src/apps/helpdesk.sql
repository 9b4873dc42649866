-- A help desk for many organizations: uuid keys, organization_id, people who work for several of them,
-- rows that belong to an organization over one, two and three hops, a group that shares prices.
CREATE TYPE public.ticket_state AS ENUM ('new', 'open', 'waiting', 'closed');
CREATE TYPE public.member_role AS ENUM ('owner', 'agent', 'viewer');

CREATE TABLE public.alembic_version (version_num varchar(32) PRIMARY KEY);
CREATE TABLE public.countries (code char(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.organization_groups (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);
CREATE TABLE public.organizations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    group_id uuid REFERENCES public.organization_groups (id),
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    country_code char(2) NOT NULL REFERENCES public.countries (code),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.organization_settings (
    organization_id uuid PRIMARY KEY REFERENCES public.organizations (id) ON DELETE CASCADE,
    locale text NOT NULL DEFAULT 'en',
    office_hours jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE public.group_rates (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    group_id uuid NOT NULL REFERENCES public.organization_groups (id),
    name text NOT NULL,
    hourly numeric NOT NULL
);
CREATE TABLE public.users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    full_name text NOT NULL,
    email text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.user_preferences (
    user_id uuid PRIMARY KEY REFERENCES public.users (id) ON DELETE CASCADE,
    theme text NOT NULL
);
CREATE TABLE public.sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    token text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE TABLE public.memberships (
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    role public.member_role NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE TABLE public.invitations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    email text NOT NULL,
    token uuid NOT NULL
);
CREATE TABLE public.api_tokens (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    token_digest text NOT NULL,
    secret text NOT NULL
);
CREATE TABLE public.webhooks (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    url text NOT NULL,
    signing_secret text NOT NULL
);
CREATE TABLE public.webhook_deliveries (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    webhook_id uuid NOT NULL REFERENCES public.webhooks (id) ON DELETE CASCADE,
    payload json NOT NULL
);
CREATE TABLE public.teams (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    UNIQUE (organization_id, name)
);
-- NULL stands for policies that every organization may use.
CREATE TABLE public.sla_policies (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid REFERENCES public.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    first_answer interval NOT NULL
);
CREATE TABLE public.customers (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    name text NOT NULL,
    email text,
    country_code char(2) REFERENCES public.countries (code),
    -- Only its values tell that this opens something.
    feed_state text,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, name)) STORED,
    UNIQUE (organization_id, email)
);
CREATE TABLE public.tickets (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    number integer NOT NULL,
    customer_id uuid NOT NULL REFERENCES public.customers (id),
    team_id uuid REFERENCES public.teams (id) ON DELETE SET NULL,
    sla_policy_id uuid REFERENCES public.sla_policies (id),
    assignee_id uuid REFERENCES public.users (id),
    merged_into_id uuid REFERENCES public.tickets (id),
    pinned_comment_id uuid,
    title text NOT NULL,
    state public.ticket_state NOT NULL DEFAULT 'new',
    tags text[] NOT NULL DEFAULT '{}',
    custom jsonb,
    waited tstzrange,
    opened_at timestamptz NOT NULL,
    UNIQUE (organization_id, number)
);
CREATE TABLE public.ticket_comments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    ticket_id uuid NOT NULL REFERENCES public.tickets (id) ON DELETE CASCADE,
    author_id uuid REFERENCES public.users (id),
    body text NOT NULL,
    written_at timestamptz NOT NULL
);
ALTER TABLE public.tickets ADD FOREIGN KEY (pinned_comment_id) REFERENCES public.ticket_comments (id) ON DELETE SET NULL;
CREATE TABLE public.comment_reactions (
    comment_id uuid NOT NULL REFERENCES public.ticket_comments (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES public.users (id) ON DELETE CASCADE,
    emoji text NOT NULL,
    PRIMARY KEY (comment_id, user_id, emoji)
);
CREATE TABLE public.attachments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    comment_id uuid NOT NULL REFERENCES public.ticket_comments (id) ON DELETE CASCADE,
    file_name text NOT NULL,
    storage_path text NOT NULL,
    checksum bytea NOT NULL
);
CREATE TABLE public.labels (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    name text NOT NULL
);
CREATE UNIQUE INDEX labels_name ON public.labels (organization_id, lower(name));
CREATE TABLE public.ticket_labels (
    ticket_id uuid NOT NULL REFERENCES public.tickets (id) ON DELETE CASCADE,
    label_id uuid NOT NULL REFERENCES public.labels (id) ON DELETE CASCADE,
    PRIMARY KEY (ticket_id, label_id)
);
CREATE TABLE public.articles (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    title text NOT NULL,
    body text NOT NULL,
    draft boolean NOT NULL DEFAULT false
);
CREATE TABLE public.outbox_events (
    id bigserial PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    payload jsonb NOT NULL
);

CREATE FUNCTION public.key_of(what text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT md5(what || ' ' || n)::uuid $$;
CREATE FUNCTION public.pick(words text[], n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
    $$ SELECT words[1 + n % array_length(words, 1)] $$;

INSERT INTO public.alembic_version VALUES ('9f3c1d20a7b4');
INSERT INTO public.countries VALUES ('DE', 'Germany'), ('FR', 'France'), ('PL', 'Poland'), ('SE', 'Sweden');
INSERT INTO public.organization_groups VALUES (public.key_of('group', 1), 'Nordlicht Holding');
INSERT INTO public.organizations (id, group_id, name, slug, country_code, created_at)
    SELECT public.key_of('organization', n), CASE WHEN n < 3 THEN public.key_of('group', 1) END,
        public.pick(ARRAY['Werft Nord', 'Atelier Durand', 'Kowalski Meble'], n - 1),
        public.pick(ARRAY['werft-nord', 'atelier-durand', 'kowalski-meble'], n - 1),
        public.pick(ARRAY['DE', 'FR', 'PL'], n - 1), '2024-02-01 09:00+00'
    FROM generate_series(1, 3) AS n;
INSERT INTO public.organization_settings SELECT id, lower(country_code), '{"mon": ["09:00", "17:00"]}' FROM public.organizations;
INSERT INTO public.group_rates SELECT public.key_of('rate', n), public.key_of('group', 1), 'Rate ' || n, n * 12.50 FROM generate_series(1, 4) AS n;
INSERT INTO public.users SELECT public.key_of('user', n),
        public.pick(ARRAY['Anna', 'Jonas', 'Marie', 'Piotr', 'Ingrid', 'Luc'], n) || ' ' || public.pick(ARRAY['Weber', 'Beck', 'Durand', 'Nowak', 'Lind'], n),
        'user' || n || '@example.com', '$2b$12$' || md5(n::text) || md5('x' || n), '2024-02-02 10:00+00'
    FROM generate_series(1, 24) AS n;
INSERT INTO public.user_preferences SELECT id, 'dark' FROM public.users;
INSERT INTO public.sessions SELECT public.key_of('session', n), public.key_of('user', n), md5('session' || n), '2026-01-01 00:00+00' FROM generate_series(1, 20) AS n;
INSERT INTO public.memberships SELECT public.key_of('organization', 1 + n % 3), public.key_of('user', n), (ARRAY['owner', 'agent', 'viewer'])[1 + n % 3]::public.member_role
    FROM generate_series(1, 24) AS n;
INSERT INTO public.memberships SELECT public.key_of('organization', 1 + (n + 1) % 3), public.key_of('user', n), 'viewer' FROM generate_series(1, 6) AS n;
INSERT INTO public.invitations SELECT public.key_of('invitation', n), public.key_of('organization', 1 + n % 3), 'new' || n || '@example.com', public.key_of('invited', n)
    FROM generate_series(1, 9) AS n;
INSERT INTO public.api_tokens SELECT public.key_of('token', n), public.key_of('organization', 1 + n % 3), 'Export ' || n, md5('digest' || n), md5('secret' || n)
    FROM generate_series(1, 6) AS n;
INSERT INTO public.webhooks SELECT public.key_of('webhook', n), public.key_of('organization', 1 + n % 3), 'https://hooks.example.com/' || n, md5('signing' || n)
    FROM generate_series(1, 6) AS n;
INSERT INTO public.webhook_deliveries SELECT public.key_of('delivery', n), public.key_of('webhook', 1 + n % 6), '{"event":  "ticket"}' FROM generate_series(1, 30) AS n;
INSERT INTO public.teams SELECT public.key_of('team', o * 10 + n), public.key_of('organization', o), public.pick(ARRAY['First line', 'Engineering', 'Returns', 'Billing questions'], n)
    FROM generate_series(1, 3) AS o, generate_series(0, 3) AS n;
INSERT INTO public.sla_policies VALUES (public.key_of('sla', 0), NULL, 'Standard', '8 hours'), (public.key_of('sla', 100), NULL, 'Weekend', '1 day 4 hours');
INSERT INTO public.sla_policies SELECT public.key_of('sla', o), public.key_of('organization', o), 'Own promise', '90 minutes' FROM generate_series(1, 3) AS o;
INSERT INTO public.customers (id, organization_id, name, email, country_code, feed_state)
    SELECT public.key_of('customer', o * 1000 + n), public.key_of('organization', o),
        public.pick(ARRAY['Hafen', 'Lager', 'Bäckerei', 'Tischlerei', 'Usine', 'Sklep', 'Młyn'], n) || ' ' || public.pick(ARRAY['Müller', 'Lefèvre', 'Zając', 'Öström'], n) || ' ' || n,
        CASE WHEN n % 9 > 0 THEN 'customer' || n || '@example.net' END, public.pick(ARRAY['DE', 'FR', 'PL', 'SE'], n),
        'eyJhbGciOiJIUzI1NiJ9.' || md5('feed' || o || n) || '.' || md5('sign' || o || n)
    FROM generate_series(1, 3) AS o, generate_series(1, 160) AS n;
INSERT INTO public.tickets (id, organization_id, number, customer_id, team_id, sla_policy_id, assignee_id, merged_into_id, title, state, tags, custom, waited, opened_at)
    SELECT public.key_of('ticket', o * 10000 + n), public.key_of('organization', o), n, public.key_of('customer', o * 1000 + 1 + n % 160),
        CASE WHEN n % 5 > 0 THEN public.key_of('team', o * 10 + n % 4) END,
        CASE n % 4 WHEN 0 THEN public.key_of('sla', 0) WHEN 1 THEN public.key_of('sla', o) END,
        CASE WHEN n % 3 > 0 THEN public.key_of('user', 1 + n % 24) END,
        CASE WHEN n % 50 = 0 THEN public.key_of('ticket', o * 10000 + n - 1) END,
        public.pick(ARRAY['Crane does not lift', 'Label printer offline', 'Wrong colour delivered', 'Invoice address', 'Motor überhitzt'], n),
        (ARRAY['new', 'open', 'waiting', 'closed'])[1 + n % 4]::public.ticket_state,
        CASE n % 3 WHEN 0 THEN ARRAY['urgent', 'with, comma'] WHEN 1 THEN ARRAY['']::text[] ELSE '{}' END,
        CASE WHEN n % 6 = 0 THEN jsonb_build_object('serial', 'S' || n, 'note', E'line one\nline two\\') END,
        CASE WHEN n % 7 = 0 THEN tstzrange('2025-03-01', '2025-03-01'::timestamptz + n * interval '1 minute') END,
        '2025-03-01 08:00:00.000001+00'::timestamptz + n * interval '37 minutes'
    FROM generate_series(1, 3) AS o, generate_series(1, 400) AS n;
INSERT INTO public.ticket_comments
    SELECT public.key_of('comment', t.o * 100000 + t.n * 10 + c), public.key_of('ticket', t.o * 10000 + t.n),
        CASE WHEN c % 2 = 0 THEN public.key_of('user', 1 + t.n % 24) END,
        public.pick(ARRAY['Looked at it, needs a part.', E'Customer says:\n\t"still broken"', 'Done – closed.', 'Gibt es Neuigkeiten?'], t.n + c),
        '2025-03-02 08:00+00'::timestamptz + (t.n * 10 + c) * interval '1 minute'
    FROM (SELECT o, n FROM generate_series(1, 3) AS o, generate_series(1, 400) AS n) AS t, generate_series(1, 3) AS c;
UPDATE public.tickets SET pinned_comment_id = c.id FROM public.ticket_comments AS c WHERE c.ticket_id = tickets.id AND tickets.number % 11 = 0 AND c.author_id IS NOT NULL;
INSERT INTO public.comment_reactions SELECT id, public.key_of('user', 3), public.pick(ARRAY['👍', '🎉', '👀'], length(body)) FROM public.ticket_comments WHERE author_id IS NULL AND body LIKE 'D%';
INSERT INTO public.attachments SELECT public.key_of('attachment', row_number() OVER (ORDER BY id)), id, 'photo.jpg', 'uploads/' || id || '/photo.jpg', decode(md5(id::text), 'hex')
    FROM public.ticket_comments WHERE body LIKE 'L%';
INSERT INTO public.labels SELECT public.key_of('label', o * 10 + n), public.key_of('organization', o), public.pick(ARRAY['Warranty', 'Hardware', 'Follow up', 'VIP', 'Training'], n)
    FROM generate_series(1, 3) AS o, generate_series(0, 4) AS n;
INSERT INTO public.ticket_labels SELECT public.key_of('ticket', o * 10000 + n), public.key_of('label', o * 10 + n % 5) FROM generate_series(1, 3) AS o, generate_series(1, 400) AS n WHERE n % 2 = 0;
INSERT INTO public.articles SELECT public.key_of('article', o * 100 + n), public.key_of('organization', o), 'How to ' || n, repeat('A paragraph about it. ', n), n % 4 = 0
    FROM generate_series(1, 3) AS o, generate_series(1, 25) AS n;
INSERT INTO public.outbox_events (organization_id, payload) SELECT public.key_of('organization', 1 + n % 3), '{}' FROM generate_series(1, 12) AS n;
DROP FUNCTION public.pick(text[], bigint);
DROP FUNCTION public.key_of(text, bigint);
