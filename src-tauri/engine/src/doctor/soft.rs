//! Ids in columns without a constraint. The profile lists the columns and does not say where they lead,
//! so an id counts as held where any table has it as its key; only one that no row has is told.

use std::collections::{BTreeMap, BTreeSet};

use super::examine::{Ailment, Kind, NotExamined, Remedy};
use crate::Result;
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::live;
use crate::model::{Column, Table, TableName};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::scope::Membership;

/// Distinct ids of one column past which it is not looked at: they are held in memory.
const MOST_IDS: usize = 200_000;
/// Ids asked about at once.
const IDS_AT_ONCE: usize = 50_000;

/// A column with ids that nothing of the company's holds.
pub(super) struct Unheld {
    pub(super) table: TableName,
    column: String,
    is_array: bool,
    /// Ids that no row has, and in how many rows they are.
    nobodys: (Vec<String>, u64),
    /// Ids that only rows of another company have, and in how many rows they are.
    anothers: (Vec<String>, u64),
}

/// What was found, and what could not be looked at.
#[derive(Default)]
pub(super) struct Soft {
    pub(super) unheld: Vec<Unheld>,
    pub(super) not_examined: Vec<NotExamined>,
}

/// Who has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holder {
    Nobody,
    Another,
}

struct Asked {
    table: TableName,
    column: String,
    is_array: bool,
    ids: BTreeSet<String>,
}

/// Looks up the ids of every column that the profile lists.
///
/// # Errors
/// Errors of the connection; `cancelled`.
pub(super) async fn unheld(
    session: &mut Session,
    opened: &Opened,
    may_read: impl Fn(&TableName) -> bool,
    cancel: &CancelToken,
) -> Result<Soft> {
    let mut found = Soft::default();
    let mut asked = Vec::new();
    let (mut too_many, mut odd) = (Vec::new(), Vec::new());
    for written in &opened.profile.soft_references {
        let Some((table, column)) = opened.profile.column_name(written) else {
            continue;
        };
        let Some(kind) = readable_column(opened, &table, column) else {
            continue;
        };
        let Some(is_array) = holds_ids(kind, written.ends_with("[]")) else {
            odd.push(written.clone());
            continue;
        };
        let column = column.to_owned();
        let ids = ids(session, opened, &table, &column, is_array).await?;
        if ids.len() > MOST_IDS {
            too_many.push(written.clone());
            continue;
        }
        asked.push(Asked {
            table,
            column,
            is_array,
            ids,
        });
        checkpoint(cancel)?;
    }
    let mut open: BTreeMap<String, Holder> = asked
        .iter()
        .flat_map(|asked| &asked.ids)
        .map(|id| (id.clone(), Holder::Nobody))
        .collect();
    for (table, key) in keyed_tables(opened) {
        if open.is_empty() {
            break;
        }
        if may_read(table) {
            strike_held(session, opened, table, key, &mut open).await?;
            checkpoint(cancel)?;
        }
    }
    for asked in asked {
        if let Some(unheld) = left(session, opened, asked, &open).await? {
            found.unheld.push(unheld);
        }
    }
    say(
        &mut found,
        "ids in too many different values",
        "There are more than fit in memory.",
        too_many,
    );
    say(
        &mut found,
        "ids in columns of another type",
        "They hold no ids as text, numbers or uuids.",
        odd,
    );
    let because = "The profile names no columns that hold ids without a constraint.";
    if opened.profile.soft_references.is_empty() {
        say(
            &mut found,
            "ids without a constraint",
            because,
            vec![opened.profile.name.clone()],
        );
    }
    Ok(found)
}

fn say(found: &mut Soft, what: &str, because: &str, about: Vec<String>) {
    if !about.is_empty() {
        found.not_examined.push(NotExamined {
            what: what.to_owned(),
            because: because.to_owned(),
            about,
        });
    }
}

/// The column, where the table is in the archive and its values are no secret.
fn readable_column<'a>(opened: &'a Opened, table: &TableName, column: &str) -> Option<&'a Column> {
    let scope = opened.scope.tables.get(table)?;
    let is_secret = scope.secret_columns.iter().any(|secret| secret == column);
    let found = opened.schema.tables.get(table)?.column(column)?;
    (scope.disposition.is_archived() && !is_secret).then_some(found)
}

/// Whether the column holds arrays of ids; `None` where it holds no ids.
fn holds_ids(column: &Column, is_list: bool) -> Option<bool> {
    let bare = column.type_name.strip_suffix("[]");
    let is_id = id_form(bare.unwrap_or(&column.type_name)).is_some();
    (is_id && bare.is_some() == is_list).then_some(is_list)
}

/// How an id of that type looks.
fn id_form(type_name: &str) -> Option<fn(&str) -> bool> {
    match type_name {
        "text" | "character varying" => Some(|_| true),
        "uuid" => Some(|id| uuid::Uuid::parse_str(id).is_ok()),
        "smallint" => Some(|id| id.parse::<i16>().is_ok()),
        "integer" => Some(|id| id.parse::<i32>().is_ok()),
        "bigint" => Some(|id| id.parse::<i64>().is_ok()),
        sized if sized.starts_with("character varying(") => Some(|_| true),
        _ => None,
    }
}

async fn ids(
    session: &mut Session,
    opened: &Opened,
    table: &TableName,
    column: &str,
    is_array: bool,
) -> Result<BTreeSet<String>> {
    let value = match is_array {
        true => format!("unnest(t.{})", Ident(column)),
        false => format!("t.{}", Ident(column)),
    };
    let sql = format!(
        "SELECT i.id::text FROM (SELECT DISTINCT {value} AS id {}) AS i WHERE i.id IS NOT NULL AND i.id::text <> '' LIMIT {}",
        live::from_where(&opened.schema, &opened.scope, table),
        MOST_IDS + 1,
    );
    let rows = session.fetch_text_rows(&sql, &[]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Every table whose rows are known by one column, beside the one that says whose they are.
fn keyed_tables(opened: &Opened) -> impl Iterator<Item = (&TableName, &Column)> {
    let tables = opened.scope.tables.iter();
    tables.filter_map(|(name, scope)| {
        let table: &Table = opened.schema.tables.get(name)?;
        let own = match &scope.membership {
            Membership::Column(column) | Membership::Group(column) => Some(column),
            _ => None,
        };
        let columns = &table.key.as_ref()?.columns;
        let mut others = columns.iter().filter(|column| Some(*column) != own);
        let key = match (others.next(), others.next()) {
            (Some(only), None) => only,
            // Keyed by the company itself.
            (None, _) => columns.first()?,
            (Some(_), Some(_)) => return None,
        };
        Some((name, table.column(key)?))
    })
}

/// Takes out the ids that a row of that table has which the company may name.
async fn strike_held(
    session: &mut Session,
    opened: &Opened,
    table: &TableName,
    key: &Column,
    open: &mut BTreeMap<String, Holder>,
) -> Result<()> {
    let Some(looks_like) = id_form(&key.type_name) else {
        return Ok(());
    };
    let own = live::predicate(&opened.schema, &opened.scope, table, "p");
    let allowed = match opened
        .scope
        .tables
        .get(table)
        .map(|found| &found.membership)
    {
        Some(Membership::Column(column) | Membership::Group(column)) => {
            format!("{own} OR p.{} IS NULL", Ident(column))
        }
        Some(Membership::None) => "true".to_owned(),
        _ => own,
    };
    let sql = format!(
        "SELECT v.id, bool_or(({allowed}) IS TRUE)::text FROM unnest($1::text[]) AS v(id) \
         JOIN {} AS p ON p.{} = v.id::{} GROUP BY v.id",
        Qualified(table),
        Ident(&key.name),
        key.type_name,
    );
    let candidates: Vec<String> = open.keys().filter(|id| looks_like(id)).cloned().collect();
    for ids in candidates.chunks(IDS_AT_ONCE) {
        let values = [ids.iter().cloned().map(Some).collect::<Vec<_>>()];
        for row in fetch_text_arrays(session, &sql, &values).await? {
            let [Some(id), may_name] = row.as_slice() else {
                continue;
            };
            if may_name.as_deref() == Some("true") {
                open.remove(id);
            } else if let Some(holder) = open.get_mut(id) {
                *holder = Holder::Another;
            }
        }
    }
    Ok(())
}

/// What is left of a column's ids, with the rows that have them.
async fn left(
    session: &mut Session,
    opened: &Opened,
    asked: Asked,
    open: &BTreeMap<String, Holder>,
) -> Result<Option<Unheld>> {
    let Asked {
        table,
        column,
        is_array,
        ids,
    } = asked;
    let held_by = |wanted: Holder| -> Vec<String> {
        let ids = ids.iter().filter(|id| open.get(*id) == Some(&wanted));
        ids.cloned().collect()
    };
    let (nobodys, anothers) = (held_by(Holder::Nobody), held_by(Holder::Another));
    if nobodys.is_empty() && anothers.is_empty() {
        return Ok(None);
    }
    let mut counts = [0, 0];
    for (count, ids) in counts.iter_mut().zip([&nobodys, &anothers]) {
        let values = [ids.iter().cloned().map(Some).collect::<Vec<_>>()];
        let condition = names_any(&column, is_array, 1);
        *count =
            crate::closure::count_any(session, opened, &table, &[], &[condition], &values).await?;
    }
    let [of_nobodys, of_anothers] = counts;
    Ok(Some(Unheld {
        table,
        column,
        is_array,
        nobodys: (nobodys, of_nobodys),
        anothers: (anothers, of_anothers),
    }))
}

/// A row `t` names one of the ids bound at that place.
fn names_any(column: &str, is_array: bool, place: usize) -> String {
    let column = Ident(column);
    match is_array {
        true => format!("coalesce(t.{column}::text[] && ${place}::text[], false)"),
        false => format!("coalesce(t.{column}::text = ANY (${place}::text[]), false)"),
    }
}

/// The conditions under which a row names such an id, with what is bound into them.
pub(super) fn conditions(unheld: &[&Unheld]) -> (Vec<String>, Vec<Vec<Option<String>>>) {
    let conditions = unheld.iter().enumerate();
    let conditions = conditions
        .map(|(number, found)| names_any(&found.column, found.is_array, number + 1))
        .collect();
    let values = unheld.iter().map(|found| {
        let ids = found.nobodys.0.iter().chain(&found.anothers.0);
        ids.cloned().map(Some).collect()
    });
    (conditions, values.collect())
}

impl Unheld {
    pub(super) fn ailments(&self) -> impl Iterator<Item = Ailment> {
        let found = [
            (Kind::NamesAnotherCompany, self.anothers.1),
            (Kind::NamesNothing, self.nobodys.1),
        ];
        found
            .into_iter()
            .filter(|(_, row_count)| *row_count > 0)
            .map(|(kind, row_count)| Ailment {
                kind,
                columns: vec![self.column.clone()],
                target: None,
                row_count,
                remedy: Remedy::Unknown,
            })
    }
}
