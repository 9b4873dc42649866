-- Somebody tidied up what looked like old drafts: the last open orders and their lines are gone.
DELETE FROM "salesOrder" WHERE "companyId" = $1 AND "id" IN (
    SELECT "id" FROM "salesOrder" WHERE "companyId" = $1 AND "status" IN ('Draft', 'Confirmed')
    ORDER BY "salesOrderId" DESC LIMIT 12
);

-- Open quality issues were closed along the way.
UPDATE "nonConformance" SET "status" = 'Closed', "closeDate" = '2026-10-30'
WHERE "companyId" = $1 AND "status" <> 'Closed';

-- And a few purchase orders were "fixed" by hand.
UPDATE "purchaseOrderLine" SET "purchaseQuantity" = "purchaseQuantity" + 1
WHERE "companyId" = $1 AND "purchaseOrderId" IN (
    SELECT "id" FROM "purchaseOrder" WHERE "companyId" = $1 ORDER BY "purchaseOrderId" DESC LIMIT 10
);

DELETE FROM "note" WHERE "companyId" = $1 AND "id" IN (
    SELECT "id" FROM "note" WHERE "companyId" = $1 ORDER BY "id" LIMIT 20
);
