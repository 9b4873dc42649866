SELECT accounts.id::text, accounts.name, count(counted.account_id)
  FROM public.accounts
  LEFT JOIN (SELECT account_id FROM public.settings
       UNION ALL SELECT account_id FROM public.users
       UNION ALL SELECT account_id FROM public.products
       UNION ALL SELECT account_id FROM public.inventory
       UNION ALL SELECT account_id FROM public.clients
       UNION ALL SELECT account_id FROM public.orders
       UNION ALL SELECT account_id FROM public.invoices
       UNION ALL SELECT account_id FROM public.purchase_orders
       UNION ALL SELECT account_id FROM public.movements) AS counted ON counted.account_id = accounts.id
 GROUP BY accounts.id, accounts.name
 ORDER BY 3 DESC
