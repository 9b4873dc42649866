//! Ids planted where no reference tells of them, in every form, of rows of every table.

use snapback_testkit::{COMPANIES, TestDatabase, seeds};

use crate::new_company::maker::{Maker, make, options};

/// A table of which the profile knows nothing, with two ids of rows of each table that has any.
const PLANT: &str = r#"
CREATE TABLE public.planted (
    number serial PRIMARY KEY, "companyId" text NOT NULL REFERENCES public.company (id), "ofTable" text NOT NULL, "madeAt" timestamptz,
    at text NOT NULL, list text[] NOT NULL, data jsonb NOT NULL, raw json NOT NULL, path text NOT NULL, prose text NOT NULL,
    unknown text NOT NULL, kept jsonb
);
DO $$ DECLARE t record; BEGIN
    FOR t IN SELECT c.relname FROM pg_class AS c JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary AND i.indnatts = 1
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.attname = 'id' AND a.atttypid = 'text'::regtype
             WHERE c.relnamespace = 'public'::regnamespace
               AND EXISTS (SELECT FROM pg_attribute AS o WHERE o.attrelid = c.oid AND o.attname = 'companyId' AND NOT o.attisdropped)
               AND EXISTS (SELECT FROM pg_attribute AS o WHERE o.attrelid = c.oid AND o.attname = 'createdAt' AND NOT o.attisdropped)
               AND c.relname NOT IN ('webhook', 'apiKey', 'oauthClient', 'oauthCode', 'oauthToken', 'invite', 'ssoConnection', 'ssoDomain',
                   'externalLink', 'externalIntegrationMapping', 'eventSystemSubscription', 'slackDocumentThread', 'printJob',
                   'notificationDelivery', 'tableChange', 'companyUsage', 'demandForecastSource')
    LOOP
        EXECUTE format($q$
            INSERT INTO public.planted ("companyId", "ofTable", "madeAt", at, list, data, raw, path, prose, unknown)
            SELECT 'COMPANY', %1$L, t."createdAt", t.id, ARRAY['x', t.id],
                jsonb_build_object(t.id, 1.50, 'deep', jsonb_build_array(jsonb_build_object('mention', t.id), 'see ' || t.id || E'\n' || t.id)),
                ('{ "b" : "' || t.id || '",  "a":1.0, "n" : null }')::json,
                '/file/preview/private/COMPANY/' || t.id || '/drawing.pdf',
                'As said in ' || t.id || ', (' || t.id || ').', 'not' || t.id
              FROM public.%1$I AS t WHERE t."companyId" = 'COMPANY' AND t."createdAt" IS NOT NULL
             ORDER BY md5(t.id || 'SEED') LIMIT 2 $q$, t.relname);
    END LOOP;
END $$;
-- Ids that lead to what the copy begins without: one of a row that is left out, and one of a table that is in no backup.
UPDATE public.planted SET kept = jsonb_build_object(
    'left out', (SELECT t.id FROM public."intercompanyTransaction" AS t JOIN public.company AS c USING ("companyGroupId")
                  WHERE c.id = 'COMPANY' ORDER BY t.id LIMIT 1),
    'secret', 'see ' || (SELECT id FROM public.webhook WHERE "companyId" = 'COMPANY' ORDER BY id LIMIT 1))
 WHERE number = (SELECT min(number) FROM public.planted WHERE "companyId" = 'COMPANY');
"#;

/// Rows whose planted ids are not all the new id of the same row: by table.
const WRONG: &str = r#"
CREATE FUNCTION public.wrong() RETURNS text LANGUAGE plpgsql AS $$
DECLARE p record; good boolean; found text := NULL;
BEGIN
    FOR p IN SELECT * FROM public.planted WHERE "companyId" = 'COMPANY' LOOP
        EXECUTE format('SELECT count(*) = 1 FROM public.%I AS t WHERE t.id = $1 AND t."companyId" = $2 AND t."createdAt" = $3', p."ofTable")
           INTO good USING p.at, p."companyId", p."madeAt";
        IF NOT good OR p.list <> ARRAY['x', p.at]
            OR p.data::text <> jsonb_build_object(p.at, 1.50, 'deep', jsonb_build_array(jsonb_build_object('mention', p.at), 'see ' || p.at || E'\n' || p.at))::text
            OR p.raw::text <> '{ "b" : "' || p.at || '",  "a":1.0, "n" : null }'
            OR p.path <> '/file/preview/private/COMPANY/' || p.at || '/drawing.pdf'
            OR p.prose <> 'As said in ' || p.at || ', (' || p.at || ').'
            OR p.unknown = 'not' || p.at
        THEN found := concat_ws(', ', found, p."ofTable"); END IF;
    END LOOP;
    RETURN found;
END $$;
"#;

#[tokio::test]
async fn ids_that_no_reference_tells_of_follow_wherever_they_stand() {
    for seed in seeds(1, 20) {
        let database = TestDatabase::demo().await;
        let maker = Maker::new();
        let plant = PLANT
            .replace("COMPANY", COMPANIES[0].id)
            .replace("SEED", &seed.to_string());
        database.run(&plant).await;
        let email = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
        let email = database.value(email).await.unwrap();
        let archive = maker.backup(&database.settings(), COMPANIES[0].id).await;
        let report = make(&database.settings(), &archive, options("Übung", &email)).await;
        let report = report.unwrap();
        let id = report.company.id.as_str();
        let count = |company: &str| {
            format!("SELECT count(*) FROM public.planted WHERE \"companyId\" = '{company}'")
        };
        let planted = database.value(&count(COMPANIES[0].id)).await;
        assert_eq!(database.value(&count(id)).await, planted);
        assert!(planted.unwrap().parse::<u64>().unwrap() > 200);
        let mut tables = report.tables.iter();
        let told = tables.find(|table| table.table.name == "planted").unwrap();
        let told = told.columns.iter().find(|column| column.column == "kept");
        let told = told
            .expect("values that are left as they are are told of")
            .found;
        assert_eq!((told.left, told.unknown, told.replaced()), (1, 1, 0));
        database.run(&WRONG.replace("COMPANY", id)).await;
        assert_eq!(database.value("public.wrong()").await, None);
        // Numbers of the table's own sequence, in the same order.
        let order = format!(
            "SELECT bool_and(n.\"ofTable\" = o.\"ofTable\") FROM \
             (SELECT row_number() OVER (ORDER BY number) AS r, * FROM public.planted WHERE \"companyId\" = '{id}') AS n JOIN \
             (SELECT row_number() OVER (ORDER BY number) AS r, * FROM public.planted WHERE \"companyId\" = '{}') AS o USING (r)",
            COMPANIES[0].id
        );
        assert_eq!(database.value(&order).await.as_deref(), Some("true"));
    }
}
