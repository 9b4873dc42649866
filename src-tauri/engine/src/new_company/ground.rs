//! What is found out before anything is decided: whether the name is free, and which keys the company and
//! its group get.

use uuid::Uuid;

use super::options::{GroupChoice, IdChoice, NewOptions};
use crate::archive::Manifest;
use crate::catalog;
use crate::company::{self, Target};
use crate::model::{Company, CompanyId, Table, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::rekey::Renewal;
use crate::{Code, Error, Result};

/// What everything else stands on.
pub(super) struct Ground {
    /// The new company.
    pub(super) company: Company,
    /// The group that it joins, by key; `None` where it gets its own or there are no groups.
    pub(super) joined: Option<String>,
    /// How ids are renewed.
    pub(super) renewal: Renewal,
}

/// Finds it out.
///
/// # Errors
/// `other_company` where the archive is another application's, `name_taken`, `ids_taken`, `usage`,
/// `no_such_company`; errors of the connection.
pub(super) async fn ground(
    target: &Target,
    manifest: &Manifest,
    options: &NewOptions,
) -> Result<Ground> {
    let profile = &target.profile;
    manifest.require_profile(&profile.name)?;
    if options.name.trim().is_empty() {
        return Err(Error::new(Code::Usage, "A company needs a name."));
    }
    let everybody = Target {
        acting_as: None,
        ..target.clone()
    };
    let companies = company::companies(&everybody).await?;
    if companies.iter().any(|found| found.name == options.name) {
        return Err(
            Error::new(Code::NameTaken, "There is a company of that name already.").hint(
                "Give the new one another name; `snapback companies` lists those that are there.",
            ),
        );
    }
    let joined = match &options.group {
        GroupChoice::New => None,
        GroupChoice::Join(reference) => Some(group_of(target, &companies, reference).await?),
    };
    let mut session = Session::open(&target.settings).await?;
    let ground = keys(&mut session, target, manifest, options, joined).await;
    session.close().await;
    ground
}

async fn keys(
    session: &mut Session,
    target: &Target,
    manifest: &Manifest,
    options: &NewOptions,
    joined: Option<String>,
) -> Result<Ground> {
    let profile = &target.profile;
    let schema = catalog::read(session, std::slice::from_ref(&profile.schema)).await?;
    let source = &manifest.company;
    let renewal = match options.ids {
        IdChoice::Renew => Renewal::new(secret()),
        IdChoice::Keep => Renewal::keeping(),
    };
    let missing = |table: &TableName| {
        let message = format!("This database is not one of {}.", profile.title);
        Error::new(Code::ProfileMismatch, message).with("table", table)
    };
    let table = profile.table_name(&profile.company.table);
    let found = schema.tables.get(&table).ok_or_else(|| missing(&table))?;
    let key = (&table, found, profile.company.id.as_str());
    let id = new_key(session, key, source.id.as_str(), &renewal).await?;
    let group = match (&joined, &source.group, &profile.group) {
        (Some(joined), _, _) => Some(joined.clone()),
        (None, Some(group), Some(rule)) => {
            let table = profile.table_name(&rule.table);
            let found = schema.tables.get(&table).ok_or_else(|| missing(&table))?;
            let column = found.key.as_ref().and_then(|key| key.columns.first());
            let column = column.ok_or_else(|| missing(&table))?;
            Some(new_key(session, (&table, found, column), group, &renewal).await?)
        }
        _ => None,
    };
    Ok(Ground {
        renewal: renewal.with_company(source.id.as_str(), &id),
        company: Company {
            id: CompanyId::new(id),
            name: options.name.clone(),
            alone_in_group: joined.is_none(),
            group,
        },
        joined,
    })
}

/// A secret of one run.
pub(super) fn secret() -> [u8; 32] {
    let mut chance = blake3::Hasher::new();
    for _ in 0..4 {
        chance.update(Uuid::new_v4().as_bytes());
    }
    *chance.finalize().as_bytes()
}

/// A key that no row of the table has.
async fn new_key(
    session: &mut Session,
    (name, table, column): (&TableName, &Table, &str),
    old: &str,
    renewal: &Renewal,
) -> Result<String> {
    let type_name = table
        .column(column)
        .map_or("text", |column| column.type_name.as_str());
    let is_number = matches!(type_name, "smallint" | "integer" | "bigint");
    if is_number && !renewal.keeps() {
        let sql = format!(
            "SELECT (coalesce(max({}), 0) + 1)::text FROM {}",
            Ident(column),
            Qualified(name)
        );
        let rows = session.fetch_text_rows(&sql, &[]).await?;
        return rows
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .ok_or_else(|| Error::new(Code::Defect, "A table of companies gives no next key."));
    }
    let longest = type_name
        .split_once('(')
        .and_then(|(_, length)| length.strip_suffix(')')?.parse().ok());
    let new = renewal.renewed(old.as_bytes(), longest);
    let new = String::from_utf8_lossy(&new).into_owned();
    let sql = format!(
        "SELECT count(*)::text FROM {} WHERE {} = $1::text::{type_name}",
        Qualified(name),
        Ident(column)
    );
    let rows = session.fetch_text_rows(&sql, &[Some(&new)]).await?;
    if rows.into_iter().flatten().flatten().next().as_deref() != Some("0") {
        return Err(taken().with("table", name));
    }
    Ok(new)
}

/// The error of ids that were to be kept and are not free.
pub(super) fn taken() -> Error {
    Error::new(
        Code::IdsTaken,
        "Ids of the backup are those of rows that are there already; nothing was written.",
    )
    .hint("Let every row have an id of its own (without --keep-ids).")
}

/// The group of that key or name, or that of the company of that key or name.
async fn group_of(target: &Target, companies: &[Company], reference: &str) -> Result<String> {
    let profile = &target.profile;
    let Some(rule) = &profile.group else {
        let message = format!("{} has no groups of companies.", profile.title);
        return Err(Error::new(Code::Usage, message));
    };
    let of_company = |found: &&Company| found.id.as_str() == reference || found.name == reference;
    let mut groups: Vec<&String> = companies
        .iter()
        .filter(of_company)
        .filter_map(|company| company.group.as_ref())
        .collect();
    groups.extend(
        companies
            .iter()
            .filter_map(|company| company.group.as_ref())
            .filter(|group| group.as_str() == reference),
    );
    groups.sort();
    groups.dedup();
    if let [group] = groups.as_slice() {
        return Ok((*group).clone());
    }
    let name = profile
        .new_company
        .as_ref()
        .and_then(|rule| rule.group_name.as_ref());
    let mut by_name = Vec::new();
    if let Some(name) = name.filter(|_| groups.is_empty()) {
        let table = profile.table_name(&rule.table);
        let mut session = Session::open(&target.settings).await?;
        let schema = catalog::read(&mut session, std::slice::from_ref(&profile.schema)).await?;
        let key = schema.tables.get(&table).and_then(|found| {
            let key = found.key.as_ref()?;
            key.columns.first().cloned()
        });
        if let Some(key) = key {
            let sql = format!(
                "SELECT {}::text FROM {} WHERE {}::text = $1",
                Ident(&key),
                Qualified(&table),
                Ident(name)
            );
            by_name = session.fetch_text_rows(&sql, &[Some(reference)]).await?;
        }
        session.close().await;
    }
    let by_name: Vec<String> = by_name.into_iter().flatten().flatten().collect();
    match <[String; 1]>::try_from(by_name) {
        Ok([group]) => Ok(group),
        Err(_) => Err(Error::new(
            Code::NoSuchCompany,
            "There is no one group of that id or name.",
        )
        .hint("Name the group by its id, or by a company that is in it; `snapback companies` lists those.")),
    }
}
