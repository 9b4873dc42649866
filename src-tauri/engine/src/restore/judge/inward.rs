//! Rows that a restore does not write and that refer to rows which go: rows outside the backup, and rows
//! of other companies, which no company should have. What the application makes again goes with them;
//! anything else blocks, since no snapshot holds it.

use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference, live};
use crate::model::{ExclusionReason, Reference, TableName};
use crate::pg::{Ident, Session, fetch_text_arrays};
use crate::restore::apply::positions;
use crate::restore::batch::{Batches, Pick, TypedColumns, columns_of, sum, texts_of};
use crate::restore::known::KnownBroken;
use crate::rows::KeyColumns;
use crate::scope::Disposition;

use super::Judgement;
use super::moving::Moving;

/// Rows of a table outside the backup that go with the rows they refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::restore) struct Leaving {
    /// The table whose rows go too.
    pub(in crate::restore) table: TableName,
    /// How they refer.
    pub(in crate::restore) reference: Reference,
}

/// Looks for rows that the restore does not write.
pub(super) async fn judge(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    (moving, known): (&Moving, &KnownBroken),
    judgement: &mut Judgement,
) -> Result<()> {
    let name = difference.pair.table.clone();
    for (child, reference) in referring(opened, &name) {
        let Some(scope) = opened.scope.tables.get(&child) else {
            continue;
        };
        if scope.disposition.is_written() {
            let own = staying(session, opened, difference, moving, &child, &reference).await?;
            if own > 0 {
                let reason = format!("They refer to rows of {name} that would go.");
                judgement.findings.push(
                    Finding::new(Effect::Blocked, "rows_would_dangle", &child, reason).rows(own),
                );
            }
        }
        let rows = (&child, &reference);
        let row_count = count_outside(session, opened, difference, rows, known).await?;
        if row_count == 0 {
            continue;
        }
        if scope.disposition.is_written() {
            let reason = format!(
                "They refer to rows of {name} that would go, and they are not this company's."
            );
            judgement.findings.push(
                Finding::new(Effect::Blocked, "others_would_dangle", &child, reason)
                    .rows(row_count),
            );
            continue;
        }
        let finding = if is_made_again(&scope.disposition) {
            let along = Leaving {
                table: child.clone(),
                reference,
            };
            judge_beyond(session, opened, difference, &along, &mut judgement.findings).await?;
            judgement.leaving.push(along);
            let reason =
                format!("They refer to rows of {name} that go; the application makes them again.");
            Finding::new(Effect::Lost, "rows_go_along", &child, reason).rows(row_count)
        } else {
            let reason = format!(
                "They refer to rows of {name} that would go, and the backup does not hold them."
            );
            Finding::new(Effect::Blocked, "rows_would_dangle", &child, reason).rows(row_count)
        };
        judgement.findings.push(finding);
    }
    Ok(())
}

/// Whether rows of a table outside the backup go with what they refer to, since the application makes them
/// again.
pub(in crate::restore) fn is_made_again(disposition: &Disposition) -> bool {
    matches!(
        disposition,
        Disposition::Excluded {
            reason: ExclusionReason::Rebuilt | ExclusionReason::Transient,
            ..
        }
    )
}

/// Every reference of the schema that leads to that table.
pub(in crate::restore) fn referring(
    opened: &Opened,
    target: &TableName,
) -> Vec<(TableName, Reference)> {
    opened
        .schema
        .tables
        .iter()
        .flat_map(|(child, table)| {
            table
                .references
                .iter()
                .map(move |reference| (child, reference))
        })
        .filter(|(_, reference)| reference.target == *target)
        .map(|(child, reference)| (child.clone(), reference.clone()))
        .collect()
}

/// Counts the rows of a table that refer to rows which go. A reference of a table to itself counts only
/// from rows that stay.
pub(in crate::restore) async fn count_referring(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    child: &TableName,
    reference: &Reference,
) -> Result<u64> {
    match Referring::of(opened, difference, child, reference)? {
        Some(rows) => {
            let sql = format!("SELECT count(*)::text {}", rows.from_where);
            rows.count(session, difference, &sql).await
        }
        None => Ok(0),
    }
}

/// Rows of the company that refer to rows which go and stay as they are. There are none where the archive
/// was whole under the same references; a newer reference, or a table that the archive does not have, may
/// hold some.
async fn staying(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    moving: &Moving,
    child: &TableName,
    reference: &Reference,
) -> Result<u64> {
    let compared = moving.under(child, reference);
    if moving.compares(child) && compared.is_none() {
        return Ok(0);
    }
    let Some(rows) = Referring::of(opened, difference, child, reference)? else {
        return Ok(0);
    };
    let own = live::predicate(&opened.schema, &opened.scope, child, "c");
    let Some(compared) = compared else {
        let sql = format!("SELECT count(*)::text {} AND ({own})", rows.from_where);
        return rows.count(session, difference, &sql).await;
    };
    let keys: Vec<String> = compared
        .names
        .iter()
        .map(|name| {
            format!(
                "CASE WHEN c.{0} IS NOT NULL THEN format('%s', c.{0}) END",
                Ident(name)
            )
        })
        .collect();
    let sql = format!("SELECT {} {} AND ({own})", keys.join(", "), rows.from_where);
    let found = rows.fetch(session, difference, &sql).await?;
    let keys = found.iter().map(|row| KeyColumns::key_of_values(row));
    Ok(keys.filter(|key| compared.keeps(key, reference)).count() as u64)
}

/// The same outside of what the restore writes: in a table that is written, only rows that are not the
/// company's; in another, only rows that are not known to have led nowhere before.
async fn count_outside(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    (child, reference): (&TableName, &Reference),
    known: &KnownBroken,
) -> Result<u64> {
    let is_written = opened
        .scope
        .tables
        .get(child)
        .is_some_and(|scope| scope.disposition.is_written());
    let Some(rows) = Referring::of(opened, difference, child, reference)? else {
        return Ok(0);
    };
    if !is_written && known.values(child, &reference.columns).is_some() {
        let texts = texts_of("c", &reference.columns);
        let sql = format!("SELECT {texts} {}", rows.from_where);
        let found = rows.fetch(session, difference, &sql).await?;
        return Ok(known.count_since(child, &reference.columns, &found));
    }
    let mut sql = format!("SELECT count(*)::text {}", rows.from_where);
    if is_written {
        let own = live::predicate(&opened.schema, &opened.scope, child, "c");
        sql.push_str(&format!(" AND ({own}) IS NOT TRUE"));
    }
    rows.count(session, difference, &sql).await
}

/// Rows `c` of a table that refer to rows which go, as SQL over what of those rows is bound.
struct Referring {
    from_where: String,
    positions: Vec<usize>,
    in_one: bool,
}

impl Referring {
    fn of(
        opened: &Opened,
        difference: &TableDifference,
        child: &TableName,
        reference: &Reference,
    ) -> Result<Option<Self>> {
        let pair = &difference.pair;
        let Some(table) = opened.schema.tables.get(&pair.table) else {
            return Ok(None);
        };
        let live = pair.live_columns();
        let travelling: Option<Vec<usize>> = reference
            .target_columns
            .iter()
            .map(|column| live.iter().position(|name| name == column))
            .collect();
        let to_itself = *child == pair.table;
        let (typed, positions, going) = match travelling {
            Some(positions) if !to_itself => {
                let typed = TypedColumns::of(table, &reference.target_columns)?;
                let relation = typed.relation("n");
                (typed, positions, relation)
            }
            // What does not travel is asked for by the rows' key. Where there is none, nothing can refer.
            _ if pair.key_columns.is_empty() => return Ok(None),
            _ => {
                let typed = TypedColumns::of(table, &pair.key_columns)?;
                let relation = format!(
                    "(SELECT {} FROM {} AS t JOIN {} ON {}) AS n",
                    columns_of("t", &reference.target_columns),
                    live::relation(&opened.schema, &pair.table),
                    typed.relation("k"),
                    typed.equal("t", "k"),
                );
                (typed, positions(&pair.columns, &pair.key_columns), relation)
            }
        };
        let mut from_where = format!(
            "FROM {} AS c WHERE ({}) IN (SELECT {} FROM {going})",
            live::relation(&opened.schema, child),
            columns_of("c", &reference.columns),
            columns_of("n", &reference.target_columns),
        );
        if to_itself {
            from_where.push_str(&format!(
                " AND NOT EXISTS (SELECT 1 FROM {} WHERE {})",
                typed.relation("s"),
                typed.equal("c", "s"),
            ));
        }
        Ok(Some(Self {
            from_where,
            positions,
            in_one: to_itself,
        }))
    }

    async fn count(
        &self,
        session: &mut Session,
        difference: &mut TableDifference,
        sql: &str,
    ) -> Result<u64> {
        Ok(sum(self.fetch(session, difference, sql).await?))
    }

    async fn fetch(
        &self,
        session: &mut Session,
        difference: &mut TableDifference,
        sql: &str,
    ) -> Result<Vec<Vec<Option<String>>>> {
        let positions = self.positions.clone();
        let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
        if self.in_one {
            batches = batches.in_one();
        }
        let mut found = Vec::new();
        while let Some(batch) = batches.next()? {
            found.extend(fetch_text_arrays(session, sql, &batch.columns).await?);
        }
        Ok(found)
    }
}

/// Rows that refer to rows which would go along: nothing is known of them, so they block.
async fn judge_beyond(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    along: &Leaving,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let Some(rows) = Referring::of(opened, difference, &along.table, &along.reference)? else {
        return Ok(());
    };
    for (beyond, second) in referring(opened, &along.table) {
        if beyond == along.table {
            continue;
        }
        let sql = format!(
            "SELECT count(*)::text FROM {} AS b WHERE ({}) IN (SELECT {} {})",
            live::relation(&opened.schema, &beyond),
            columns_of("b", &second.columns),
            columns_of("c", &second.target_columns),
            rows.from_where,
        );
        let row_count = rows.count(session, difference, &sql).await?;
        if row_count > 0 {
            let reason = format!(
                "They refer to rows of {} that would go along with others.",
                along.table
            );
            let finding = Finding::new(Effect::Blocked, "rows_would_dangle", &beyond, reason);
            findings.push(finding.rows(row_count));
        }
    }
    Ok(())
}
