-- Every enum type with its values in their order.
SELECT pg_catalog.format_type(e.enumtypid, NULL),
       pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
  FROM pg_catalog.pg_enum AS e
 GROUP BY e.enumtypid;
