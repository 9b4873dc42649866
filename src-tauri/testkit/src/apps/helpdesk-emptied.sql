DELETE FROM public.organization_settings WHERE organization_id = $company;
DELETE FROM public.tickets WHERE organization_id = $company;
DELETE FROM public.customers WHERE organization_id = $company;
DELETE FROM public.teams WHERE organization_id = $company;
DELETE FROM public.sla_policies WHERE organization_id = $company;
DELETE FROM public.labels WHERE organization_id = $company;
DELETE FROM public.articles WHERE organization_id = $company;
