-- A bulk edit, customers removed with all that hung on them, numbers and addresses given out again,
-- names swapped, a promise withdrawn.
UPDATE public.tickets SET title = upper(title), tags = tags || ARRAY['bulk'], waited = NULL WHERE organization_id = $company AND number % 3 = 0;
DELETE FROM public.tickets WHERE organization_id = $company AND customer_id IN (
    SELECT customer_id FROM public.tickets WHERE organization_id = $company AND number BETWEEN 101 AND 115);
DELETE FROM public.customers AS c WHERE c.organization_id = $company AND NOT EXISTS (SELECT FROM public.tickets AS t WHERE t.customer_id = c.id);
INSERT INTO public.customers (organization_id, name, email) VALUES ($company, 'Made since', 'customer102@example.net');
INSERT INTO public.tickets (organization_id, number, customer_id, title, opened_at)
    SELECT $company, 100 + n, c.id, 'Made since ' || n, '2026-01-01 00:00+00' FROM public.customers AS c, generate_series(1, 5) AS n WHERE c.name = 'Made since';
INSERT INTO public.ticket_comments (ticket_id, body, written_at) SELECT id, 'Made since', opened_at FROM public.tickets WHERE title LIKE 'Made since%';
UPDATE public.tickets AS t SET pinned_comment_id = c.id FROM public.ticket_comments AS c WHERE c.ticket_id = t.id AND c.body = 'Made since';
DELETE FROM public.ticket_comments WHERE ticket_id IN (SELECT id FROM public.tickets WHERE organization_id = $company AND number % 22 = 0);
UPDATE public.labels SET name = 'parked' WHERE organization_id = $company AND name = 'Warranty';
UPDATE public.labels SET name = 'WARRANTY' WHERE organization_id = $company AND name = 'Hardware';
UPDATE public.labels SET name = 'Hardware' WHERE organization_id = $company AND name = 'parked';
DELETE FROM public.teams WHERE organization_id = $company AND name = 'Returns';
INSERT INTO public.teams (organization_id, name) VALUES ($company, 'Returns');
UPDATE public.tickets SET sla_policy_id = NULL WHERE organization_id = $company;
DELETE FROM public.sla_policies WHERE organization_id = $company;
UPDATE public.articles SET body = '' WHERE organization_id = $company;
DELETE FROM public.organization_settings WHERE organization_id = $company;
