//! Handing over: rows as CSV in a ZIP, and differences as reports.

use std::collections::BTreeSet;

use crate::person::{DAMAGE, Person, Said, assert_words, program};

/// What was said, without the person's folder.
fn words(person: &Person, said: &Said) -> String {
    said.all()
        .replace(person.home().to_str().unwrap(), "[home]")
}

#[tokio::test]
async fn a_company_is_handed_over_from_an_archive_and_as_it_is() {
    let person = Person::new().await;
    let archive = person.backup();
    let said = person.done(&["export", "--csv", "acme.zip", "--from", &archive]);
    assert_words("export", &words(&person, &said));
    let live = ["export", "--csv", "live.zip", "--company", "acme", "--only"];
    let live = [live.as_slice(), &["area:sales", "--bom", "--safe-cells"]].concat();
    assert_words("export-live", &words(&person, &person.done(&live)));
    let sheets = [
        "export",
        "--xlsx",
        "acme.xlsx",
        "--from",
        &archive,
        "--only",
        "area:sales",
    ];
    assert_words("export-xlsx", &words(&person, &person.done(&sheets)));
    let (code, report) = person.json(&["export", "--csv", "json.zip", "--from", &archive]);
    assert_eq!((code, &report["row_count"]), (0, &618.into()));
    for (name, arguments) in [
        (
            "error-export-there",
            ["--csv", "acme.zip", "--from", &archive].as_slice(),
        ),
        (
            "error-export-row",
            &[
                "--csv",
                "x.zip",
                "--from",
                &archive,
                "--only",
                "customer:acme-c7",
            ],
        ),
        (
            "error-export-area",
            &[
                "--csv",
                "x.zip",
                "--from",
                &archive,
                "--only",
                "area:shipping",
            ],
        ),
        ("error-export-nothing", &["--csv", "x.zip"]),
        (
            "error-export-carbon",
            &["--carbon", "x.zip", "--from", &archive],
        ),
    ] {
        let said = person.run(&[["export"].as_slice(), arguments].concat());
        assert_eq!(said.code, 2, "{}", said.all());
        assert_words(name, &words(&person, &said));
        assert!(!person.home().join("x.zip").exists());
    }
    std::fs::write(person.home().join("any.gz"), "no archive").unwrap();
    let said = person.run(&["import", "any.gz"]);
    assert_eq!(said.code, 20, "{}", said.all());
    assert_words("error-import", &words(&person, &said));
}

/// What differs in a table, by `EXCEPT` in both directions: the change and the key, as a report says it.
async fn oracle(person: &Person, table: &str, columns: &str, key: &str) -> BTreeSet<[String; 3]> {
    let rows = |schema: &str| {
        format!("SELECT {columns} FROM {schema}.\"{table}\" WHERE \"companyId\" = 'acme'")
    };
    let (then, now) = (rows("kept"), rows("public"));
    let side = |first: &str, second: &str| {
        format!("SELECT {key} AS key FROM ({first} EXCEPT {second}) AS s")
    };
    let sql = format!(
        "SELECT coalesce(json_agg(json_build_array('public.{table}', \
         CASE WHEN b.key IS NULL THEN 'added' WHEN a.key IS NULL THEN 'removed' ELSE 'changed' END, \
         coalesce(b.key, a.key))), '[]') FROM ({}) AS b FULL JOIN ({}) AS a ON a.key = b.key",
        side(&then, &now),
        side(&now, &then)
    );
    let rows = person.database.value(&sql).await.unwrap();
    serde_json::from_str(&rows).unwrap()
}

#[tokio::test]
async fn a_difference_is_written_as_a_page_and_as_csv_and_says_what_sql_says() {
    let person = Person::new().await;
    let keep = "CREATE SCHEMA kept; DO $$ DECLARE t text; BEGIN
        FOREACH t IN ARRAY ARRAY['customer', 'product', 'order', 'orderLine'] LOOP
            EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', t); END LOOP; END $$";
    person.database.run(keep).await;
    let before = person.backup();
    person.database.run(DAMAGE).await;
    let more = "
        UPDATE public.customer SET name = '<script>alert(\"x\")</script>' WHERE id = 'acme-c3';
        UPDATE public.\"order\" SET note = NULL, total = total + 0.005 WHERE \"companyId\" = 'acme' AND id % 7 = 0;
        DELETE FROM public.\"orderLine\" WHERE \"companyId\" = 'acme' AND \"orderId\" % 9 = 0;
        UPDATE public.customer SET name = '=1+1' WHERE id = 'acme-c4';
        INSERT INTO public.product VALUES ('acme', 'a \"b\", c', 1);";
    person.database.run(more).await;
    let after = person.backup_called("after");
    let twice = ["diff", &before, &after, "--html", "one", "--csv", "one"];
    assert_eq!(person.run(&twice).code, 2);
    assert!(!person.home().join("one").exists());
    let arguments = [
        "diff",
        &before,
        &after,
        "--html",
        "report.html",
        "--csv",
        "report.csv",
    ];
    let output = program(person.home())
        .args(arguments)
        .args(["--profile", "workshop.toml"])
        .output();
    let said = Said::of(&arguments, output.unwrap());
    assert_eq!(said.code, 0, "{}", said.all());
    let mut expected = BTreeSet::new();
    for (table, columns, key) in [
        (
            "customer",
            "id, name, \"parentId\", \"paymentTermId\", \"updatedBy\"",
            "'id=' || s.id",
        ),
        ("product", "*", "'companyId=acme, code=' || s.code"),
        (
            "order",
            "id, \"customerId\", state, total, note, data::text, \"madeAt\"",
            "'id=' || s.id",
        ),
        (
            "orderLine",
            "*",
            "'orderId=' || s.\"orderId\" || ', position=' || s.position",
        ),
    ] {
        expected.extend(oracle(&person, table, columns, key).await);
    }
    let mut reader = csv::Reader::from_path(person.home().join("report.csv")).unwrap();
    let (mut found, mut all) = (BTreeSet::new(), BTreeSet::new());
    for row in reader.records() {
        let row = row.unwrap();
        all.insert([1, 2, 3].map(|place| row[place].to_owned()));
        if &row[1] != "public.orderTag" {
            found.insert([1, 2, 3].map(|place| row[place].to_owned()));
        }
    }
    assert!(found.len() > 30);
    assert_eq!(found, expected);
    let page = std::fs::read_to_string(person.home().join("report.html")).unwrap();
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(&quot;x&quot;)"));
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert_eq!(page.matches("<details").count(), all.len());
    for said in ["Customer 7", "Made since", "default-src 'none'"] {
        assert!(page.contains(said), "{said}");
    }
    let again = person.run(&["diff", &before, &after, "--html", "report.html"]);
    assert_eq!(again.code, 2, "{}", again.all());
    let live = [
        "diff",
        &before,
        "live",
        "--company",
        "acme",
        "--csv",
        "live.csv",
    ];
    person.done(&live);
    // A row is named as it is on the side where somebody is: by what is there now.
    let read = |name: &str| -> Vec<csv::StringRecord> {
        let mut reader = csv::Reader::from_path(person.home().join(name)).unwrap();
        let rows = reader.records().map(|row| {
            let row = row.unwrap();
            let unnamed = row.iter().enumerate().filter(|(place, _)| *place != 4);
            unnamed.map(|(_, value)| value).collect()
        });
        rows.collect()
    };
    assert_eq!(read("live.csv"), read("report.csv"));
    person.done(&["diff", &before, &after, "--csv", "safe.csv", "--safe-cells"]);
    let names = |file: &str| -> Vec<String> {
        let rows = read(file);
        let of_it = rows.iter().filter(|row| &row[3] == "id=acme-c4");
        of_it.map(|row| row[6].to_owned()).collect()
    };
    assert_eq!(names("report.csv"), ["=1+1"]);
    assert_eq!(names("safe.csv"), ["'=1+1"]);
}
