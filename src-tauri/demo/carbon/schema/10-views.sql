-- Views and materialised views of the application, and what its readers may see.
SET ROLE carbon_owner;

CREATE VIEW "salesOrders" WITH (security_barrier) AS
SELECT "salesOrder".*,
    (SELECT sum(line."saleQuantity" * line."unitPrice" + line."addOnCost" + line."shippingCost")
     FROM "salesOrderLine" AS line WHERE line."salesOrderId" = "salesOrder"."id") AS "orderTotal"
FROM "salesOrder";

CREATE VIEW "purchaseOrders" WITH (security_barrier) AS
SELECT "purchaseOrder".*,
    (SELECT sum(line."extendedPrice" + line."shippingCost" + line."taxAmount")
     FROM "purchaseOrderLine" AS line WHERE line."purchaseOrderId" = "purchaseOrder"."id") AS "orderTotal"
FROM "purchaseOrder";

CREATE VIEW "customers" AS
SELECT "customer".*, "customerType"."name" AS "type", "customerStatus"."name" AS "status"
FROM "customer"
LEFT JOIN "customerType" ON "customerType"."id" = "customer"."customerTypeId"
LEFT JOIN "customerStatus" ON "customerStatus"."id" = "customer"."customerStatusId";

CREATE VIEW "parts" AS
SELECT item."id", item."readableIdWithRevision", item."name", item."companyId", cost."unitCost",
    price."unitSalePrice"
FROM "item" AS item
LEFT JOIN "itemCost" AS cost ON cost."itemId" = item."id"
LEFT JOIN "itemUnitSalePrice" AS price ON price."itemId" = item."id"
WHERE item."type" = 'Part';

CREATE VIEW "itemLedgers" AS
SELECT "itemLedger".*, "item"."readableIdWithRevision"
FROM "itemLedger" JOIN "item" ON "item"."id" = "itemLedger"."itemId";

CREATE VIEW "jobs" AS
SELECT "job".*, "item"."name" AS "itemName", "customer"."name" AS "customerName"
FROM "job"
JOIN "item" ON "item"."id" = "job"."itemId"
LEFT JOIN "customer" ON "customer"."id" = "job"."customerId";

CREATE MATERIALIZED VIEW "itemLedgerSnapshot" AS
SELECT "companyId", "itemId", "locationId", date_trunc('month', "postingDate")::date AS "month",
    sum("quantity") AS "quantity"
FROM "itemLedger" GROUP BY 1, 2, 3, 4
WITH NO DATA;

CREATE MATERIALIZED VIEW "itemStockQuantities" AS
SELECT "itemId", "companyId", "locationId", "storageUnitId", "trackedEntityId",
    sum("quantity") AS "quantityOnHand"
FROM "itemLedger" GROUP BY 1, 2, 3, 4, 5
WITH NO DATA;
CREATE UNIQUE INDEX ON "itemStockQuantities"
    ("itemId", "companyId", "locationId", "storageUnitId", "trackedEntityId");

RESET ROLE;

GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role, snapback_reader, plain_reader;
GRANT USAGE ON SCHEMA auth, storage, supabase_migrations, event TO snapback_reader, plain_reader,
    snapback_restorer;
GRANT USAGE ON SCHEMA supabase_migrations TO carbon_owner;
GRANT SELECT ON ALL TABLES IN SCHEMA public, auth, storage, supabase_migrations, event
    TO snapback_reader, plain_reader, snapback_restorer;
GRANT SELECT ON ALL TABLES IN SCHEMA supabase_migrations TO carbon_owner;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO snapback_reader, plain_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO authenticated, service_role;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO authenticated, service_role;
GRANT SELECT ON "plan", "country", "currencyCode" TO anon;
