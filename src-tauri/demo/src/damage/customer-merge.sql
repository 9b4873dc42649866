-- Three customers were merged into the first one: what they bought moved over.
UPDATE "salesOrder" SET "customerId" = :first, "customerLocationId" = NULL, "customerContactId" = NULL,
    "customerEngineeringContactId" = NULL
WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "quote" SET "customerId" = :first, "customerLocationId" = NULL, "customerContactId" = NULL,
    "customerEngineeringContactId" = NULL
WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "salesRfq" SET "customerId" = :first, "customerLocationId" = NULL, "customerContactId" = NULL,
    "customerEngineeringContactId" = NULL
WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "salesInvoice" SET "customerId" = :first, "invoiceCustomerId" = NULL,
    "invoiceCustomerLocationId" = NULL, "invoiceCustomerContactId" = NULL
WHERE "companyId" = $1 AND ("customerId" IN :merged OR "invoiceCustomerId" IN :merged);

UPDATE "shipment" SET "customerId" = :first WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "opportunity" SET "customerId" = :first WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "job" SET "customerId" = :first WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "payment" SET "customerId" = :first WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "memo" SET "customerId" = :first WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "fixture" SET "customerId" = :first WHERE "companyId" = $1 AND "customerId" IN :merged;

UPDATE "customerPayment" SET "invoiceCustomerId" = :first
WHERE "companyId" = $1 AND "invoiceCustomerId" IN :merged;

UPDATE "customerShipping" SET "shippingCustomerId" = :first
WHERE "companyId" = $1 AND "shippingCustomerId" IN :merged;

UPDATE "quotePayment" SET "invoiceCustomerId" = :first
WHERE "companyId" = $1 AND "invoiceCustomerId" IN :merged;

UPDATE "salesOrderPayment" SET "invoiceCustomerId" = :first
WHERE "companyId" = $1 AND "invoiceCustomerId" IN :merged;

UPDATE "salesOrderShipment" SET "customerId" = :first
WHERE "companyId" = $1 AND "customerId" IN :merged;

-- Then they were deleted, with their locations, contacts and terms.
DELETE FROM "customer" WHERE "companyId" = $1 AND "id" IN :merged;
