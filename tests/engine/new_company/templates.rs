//! Templates: saved from a backup without a database, found in a gallery, and companies made from them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use snapback_demo::{Industry, Spec, TEMPLATES};
use snapback_engine::archive::{Kind, Reader, Template};
use snapback_engine::model::TableName;
use snapback_engine::new_company::{self, NewOptions};
use snapback_engine::reporter::{Counters, Silent};
use snapback_engine::template::{self, Gallery, SaveOptions};
use snapback_engine::{CancelToken, Code, profile};
use snapback_testkit::{COMPANIES, TestDatabase};

use crate::new_company::maker::{
    Maker, Rows, actor, broken_references, options, plain_archive, target,
};

/// The demo's own last day.
fn today() -> Timestamp {
    let day = date(2026, 10, 30).to_zoned(TimeZone::UTC);
    day.unwrap().timestamp()
}

fn save(maker: &Maker, archive: &Path, template: Template, target: PathBuf) -> PathBuf {
    let reader = Reader::open(archive).unwrap();
    let options = SaveOptions {
        target,
        template,
        actor: actor(),
        now: today(),
        spill_folder: maker.library.spool_folder().to_owned(),
    };
    let carbon = profile::built_in("carbon").unwrap();
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    let saved = template::save(&reader, &carbon, &options, &counters, &cancel).unwrap();
    assert_eq!(counters.row_count(), reader.manifest().row_count);
    assert!(saved.masked.emails > 0);
    saved.archive.path
}

#[tokio::test]
async fn a_template_tells_of_nobody_and_starts_a_company_whose_today_is_today() {
    let database = TestDatabase::demo().await;
    let maker = Maker::new();
    let archive = plain_archive().await;
    let folder = tempfile::tempdir().unwrap();
    let template = Template::new("Service shop".to_owned(), None, None, today()).unwrap();
    let path = folder.path().join("service.snapback");
    let path = save(&maker, archive, template, path);

    let reader = Reader::open(&path).unwrap();
    reader
        .verify(&Counters::default(), &CancelToken::new())
        .unwrap();
    let manifest = reader.manifest();
    assert_eq!(manifest.kind, Kind::Template);
    let source = Rows::of(archive);
    assert_eq!(manifest.row_count, source.manifest.row_count);
    let nobody = |name: &Option<String>| name.is_none();
    let mut people = manifest.people.iter();
    assert!(people.all(|person| nobody(&person.name) && nobody(&person.email)));
    let rows = Rows::of(&path);
    for (table, (_, lines)) in &rows.tables {
        let mut addresses = lines.iter().flat_map(|line| line.split('@').skip(1));
        let leads_there = addresses.any(|rest| !rest.starts_with("example.invalid"));
        assert!(!leads_there, "{table}");
    }

    // Ten days later its orders are of ten days later.
    let gallery = Gallery {
        folder: Some(folder.path().to_owned()),
        shipped: &[],
    };
    let found = gallery.find("service SHOP").unwrap();
    let email = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
    let email = database.value(email).await.unwrap();
    let wanted = NewOptions {
        made_at: today().checked_add(240.hours()).unwrap(),
        ..options("Werkstatt", &email)
    };
    let report = make(&database, &found.reader, wanted).await;
    assert_eq!(broken_references(&database).await, None);
    let days = |company: &str| {
        format!(
            "SELECT sum(\"orderDate\" - DATE '2020-01-01')::text FROM public.\"salesOrder\" WHERE \"companyId\" = '{company}'"
        )
    };
    let counted = |company: &str| {
        format!(
            "SELECT count(\"orderDate\")::text FROM public.\"salesOrder\" WHERE \"companyId\" = '{company}'"
        )
    };
    let number = async |sql: String| -> i64 {
        let value = database.value(&sql).await.unwrap();
        value.parse().unwrap()
    };
    let (old, new) = (COMPANIES[1].id, report.company.id.as_str());
    let rows = number(counted(old)).await;
    assert!(rows > 0);
    assert_eq!(number(days(new)).await - number(days(old)).await, rows * 10);
}

async fn make(
    database: &TestDatabase,
    reader: &Arc<Reader>,
    options: NewOptions,
) -> new_company::NewReport {
    let target = target(&database.settings());
    let cancel = CancelToken::new();
    let plan = new_company::plan(&target, reader, options, &Silent, &cancel).await;
    let plan = plan.unwrap().completed().unwrap();
    let made = new_company::run(plan, &Silent, &cancel).await.unwrap();
    made.completed().unwrap()
}

#[test]
fn each_template_that_comes_with_snapback_has_a_picture_and_what_a_company_works_with() {
    let templates = shipped().list().unwrap().templates;
    assert_eq!(templates.len(), 4);
    for found in templates {
        let name = &found.template.name;
        assert!(
            found.is_shipped && found.template.picture().is_some(),
            "{name}"
        );
        let rows = |table: &str| {
            let table = TableName::new("public", table);
            let entry = found.reader.manifest().table(&table);
            entry.map_or(0, |entry| entry.row_count)
        };
        for table in ["customer", "supplier", "part", "quote", "salesOrder", "job"] {
            assert!(rows(table) >= 10, "{name}: {table}");
        }
    }
}

#[tokio::test]
async fn a_template_that_comes_with_snapback_makes_a_whole_company() {
    let database = TestDatabase::demo().await;
    let email = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
    let email = database.value(email).await.unwrap();
    let templates = shipped().list().unwrap().templates;
    let found = templates.into_iter().next().unwrap();
    let name = &found.template.name;
    let report = make(&database, &found.reader, options(name, &email)).await;
    let left: u64 = report.tables.iter().map(|table| table.left_out).sum();
    assert_eq!(left, 0);
    assert_eq!(broken_references(&database).await, None);
}

fn shipped() -> Gallery {
    Gallery {
        folder: None,
        shipped: TEMPLATES,
    }
}

#[test]
fn a_gallery_prefers_the_persons_own_and_tells_of_what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (name, bytes) = TEMPLATES[0];
    std::fs::write(folder.path().join("own.snapback"), bytes).unwrap();
    std::fs::write(
        folder.path().join("cut.snapback"),
        &bytes[..bytes.len() / 2],
    )
    .unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no archive").unwrap();
    let gallery = Gallery {
        folder: Some(folder.path().to_owned()),
        shipped: TEMPLATES,
    };
    let listing = gallery.list().unwrap();
    let same = Reader::open_program(name, bytes).unwrap();
    let same = &same.manifest().template.as_ref().unwrap().name;
    let own: Vec<bool> = listing
        .templates
        .iter()
        .filter(|found| found.template.name == *same)
        .map(|found| found.is_shipped)
        .collect();
    assert_eq!(own, [false]);
    assert_eq!(listing.templates.len(), TEMPLATES.len());
    assert_eq!(listing.unusable.len(), 1);
    assert_eq!(listing.unusable[0].error.code(), Code::ArchiveIncomplete);
    assert_eq!(
        gallery.find("none").unwrap_err().code(),
        Code::NoSuchArchive
    );
    let nowhere = Gallery {
        folder: Some(folder.path().join("not there")),
        shipped: &[],
    };
    assert!(nowhere.list().unwrap().templates.is_empty());
}

/// What the templates that come with Snapback say of themselves.
const SHIPPED: [(Industry, &str, &str, &str, &str); 4] = [
    (
        Industry::Machining,
        "precision-machining",
        "Precision machining",
        "Machining",
        "Turned and milled parts to drawing: quotes with price breaks, jobs over lathes and mills, gauges and first articles.",
    ),
    (
        Industry::Robotics,
        "robotics",
        "Robotics",
        "Robotics",
        "Grippers and robot cells: assemblies of bought and made parts, wiring, programming and run-in tests.",
    ),
    (
        Industry::Electronics,
        "electronics",
        "Electronics",
        "Electronics",
        "Boards and devices: placement lines, component suppliers, tests in circuit and tracked lots.",
    ),
    (
        Industry::Food,
        "food-equipment",
        "Food equipment",
        "Food equipment",
        "Machines for food makers: stainless sheet and tube, welding and polishing, factory tests with water.",
    ),
];

#[tokio::test]
#[ignore = "writes the templates that come with Snapback; make templates runs it"]
async fn the_templates_are_written_anew() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/templates");
    for (industry, file, name, kind, about) in SHIPPED {
        let spec = Spec {
            scale: 4.0,
            industry,
            ..Spec::default()
        };
        let database = TestDatabase::demo_of(spec).await;
        let maker = Maker::new();
        let archive = maker.backup(&database.settings(), COMPANIES[2].id).await;
        let picture = std::fs::read(folder.join(file).with_extension("png")).unwrap();
        let (kind, about) = (Some(kind.to_owned()), Some(about.to_owned()));
        let template = Template::new(name.to_owned(), kind, about, today()).unwrap();
        let template = template.with_picture(&picture).unwrap();
        let target = folder.join(file).with_extension("snapback");
        std::fs::remove_file(&target).ok();
        save(&maker, &archive, template, target);
    }
}
