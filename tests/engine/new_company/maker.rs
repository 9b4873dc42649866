//! The demo's databases, backups of its companies, and new ones made from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use snapback_engine::archive::{Manifest, Reader};
use snapback_engine::company::{self, Actor, Target};
use snapback_engine::library::Library;
use snapback_engine::new_company::{self, NewOptions, NewPlan, NewReport};
use snapback_engine::pg::Settings;
use snapback_engine::reporter::Silent;
use snapback_engine::snapshot::{self, Corrupted, CreateOptions};
use snapback_engine::{CancelToken, Result, profile};
use snapback_testkit::{COMPANIES, Fingerprint, Reach, TestDatabase};
use tokio::sync::OnceCell;

/// Columns whose ids people know, so that they stay: as `table`.
pub(crate) const READABLE: [&str; 6] = [
    "consumable",
    "fixture",
    "material",
    "part",
    "service",
    "tool",
];

/// A library and what is done with it.
pub(crate) struct Maker {
    pub(crate) library: Library,
    _folder: tempfile::TempDir,
}

impl Maker {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            library: Library::open(&folder.path().join("library")).unwrap(),
            _folder: folder,
        }
    }

    /// Backs up the company of that id.
    pub(crate) async fn backup(&self, settings: &Settings, company: &str) -> PathBuf {
        self.backup_with(settings, company, Corrupted::Refuse).await
    }

    /// The same, where rows that must refer to another company's are dealt with like that.
    pub(crate) async fn backup_with(
        &self,
        settings: &Settings,
        company: &str,
        corrupted: Corrupted,
    ) -> PathBuf {
        let mut opened = company::open(&target(settings), company).await.unwrap();
        let now = later();
        let path = self.library.new_archive_path(opened.company(), now, None);
        let mut options = CreateOptions::new(path.unwrap(), actor(), now);
        options.corrupted = corrupted;
        let cancel = CancelToken::new();
        let created = snapshot::create(&mut opened, &self.library, options, &Silent, &cancel);
        let created = Box::pin(created).await.unwrap().completed().unwrap();
        opened.session.close().await;
        created.archive.path
    }
}

/// The backup of the demo's second company as it is, made once for all tests that need no other.
pub(crate) async fn plain_archive() -> &'static Path {
    static PLAIN: OnceCell<(Maker, PathBuf)> = OnceCell::const_new();
    let (_, archive) = PLAIN
        .get_or_init(|| async {
            let (database, maker) = (TestDatabase::demo().await, Maker::new());
            let archive = maker.backup(&database.settings(), COMPANIES[1].id).await;
            (maker, archive)
        })
        .await;
    archive
}

pub(crate) fn target(settings: &Settings) -> Target {
    Target {
        settings: settings.clone(),
        profile: profile::built_in("carbon").unwrap(),
        acting_as: None,
        catalogs: None,
    }
}

pub(crate) fn actor() -> Actor {
    Actor {
        os_user: "tester".to_owned(),
        host: "workbench".to_owned(),
        app_user: None,
    }
}

/// An instant later than all before.
fn later() -> Timestamp {
    static SECOND: AtomicI64 = AtomicI64::new(1_790_000_000);
    Timestamp::from_second(SECOND.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// A new company of that name, owned by that user.
pub(crate) fn options(name: &str, owner: &str) -> NewOptions {
    let mut options = NewOptions::new(actor(), name, later(), tempfile::env::temp_dir());
    options.owner = Some(owner.to_owned());
    options
}

pub(crate) async fn plan(
    settings: &Settings,
    archive: &Path,
    options: NewOptions,
) -> Result<NewPlan> {
    let reader = Arc::new(Reader::open(archive).unwrap());
    let cancel = CancelToken::new();
    new_company::plan(&target(settings), &reader, options, &Silent, &cancel)
        .await?
        .completed()
}

pub(crate) async fn make(
    settings: &Settings,
    archive: &Path,
    options: NewOptions,
) -> Result<NewReport> {
    let plan = plan(settings, archive, options).await?;
    new_company::run(plan, &Silent, &CancelToken::new())
        .await?
        .completed()
}

/// The rows of an archive by table, each a line, with their columns.
pub(crate) struct Rows {
    pub(crate) manifest: Manifest,
    pub(crate) tables: BTreeMap<String, (Vec<String>, Vec<String>)>,
}

impl Rows {
    pub(crate) fn of(archive: &Path) -> Self {
        let reader = Reader::open(archive).unwrap();
        let mut tables = BTreeMap::new();
        for entry in &reader.manifest().tables {
            let mut rows = reader.rows(&entry.table).unwrap();
            let mut lines = Vec::new();
            while let Some(line) = rows.next_row().unwrap() {
                lines.push(String::from_utf8(line.to_vec()).unwrap());
            }
            tables.insert(entry.table.name.clone(), (entry.columns.clone(), lines));
        }
        Self {
            manifest: reader.manifest().clone(),
            tables,
        }
    }

    /// Every value of a column.
    pub(crate) fn column(&self, table: &str, column: &str) -> Vec<String> {
        let (columns, lines) = &self.tables[table];
        let place = columns.iter().position(|name| name == column).unwrap();
        let fields = lines
            .iter()
            .map(|line| line.split('\t').nth(place).unwrap());
        fields.map(str::to_owned).collect()
    }

    /// The ids of all rows that a copy must not have, and the company's and its group's.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        let people: BTreeSet<&str> = self
            .manifest
            .people
            .iter()
            .map(|person| person.id.as_str())
            .collect();
        let mut ids = BTreeSet::from([self.manifest.company.id.to_string()]);
        ids.extend(self.manifest.company.group.clone());
        for (table, (columns, _)) in &self.tables {
            if columns.iter().any(|name| name == "id") && !READABLE.contains(&table.as_str()) {
                ids.extend(self.column(table, "id"));
            }
        }
        ids.retain(|id| id.len() > 11 && !people.contains(id.as_str()));
        ids
    }

    /// Where any of those ids stands as a word, by table and column.
    pub(crate) fn places_of(&self, ids: &BTreeSet<String>) -> BTreeMap<String, u64> {
        let mut places = BTreeMap::new();
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        for (table, (columns, lines)) in &self.tables {
            for line in lines {
                for (column, field) in columns.iter().zip(line.split('\t')) {
                    let mut words = field.split(|c| !is_of_word(c));
                    if words.any(|word| ids.contains(word)) {
                        *places.entry(format!("{table}.{column}")).or_default() += 1;
                    }
                }
            }
        }
        places
    }
}

/// References that lead nowhere, found by the catalog alone: `table.constraint`.
pub(crate) async fn broken_references(database: &TestDatabase) -> Option<String> {
    database
        .run(
            "CREATE OR REPLACE FUNCTION pg_temp.x() RETURNS int LANGUAGE sql AS 'SELECT 1';
             DROP FUNCTION IF EXISTS public.broken_references();
             CREATE FUNCTION public.broken_references() RETURNS text LANGUAGE plpgsql AS $$
             DECLARE c record; n bigint; found text := NULL;
             BEGIN
               FOR c IN SELECT k.conname, k.conrelid::regclass AS child, k.confrelid::regclass AS parent,
                   (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ' ORDER BY u.place)
                      FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(here, there, place)
                      JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.here
                      JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = u.there) AS same,
                   (SELECT string_agg(format('c.%I IS NOT NULL', a.attname), ' AND ')
                      FROM unnest(k.conkey) AS u(here) JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.here) AS filled
                   FROM pg_constraint AS k WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace LOOP
                 EXECUTE format('SELECT count(*) FROM %s AS c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS p WHERE %s)',
                     c.child, c.filled, c.parent, c.same) INTO n;
                 IF n > 0 THEN found := concat_ws(', ', found, format('%s.%s: %s', c.child, c.conname, n)); END IF;
               END LOOP;
               RETURN found;
             END $$;",
        )
        .await;
    let found = database.value("public.broken_references()").await;
    database
        .run("DROP FUNCTION public.broken_references()")
        .await;
    found
}

/// The fingerprint of everything that making that company must leave alone: all rows but its own, its
/// group's, and the permissions of whoever owns it.
pub(crate) async fn others(
    database: &TestDatabase,
    company: &str,
    group: &str,
    owner: &str,
) -> Fingerprint {
    let (company, group) = (company.to_owned(), group.to_owned());
    database
        .canary_beside(|table| {
            if (table.schema.as_str(), table.name.as_str()) == ("event", "queue") {
                return Reach::Rows(format!("\"companyIds\" <@ ARRAY['{company}']"));
            }
            if table.schema != "public" {
                return Reach::Nothing;
            }
            let over = |column: &str, target: &str| {
                Reach::Rows(format!(
                    "\"{column}\" IN (SELECT id FROM public.\"{target}\" WHERE \"companyId\" = '{company}')"
                ))
            };
            match table.name.as_str() {
                "company" => Reach::Rows(format!("id = '{company}'")),
                "companyGroup" => Reach::Rows(format!("id = '{group}'")),
                "userPermission" => Reach::Rows(format!("id = '{owner}'")),
                "account" | "currency" | "dimension" | "dimensionValue" | "exchangeRateHistory"
                | "intercompanyTransaction" => Reach::Rows(format!("\"companyGroupId\" = '{group}'")),
                "companyAccountsPayableBillingAddress"
                | "companyAccountsReceivableBillingAddress"
                | "companySettings"
                | "implementationHub"
                | "terms" => Reach::Rows(format!("id = '{company}'")),
                "documentFavorite" => over("documentId", "document"),
                "jobFavorite" => over("jobId", "job"),
                "purchaseOrderFavorite" => over("purchaseOrderId", "purchaseOrder"),
                "purchasingRfqFavorite" => over("rfqId", "purchasingRfq"),
                "quoteFavorite" => over("quoteId", "quote"),
                "salesOrderFavorite" => over("salesOrderId", "salesOrder"),
                "salesRfqFavorite" => over("rfqId", "salesRfq"),
                "supplierQuoteFavorite" => over("supplierQuoteId", "supplierQuote"),
                "membership" => over("groupId", "group"),
                "employeeTypePermission" => over("employeeTypeId", "employeeType"),
                "userAttribute" => over("userAttributeCategoryId", "userAttributeCategory"),
                "userAttributeValue" => Reach::Rows(format!(
                    "\"userAttributeId\" IN (SELECT a.id FROM public.\"userAttribute\" AS a JOIN public.\"userAttributeCategory\" AS c \
                     ON c.id = a.\"userAttributeCategoryId\" WHERE c.\"companyId\" = '{company}')"
                )),
                name if name.ends_with(&format!("_{company}")) => Reach::Everything,
                _ if table.has_company_column => {
                    Reach::Rows(format!("\"companyId\" = '{company}'"))
                }
                _ => Reach::Nothing,
            }
        })
        .await
}
