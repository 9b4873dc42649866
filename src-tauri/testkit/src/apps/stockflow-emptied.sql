ALTER TABLE public.movements DISABLE TRIGGER immutable;
DELETE FROM public.movements WHERE account_id = $company;
ALTER TABLE public.movements ENABLE TRIGGER immutable;
DELETE FROM public.clients WHERE account_id = $company;
DELETE FROM public.products WHERE account_id = $company;
DELETE FROM public.purchase_orders WHERE account_id = $company;
DELETE FROM public.settings WHERE account_id = $company;
