-- Three accounts that do business. Equal scales make equal rows: nothing is drawn, everything is computed
-- from names and numbers. `stockflow.scale` says how much; 1 is about 13,000 rows.

-- One of so many choices, and an id, for what the text stands for.
CREATE FUNCTION pg_temp.pick(subject text, choices bigint) RETURNS bigint IMMUTABLE LANGUAGE sql AS
    $$ SELECT ('x' || substr(md5(subject), 1, 7))::bit(28)::int % choices $$;
CREATE FUNCTION pg_temp.id_of(subject text) RETURNS uuid IMMUTABLE LANGUAGE sql AS
    $$ SELECT overlay(overlay(md5(subject) PLACING '4' FROM 13) PLACING 'a' FROM 17)::uuid $$;
CREATE FUNCTION pg_temp.one_of(subject text, choices text[]) RETURNS text IMMUTABLE LANGUAGE sql AS
    $$ SELECT choices[1 + pg_temp.pick(subject, cardinality(choices))] $$;

-- What the accounts are, and how much of everything they have.
CREATE TEMPORARY TABLE firm AS
    SELECT account.*, greatest(12, round(products * scale))::int AS product_count, greatest(4, round(clients * scale))::int AS client_count,
        greatest(12, round(orders * scale))::int AS order_count, greatest(4, round(purchases * scale))::int AS purchase_count
      FROM (VALUES
        (1, '3f0c9a52-6d1b-4e7f-9a3c-51b8d2e47a10'::uuid, 'Nordlicht Outdoor GmbH', 'DE', 'EUR', 'Europe/Berlin', 0.19, 'nordlicht-outdoor.example',
            ARRAY['Lager Kiel', 'Laden Hamburg'], 360, 140, 1500, 160),
        (2, '8b27e1d4-0f95-4c38-b6aa-7d90c3f1e522'::uuid, 'Rösterei Aurora', 'AT', 'EUR', 'Europe/Vienna', 0.20, 'aurora-kaffee.example',
            ARRAY['Rösterei', 'Außenlager'], 120, 80, 700, 90),
        (3, 'c5d4f6a8-2b73-4191-8e0d-93f7a6b0d834'::uuid, 'Atelier Lindqvist AB', 'SE', 'SEK', 'Europe/Stockholm', 0.25, 'lindqvist.example',
            ARRAY['Verkstad', 'Butik'], 60, 30, 150, 40)
      ) AS account (n, id, name, country, currency, time_zone, tax_rate, domain, places, products, clients, orders, purchases),
      (SELECT current_setting('stockflow.scale')::numeric AS scale) AS given;

INSERT INTO public.schema_migrations VALUES ('20250114083000'), ('20250602141500'), ('20260311090000');
INSERT INTO public.units VALUES ('pc', 'piece'), ('kg', 'kilogram'), ('m', 'metre'), ('box', 'box of twelve');

INSERT INTO public.accounts (id, name, country, currency, created_at)
    SELECT id, name, country, currency, '2025-01-14 08:30:00+00'::timestamptz + n * interval '9 days 3 hours 17.25 seconds' FROM firm;
INSERT INTO public.subscriptions (account_id, plan, billing_reference, renews_on)
    SELECT id, CASE n WHEN 1 THEN 'business' ELSE 'team' END, 'sub_' || substr(md5('sub' || n), 1, 14), '2027-01-01'::date + n FROM firm;

CREATE TEMPORARY TABLE person AS
    SELECT firm.n AS firm, p AS n, first || ' ' || last AS name, lower(translate(first || '.' || last, 'äöüåéßÅ', 'aouaesA')) || '@' || domain AS email,
        (ARRAY['owner', 'manager', 'clerk', 'clerk', 'clerk', 'viewer'])[p] AS role
      FROM firm, generate_series(1, 6) AS p,
        LATERAL (SELECT (ARRAY['Jana', 'Tobias', 'Miriam', 'Aylin', 'Piotr', 'Henrik', 'Sofie', 'Lukas', 'Ines', 'Marek', 'Greta', 'Omar', 'Karin', 'Erik',
            'Nadja', 'Viktor', 'Elin', 'Paul'])[(firm.n - 1) * 6 + p] AS first, (ARRAY['Petersen', 'Brandt', 'Vogel', 'Demir', 'Nowak', 'Lund', 'Huber', 'Steiner',
            'Gruber', 'Wallner', 'Pichler', 'Haddad', 'Lindqvist', 'Åberg', 'Svensson', 'Ek', 'Holm', 'Sjöberg'])[(firm.n - 1) * 6 + p] AS last) AS names;
INSERT INTO public.users (account_id, name, email, role, password_hash, last_seen_at, created_at)
    SELECT firm.id, person.name, email, role::public.user_role, CASE WHEN person.n < 6 THEN '$argon2id$v=19$m=65536,t=3,p=4$' || md5(email) || md5(email || '.') END,
        CASE WHEN person.n < 6 THEN '2026-10-30 07:00:00+00'::timestamptz - person.n * interval '1 hour 7 minutes 0.125 seconds' END,
        '2025-01-20 09:00:00+00'::timestamptz + person.n * interval '12 days'
      FROM person JOIN firm ON firm.n = person.firm ORDER BY firm.n, person.n;
INSERT INTO public.api_tokens (id, account_id, user_id, name, token_hash)
    SELECT pg_temp.id_of('token' || users.id), account_id, users.id, 'Label printer', 'sft_' || md5(email) FROM public.users WHERE role = 'owner';

CREATE TEMPORARY TABLE article AS
    SELECT firm.n AS firm, firm.id AS account_id, p AS n, pg_temp.id_of('product' || firm.n || '/' || p) AS id, prefix || '-' || lpad((1000 + p)::text, 4, '0') AS sku,
        kind || ' ' || variety || ' ' || size AS name, kind AS category, CASE kind WHEN 'Green coffee' THEN 'kg' ELSE 'pc' END AS unit,
        round((base * (0.55 + pg_temp.pick('cost' || firm.n || kind || p, 40) / 100.0))::numeric, 4) AS cost, round((base + pg_temp.pick('price' || firm.n || p, 300) / 20.0)::numeric, 2) - 0.05 AS price,
        pg_temp.one_of('supplier' || firm.n || kind, suppliers) AS supplier
      FROM firm
      JOIN (VALUES
        (1, 'NO', ARRAY['Tent', 'Sleeping bag', 'Rucksack', 'Stove', 'Rain jacket', 'Trekking pole', 'Headlamp', 'Bottle', 'Map case'],
            ARRAY['Fjord', 'Skagen', 'Rügen', 'Lofoten', 'Harz', 'Ostsee', 'Brocken', 'Amrum'], ARRAY['S', 'M', 'L', 'XL', '2P', '3P'], ARRAY[249, 159, 119, 69, 139, 45, 39, 19, 15],
            ARRAY['Helsport AS', 'Baltic Textil Sp. z o.o.', 'Alpin Metall KG', 'Fjellutstyr AS']),
        (2, 'AU', ARRAY['Espresso', 'Filter coffee', 'Green coffee', 'Decaf', 'Cold brew', 'House blend'],
            ARRAY['Yirgacheffe', 'Huila', 'Antigua', 'Sidamo', 'Minas', 'Limu', 'Tarrazú'], ARRAY['250 g', '500 g', '1 kg', '5 kg'], ARRAY[18, 16, 9, 19, 14, 12],
            ARRAY['Donau Rohkaffee GmbH', 'Hafenkontor KG', 'Fair Beans Coop']),
        (3, 'LI', ARRAY['Chair', 'Table', 'Shelf', 'Lamp', 'Board'], ARRAY['Ek', 'Björk', 'Ask', 'Furu'], ARRAY['60', '90', '120', '180'], ARRAY[1850, 6400, 2300, 990, 240],
            ARRAY['Småland Trä AB', 'Ljus & Form AB'])
      ) AS assortment (firm, prefix, kinds, varieties, sizes, prices, suppliers) ON assortment.firm = firm.n,
      generate_series(1, product_count) AS p,
      LATERAL (SELECT 1 + (p - 1) % cardinality(kinds) AS at) AS place,
      LATERAL (SELECT kinds[at] AS kind, varieties[1 + (p - 1) / cardinality(kinds) % cardinality(varieties)] AS variety,
          sizes[1 + (p - 1) / (cardinality(kinds) * cardinality(varieties)) % cardinality(sizes)] AS size, prices[at] AS base) AS chosen;
INSERT INTO public.products (id, account_id, sku, name, category, unit, barcode, cost, price, supplier, reorder_at, is_active, attributes, created_at, updated_at)
    SELECT id, account_id, sku, name, category, unit, CASE WHEN n % 5 > 0 THEN '40' || lpad((60000000 + firm * 1000000 + n)::text, 9, '0') || (n % 10) END, cost, price, supplier, pg_temp.pick('reorder' || sku, 4) * 5, n % 23 > 0,
        jsonb_strip_nulls(jsonb_build_object('weight_g', 100 + pg_temp.pick('weight' || sku, 900) * 5, 'colour', pg_temp.one_of('colour' || sku, ARRAY['moss', 'granite', 'cherry', 'natural', NULL]))),
        '2025-02-03 10:00:00+00'::timestamptz + n * interval '37 minutes', '2026-09-01 06:00:00.5+00'::timestamptz + n * interval '11 minutes'
      FROM article ORDER BY firm, n;

INSERT INTO public.clients (id, account_id, number, name, contact, email, phone, website, vat_number, address, payment_days, credit_limit, notes, created_by, created_at)
    SELECT pg_temp.id_of('client' || firm.n || '/' || c), firm.id, 'K' || (10000 + c), made.name, made.contact, 'einkauf@' || host,
        CASE WHEN c % 7 > 0 THEN CASE firm.n WHEN 1 THEN '+49 ' WHEN 2 THEN '+43 ' ELSE '+46 ' END || (30 + pg_temp.pick('code' || host, 60)) || ' 555' || lpad(c::text, 4, '0') END, CASE WHEN c % 3 = 0 THEN 'https://www.' || host END,
        CASE WHEN c % 2 = 0 THEN firm.country || lpad((100000000 + firm.n * 7919 * c)::text, 9, '0') END,
        jsonb_build_object('street', pg_temp.one_of('street' || host, ARRAY['Hafenstraße', 'Marktplatz', 'Lindenweg', 'Storgatan', 'Ringstraße']) || ' ' || (1 + pg_temp.pick('number' || host, 90)),
            'zip', lpad((10000 + pg_temp.pick('zip' || host, 80000))::text, 5, '0'), 'city', city, 'country', firm.country),
        (ARRAY[14, 30, 30, 60])[1 + c % 4], CASE WHEN c % 4 = 0 THEN 1000 * (2 + pg_temp.pick('limit' || host, 20)) END,
        CASE WHEN c % 9 = 0 THEN E'Delivery to the back gate.\nRing twice.' END, (SELECT min(users.id) FROM public.users WHERE account_id = firm.id) + c % 4,
        '2025-02-10 08:00:00+00'::timestamptz + c * interval '1 day 5 hours 0.001 seconds'
      FROM firm, generate_series(1, client_count) AS c,
        LATERAL (SELECT pg_temp.one_of('city' || firm.n || c, CASE firm.n WHEN 1 THEN ARRAY['Kiel', 'Lübeck', 'Bremen', 'Rostock', 'Flensburg']
            WHEN 2 THEN ARRAY['Linz', 'Salzburg', 'Graz', 'Krems'] ELSE ARRAY['Malmö', 'Uppsala', 'Lund', 'Växjö'] END) AS city) AS towns,
        LATERAL (SELECT pg_temp.one_of('kind' || firm.n || c, ARRAY['Sporthaus', 'Kontor', 'Handel', 'Markthalle', 'Laden', 'Genossenschaft']) || ' '
            || pg_temp.one_of('family' || firm.n || c, ARRAY['Ahrens', 'Behn', 'Carstens', 'Drews', 'Ebert', 'Friis', 'Gärtner', 'Hinrichs', 'Iversen', 'Jansen', 'Köster', 'Lorenzen']) || ' ' || city AS name,
            'k' || (10000 + c) || '.' || firm.domain AS host, pg_temp.one_of('first' || firm.n || c, ARRAY['Anne', 'Bernd', 'Clara', 'Dirk', 'Eske', 'Frauke', 'Gunnar', 'Heike']) || ' '
            || pg_temp.one_of('last' || firm.n || c, ARRAY['Ahrens', 'Behn', 'Carstens', 'Drews', 'Ebert', 'Friis', 'Gärtner']) AS contact) AS made
      ORDER BY firm.n, c;

-- What was ordered, line by line, before it becomes the JSON of a document.
CREATE TEMPORARY TABLE sale AS
    SELECT firm.n AS firm, o AS n, 1 + pg_temp.pick('client' || firm.n || '/' || o, client_count) AS client, '2025-03-01'::date + (o * 600 / order_count) AS day,
        CASE WHEN o % 31 = 0 THEN 'cancelled' WHEN o * 20 > order_count * 19 THEN (ARRAY['draft', 'confirmed', 'packed'])[1 + o % 3] ELSE 'shipped' END AS status
      FROM firm, generate_series(1, order_count) AS o;
CREATE TEMPORARY TABLE sale_line AS
    SELECT sale.firm, sale.n AS document, l AS n, article.id AS product, article.sku, article.name, 1 + pg_temp.pick('quantity' || sale.firm || '/' || sale.n || '/' || l, 6) AS quantity, article.price
      FROM sale JOIN firm ON firm.n = sale.firm CROSS JOIN LATERAL generate_series(1, 1 + pg_temp.pick('lines' || sale.firm || '/' || sale.n, 4)::int) AS l
      JOIN article ON article.firm = sale.firm AND article.n = 1 + (pg_temp.pick('product' || sale.firm || '/' || sale.n, product_count) + l * 2) % product_count;
CREATE TEMPORARY TABLE purchase AS
    SELECT firm.n AS firm, o AS n, supplier, '2025-02-20'::date + (o * 600 / purchase_count) AS day,
        CASE WHEN o % 17 = 0 THEN 'cancelled' WHEN o * 10 > purchase_count * 9 THEN (ARRAY['draft', 'ordered'])[1 + o % 2] ELSE 'received' END AS status
      FROM firm, generate_series(1, purchase_count) AS o, LATERAL (SELECT pg_temp.one_of('po' || firm.n || '/' || o, array_agg(DISTINCT article.supplier)) AS supplier FROM article WHERE article.firm = firm.n) AS chosen;
CREATE TEMPORARY TABLE purchase_line AS
    SELECT firm, document, n, product, sku, name, cost, 10 + pg_temp.pick('received' || firm || '/' || document || '/' || n, 5) * 5 AS quantity
      FROM (SELECT purchase.firm, purchase.n AS document, article.id AS product, article.sku, article.name, article.cost,
                row_number() OVER (PARTITION BY purchase.firm, purchase.n ORDER BY pg_temp.pick('bought' || purchase.n || article.sku, 1000), article.n) AS n
              FROM purchase JOIN article ON article.firm = purchase.firm AND article.supplier = purchase.supplier) AS numbered
     WHERE n <= 3;

INSERT INTO public.orders (account_id, number, client_id, status, ordered_on, shipped_at, lines, net, tax, note, created_by, created_at)
    SELECT firm.id, 1000 + sale.n, pg_temp.id_of('client' || firm.n || '/' || sale.client), sale.status::public.order_status, sale.day,
        CASE sale.status WHEN 'shipped' THEN (sale.day + 2)::timestamp AT TIME ZONE 'UTC' + interval '9 hours' + sale.n * interval '1.037 seconds' END,
        made.lines, made.net, round(made.net * firm.tax_rate, 2), CASE WHEN sale.n % 12 = 0 THEN pg_temp.one_of('note' || sale.n, ARRAY['Express', 'Selbstabholung', 'Ring before delivery', 'Teillieferung möglich']) END,
        (SELECT min(users.id) FROM public.users WHERE account_id = firm.id) + 1 + sale.n % 4, sale.day::timestamp AT TIME ZONE 'UTC' + interval '8 hours' + sale.n * interval '0.731 seconds'
      FROM sale JOIN firm ON firm.n = sale.firm
      JOIN (SELECT firm, document, jsonb_agg(jsonb_build_object('product', product, 'sku', sku, 'name', name, 'quantity', quantity, 'price', price) ORDER BY n) AS lines, sum(quantity * price) AS net
              FROM sale_line GROUP BY firm, document) AS made ON made.firm = sale.firm AND made.document = sale.n
     ORDER BY sale.day, firm.n, sale.n;

INSERT INTO public.invoices (id, account_id, number, order_id, client_id, status, issued_on, due_on, total, paid, paid_at)
    SELECT pg_temp.id_of('invoice' || account_id || orders.number), account_id, 'R-' || to_char(issued, 'YYYY') || '-' || lpad(orders.number::text, 5, '0'), orders.id, client_id, state::public.invoice_status, issued, issued + 30, total,
        CASE state WHEN 'paid' THEN total ELSE 0 END, CASE state WHEN 'paid' THEN (issued + 3 + orders.number % 25)::timestamp AT TIME ZONE 'UTC' + interval '11 hours' END
      FROM public.orders, LATERAL (SELECT (shipped_at AT TIME ZONE 'UTC')::date AS issued) AS shipped,
        LATERAL (SELECT CASE WHEN issued < '2026-08-15' THEN CASE WHEN orders.number % 29 = 0 THEN 'void' ELSE 'paid' END WHEN issued < '2026-09-25' AND orders.number % 3 = 0 THEN 'overdue' WHEN orders.number % 2 = 0 THEN 'paid' ELSE 'sent' END AS state) AS states
     WHERE status = 'shipped' ORDER BY orders.id;

INSERT INTO public.purchase_orders (account_id, number, supplier, status, ordered_on, received_at, lines, total, created_by)
    SELECT firm.id, 500 + purchase.n, purchase.supplier, purchase.status::public.purchase_status, purchase.day,
        CASE purchase.status WHEN 'received' THEN (purchase.day + 6)::timestamp AT TIME ZONE 'UTC' + interval '13 hours' + purchase.n * interval '2.5 seconds' END,
        made.lines, made.total, (SELECT min(users.id) FROM public.users WHERE account_id = firm.id) + 1
      FROM purchase JOIN firm ON firm.n = purchase.firm
      JOIN (SELECT firm, document, jsonb_agg(jsonb_build_object('product', product, 'sku', sku, 'quantity', quantity, 'cost', cost) ORDER BY n) AS lines, round(sum(quantity * cost), 2) AS total
              FROM purchase_line GROUP BY firm, document) AS made ON made.firm = purchase.firm AND made.document = purchase.n
     ORDER BY purchase.day, firm.n, purchase.n;

-- The ledger: what was there, what came, what went, what was counted; never less than nothing.
CREATE TEMPORARY TABLE stock_move AS
    SELECT firm.n AS firm, article.id AS product, places[1] AS place, 'opening' AS kind, 5 + pg_temp.pick('opening' || article.sku, 40) + coalesce(sold.quantity, 0) AS quantity,
            NULL AS document, 'Stock when StockFlow was taken up' AS reason, '2025-02-01 06:00:00+00'::timestamptz + article.n * interval '1 second' AS moved_at
      FROM article JOIN firm ON firm.n = article.firm
      LEFT JOIN (SELECT product, sum(quantity) AS quantity FROM sale_line GROUP BY product) AS sold ON sold.product = article.id
    UNION ALL
    SELECT firm.n, line.product, places[1], 'receipt', line.quantity, 'PO-' || (500 + purchase.n), NULL, (purchase.day + 6)::timestamp AT TIME ZONE 'UTC' + interval '13 hours' + purchase.n * interval '2.5 seconds'
      FROM purchase_line AS line JOIN purchase ON purchase.firm = line.firm AND purchase.n = line.document JOIN firm ON firm.n = line.firm WHERE purchase.status = 'received'
    UNION ALL
    SELECT firm.n, line.product, places[1], 'shipment', -line.quantity, 'SO-' || (1000 + sale.n), NULL, (sale.day + 2)::timestamp AT TIME ZONE 'UTC' + interval '9 hours' + sale.n * interval '1.037 seconds'
      FROM sale_line AS line JOIN sale ON sale.firm = line.firm AND sale.n = line.document JOIN firm ON firm.n = line.firm WHERE sale.status = 'shipped'
    UNION ALL
    SELECT firm.n, article.id, place, 'transfer', CASE side WHEN 1 THEN -3 ELSE 3 END, 'T-' || article.n, NULL, '2025-06-01 07:00:00+00'::timestamptz + article.n * interval '1 hour'
      FROM article JOIN firm ON firm.n = article.firm, unnest(places) WITH ORDINALITY AS sides (place, side) WHERE article.n % 4 = 0
    UNION ALL
    SELECT firm.n, article.id, places[1], 'adjustment', CASE WHEN article.n % 2 = 0 THEN -1 ELSE 2 END, 'Count 2025', pg_temp.one_of('found' || article.sku, ARRAY['Damaged in the rack', 'Found behind a shelf', 'Miscounted before']), '2025-12-30 15:00:00+00'::timestamptz + article.n * interval '20 seconds'
      FROM article JOIN firm ON firm.n = article.firm WHERE article.n % 6 = 0;
INSERT INTO public.movements (account_id, product_id, location, kind, quantity, balance, document, reason, user_id, moved_at)
    SELECT firm.id, product, place, kind::public.movement_kind, quantity, sum(quantity) OVER (PARTITION BY product, place ORDER BY moved_at, document, quantity ROWS UNBOUNDED PRECEDING),
        document, reason, (SELECT min(users.id) FROM public.users WHERE account_id = firm.id) + 2 + pg_temp.pick(coalesce(document, 'opening'), 3)::int, moved_at
      FROM stock_move JOIN firm ON firm.n = stock_move.firm ORDER BY moved_at, document, firm.n, product, place, quantity;
INSERT INTO public.inventory (account_id, product_id, location, on_hand, reserved, moved_at)
    SELECT account_id, product_id, location, sum(movements.quantity), CASE WHEN location = min(places[1]) THEN coalesce(min(held.quantity), 0) ELSE 0 END, max(moved_at)
      FROM public.movements JOIN firm ON firm.id = account_id
      LEFT JOIN (SELECT product, sum(quantity) AS quantity FROM sale_line JOIN sale ON sale.firm = sale_line.firm AND sale.n = document WHERE status IN ('confirmed', 'packed') GROUP BY product) AS held ON held.product = product_id
     GROUP BY account_id, product_id, location;

INSERT INTO public.settings (account_id, time_zone, tax_rate, payment_days, next_order_number, next_invoice_number, next_purchase_number, invoice_footer, preferences)
    SELECT id, time_zone, tax_rate, 30, 1001 + order_count, 1001 + order_count, 501 + purchase_count, name || ' · ' || places[1] || E'\nIBAN ' || (ARRAY['DE89 3704 0044 0532 0130 00', 'AT61 1904 3002 3457 3201', 'SE45 5000 0000 0583 9825 7466'])[n],
        jsonb_build_object('language', CASE n WHEN 3 THEN 'sv' ELSE 'de' END, 'low_stock_mail', 'lager@' || domain, 'places', to_jsonb(places), 'week_starts', 'monday')
      FROM firm;

DROP TABLE firm, person, article, sale, sale_line, purchase, purchase_line, stock_move;
