//! A company that begins with nothing but what its owner needs to enter it: an archive with the few rows that
//! the profile lists, from which a company is made like from any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::options::NewOptions;
use super::plan::{NewPlan, plan};
use crate::archive::{DEFAULT_LEVEL, Kind, MemberSpool, Reader, TableEntry, Writer};
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::{self, Opened, Target};
use crate::difference::{Effect, Verdict};
use crate::model::{BlankRule, Company, CompanyId, MadeRow, Person, TableName};
use crate::reporter::Reporter;
use crate::rows::{KeyColumns, push_escaped};
use crate::{Code, Error, Result};

/// Stands in the rows for the owner, who takes the place of everybody that is not there.
const OWNER: &str = "owner";

/// Finds out what a company that begins with nothing would be. Changes nothing. `currency` is the code of
/// its currency, where it is not the profile's usual one.
///
/// # Errors
/// `usage` where the profile does not say what such a company needs; those of [`plan()`].
pub async fn plan_blank(
    target: &Target,
    currency: Option<&str>,
    options: NewOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<NewPlan>> {
    outcome(Box::pin(make(target, currency, options, reporter, cancel)).await)
}

async fn make(
    target: &Target,
    currency: Option<&str>,
    options: NewOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<NewPlan> {
    let rule = target.profile.new_company.as_ref();
    let rule = rule.and_then(|rule| rule.blank.as_ref()).ok_or_else(|| {
        Error::new(
            Code::Usage,
            "The profile does not say what a company needs that begins with nothing.",
        )
        .hint("Give it a section `new-company.blank`, or start from a backup.")
    })?;
    let spill_folder = &options.spill_folder;
    let failed = |error| Error::local_file("a spill file", spill_folder, &error);
    let folder = tempfile::tempdir_in(spill_folder).map_err(failed)?;
    let company = Company {
        id: CompanyId::new(rule.company.clone()),
        name: options.name.clone(),
        group: rule.group.clone(),
        alone_in_group: true,
    };
    let opened = company::open_new(target, &company).await?;
    let currency = currency.or(rule.currency.as_deref()).unwrap_or_default();
    let rows = rows(&opened, rule, &options.name, currency)?;
    let reader = Arc::new(write(&opened, &options, &rows, folder.path())?);
    opened.session.close().await;
    let mut plan = plan(target, &reader, options, reporter, cancel)
        .await?
        .completed()?;
    // That the rest has its default is what was asked for.
    plan.findings
        .retain(|finding| finding.effect == Effect::Blocked);
    plan.verdict = Verdict::of(&plan.findings);
    plan.people.clear();
    plan.is_blank = true;
    plan.made_for_it = Some(folder);
    Ok(plan)
}

/// Rows of one table: its columns, and lines of COPY text.
type TableRows = (Vec<String>, Vec<Vec<u8>>);

fn rows(
    opened: &Opened,
    rule: &BlankRule,
    name: &str,
    currency: &str,
) -> Result<BTreeMap<TableName, TableRows>> {
    let mut tables: BTreeMap<TableName, TableRows> = BTreeMap::new();
    for MadeRow { table, values } in &rule.rows {
        let table = opened.profile.table_name(table);
        // An older or a newer application may do without it.
        let Some(found) = opened.schema.tables.get(&table) else {
            continue;
        };
        let there: BTreeMap<&String, &String> = values
            .iter()
            .filter(|(column, _)| found.column(column).is_some())
            .collect();
        let columns: Vec<String> = there.keys().map(|column| (*column).clone()).collect();
        let mut line = Vec::new();
        for (place, value) in there.values().enumerate() {
            if place > 0 {
                line.push(b'\t');
            }
            let value = value
                .replace("{company}", &rule.company)
                .replace("{group}", rule.group.as_deref().unwrap_or_default())
                .replace("{owner}", OWNER)
                .replace("{currency}", currency)
                .replace("{name}", name);
            push_escaped(&mut line, Some(value.as_bytes()));
        }
        let (known, lines) = tables
            .entry(table.clone())
            .or_insert_with(|| (columns.clone(), Vec::new()));
        if *known != columns {
            return Err(Error::new(
                Code::InvalidProfile,
                "Rows of one table in `new-company.blank` name different columns.",
            )
            .with("table", &table));
        }
        lines.push(line);
    }
    Ok(tables)
}

fn write(
    opened: &Opened,
    options: &NewOptions,
    tables: &BTreeMap<TableName, TableRows>,
    folder: &Path,
) -> Result<Reader> {
    let path = folder.join("blank.snapback");
    let writer = Writer::create(&path, &opened.readme_facts(options.made_at))?;
    let mut entries = Vec::new();
    for (table, (columns, lines)) in tables {
        let key = opened
            .schema
            .tables
            .get(table)
            .and_then(|found| found.key.as_ref())
            .map(|key| key.columns.clone());
        let place = |name: &String| columns.iter().position(|column| column == name);
        let places: Option<Vec<usize>> = key.iter().flatten().map(place).collect();
        let (key_columns, sorting) = match places.filter(|places| !places.is_empty()) {
            Some(places) => (key.unwrap_or_default(), KeyColumns::at(places)),
            None => (Vec::new(), KeyColumns::whole_row(columns.len())),
        };
        let sorted: BTreeSet<(Vec<u8>, &Vec<u8>)> = lines
            .iter()
            .map(|line| {
                let mut key = Vec::new();
                sorting.push_key(line, &mut key);
                (key, line)
            })
            .collect();
        let mut member = MemberSpool::for_table(table, folder, DEFAULT_LEVEL)?;
        for (_, line) in sorted {
            member.push_row(line)?;
        }
        let (disposition, area) = opened.archived_disposition(table)?;
        let written = writer.append(&member.finish()?)?;
        entries.push(TableEntry::new(
            table.clone(),
            area,
            disposition,
            columns.clone(),
            key_columns,
            written,
        ));
    }
    let mut manifest = opened.manifest(Kind::Manual, &options.actor, options.made_at, entries);
    manifest.people = vec![Person {
        id: OWNER.to_owned(),
        name: None,
        email: None,
    }];
    let (written, _) = writer.seal(manifest)?.publish()?;
    Reader::open(&written.path)
}
