-- Prices that went wrong, bookings moved to another year (and so to another partition) or removed, a tree
-- that was rearranged, serial numbers swapped, pairs and readings without a key taken away and doubled.
UPDATE public.products SET daily_rate = daily_rate * 100 WHERE account_id = $company AND sku < 'M-020';
DELETE FROM public.booking_lines WHERE booking_id IN (SELECT id FROM public.bookings WHERE account_id = $company AND id % 3 = 1);
UPDATE public.bookings SET starts_on = starts_on + 400, ends_on = ends_on + 400 WHERE account_id = $company AND id % 3 = 1 AND id % 2 = 0;
DELETE FROM public.bookings WHERE account_id = $company AND id % 3 = 1 AND id % 5 = 0;
UPDATE public.bookings SET status = 'cancelled', deposit = 1::money, notes = E'bulk\n' WHERE account_id = $company AND id % 7 = 0;
UPDATE public.bookings SET tax_rate_id = NULL WHERE account_id = $company;
DELETE FROM public.tax_rates WHERE account_id = $company;
INSERT INTO public.customers (account_id, name) SELECT $company, 'Made since ' || n FROM generate_series(1, 3) AS n;
INSERT INTO public.bookings (account_id, customer_id, starts_on, ends_on, status)
    SELECT $company, id, day, day, 'quoted' FROM public.customers, unnest(ARRAY['2024-06-01', '2025-06-01', '2026-06-01', '2031-06-01']::date[]) AS day
     WHERE name LIKE 'Made since%';
INSERT INTO public.payments (account_id, booking_id, booking_starts_on, amount, paid_at)
    SELECT $company, id, starts_on, 5, '2026-06-02 00:00+00' FROM public.bookings WHERE account_id = $company AND status = 'quoted' AND ends_on = starts_on AND starts_on = '2025-06-01';
UPDATE public.categories SET parent_id = NULL, name = 'Once ' || name || ' ' || id WHERE account_id = $company AND name LIKE '%large';
DELETE FROM public.categories WHERE account_id = $company AND name = 'Electric';
WITH top AS (INSERT INTO public.categories (account_id, name) VALUES ($company, 'New root') RETURNING id, account_id)
    INSERT INTO public.categories (account_id, parent_id, name) SELECT account_id, id, 'New leaf' FROM top;
UPDATE public.units SET serial_number = CASE serial_number WHEN 'M-001/1' THEN 'M-002/1' ELSE 'M-001/1' END
    WHERE account_id = $company AND serial_number IN ('M-001/1', 'M-002/1');
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE public.units SET state = 'ready' WHERE account_id = $company AND state = 'repair';
UPDATE public.units SET state = 'repair' WHERE account_id = $company AND serial_number LIKE '%/3';
DELETE FROM public.customers_tags WHERE ctid IN (SELECT min(ct.ctid) FROM public.customers_tags AS ct JOIN public.customers AS c ON c.id = ct.customer_id
    WHERE c.account_id = $company GROUP BY ct.customer_id, ct.tag_id HAVING count(*) > 1);
INSERT INTO public.customers_tags SELECT c.id, t.id FROM public.customers AS c, public.tags AS t WHERE c.account_id = $company AND t.account_id = $company AND c.id % 50 = 0;
UPDATE public.meter_readings SET hours = hours + 1 WHERE unit_id IN (SELECT id FROM public.units WHERE account_id = $company AND serial_number LIKE 'M-00%');
INSERT INTO public.meter_readings SELECT id, '2026-01-01 00:00+00', 'NaN' FROM public.units, generate_series(1, 2) WHERE account_id = $company AND serial_number LIKE 'M-01%';
DELETE FROM public.meter_readings WHERE hours IS NULL AND unit_id IN (SELECT id FROM public.units WHERE account_id = $company);
DELETE FROM public.price_lists WHERE account_id = $company AND name = 'List 2025';
INSERT INTO public.price_lists (account_id, name, valid) VALUES ($company, 'Made since', '[2025-03-01,2025-04-01)');
