-- A price list was imported with the decimal comma lost: every price is a hundred times too high.
UPDATE "itemUnitSalePrice"
SET "unitSalePrice" = "unitSalePrice" * 100, "updatedAt" = '2026-10-30 16:04:11+00'
WHERE "companyId" = $1;

-- The same import cut the names of every fourth part.
UPDATE "item"
SET "name" = left("name", 9), "updatedAt" = '2026-10-30 16:04:12+00'
WHERE "companyId" = $1 AND right("readableId", 1) IN ('0', '4', '8');

-- Its last pages were no prices at all, and became items of their own.
INSERT INTO "item" ("id", "readableId", "name", "type", "itemTrackingType", "unitOfMeasureCode",
    "companyId", "createdBy", "createdAt")
SELECT 'cimport' || lpad(n::text, 13, '0'), 'IMPORT-' || lpad(n::text, 4, '0'),
    'Page ' || n || ' of 40', 'Part', 'Inventory', 'EA', $1,
    (SELECT "createdBy" FROM "item" WHERE "companyId" = $1 ORDER BY "id" LIMIT 1),
    '2026-10-30 16:04:13+00'
FROM generate_series(1, 40) AS n
ON CONFLICT DO NOTHING;

INSERT INTO "itemUnitSalePrice" ("itemId", "unitSalePrice", "currencyCode", "companyId",
    "createdBy", "createdAt")
SELECT "id", 0, 'EUR', "companyId", "createdBy", "createdAt"
FROM "item" WHERE "companyId" = $1 AND "id" LIKE 'cimport%'
    AND "id" NOT IN (SELECT "itemId" FROM "itemUnitSalePrice");

INSERT INTO "itemCost" ("itemId", "costingMethod", "unitCost", "companyId", "createdBy", "createdAt")
SELECT "id", 'Standard', 0, "companyId", "createdBy", "createdAt"
FROM "item" WHERE "companyId" = $1 AND "id" LIKE 'cimport%'
    AND "id" NOT IN (SELECT "itemId" FROM "itemCost");

-- Two suppliers' prices went the same way.
UPDATE "supplierPartPrice"
SET "unitPrice" = "unitPrice" * 100
WHERE "companyId" = $1 AND "supplierPartId" IN (
    SELECT "id" FROM "supplierPart" WHERE "companyId" = $1 AND "supplierId" IN (
        SELECT "id" FROM "supplier" WHERE "companyId" = $1 ORDER BY "readableId" LIMIT 2
    )
);
