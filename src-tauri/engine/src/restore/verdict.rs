//! How it stands with an archive against today's schema, for a list of many: decided from the schemas
//! alone where they tell, and otherwise from the rows of just those tables of which they do not.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::judge::Asking;
use super::known::KnownBroken;
use super::options::RestoreOptions;
use super::pass::{self, PassSettings, Safety};
use super::plan::{all_findings, differences, judged};
use super::rights::References;
use super::wanted::Wanted;
use crate::Result;
use crate::archive::Reader;
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::Opened;
use crate::difference::{Effect, Finding, TablePair, Verdict};
use crate::model::TableName;
use crate::pg::ExportedSnapshot;
use crate::reporter::{Phase, Reporter};
use crate::scope::Disposition;

/// Whether an archive could be put back today, as far as the schemas decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// Tables whose rows had to be looked at; none where the schemas told everything.
    pub tables_read: u64,
}

impl ArchiveVerdict {
    /// Takes back what was found of references to rows that no backup has, such as people: for a database that has a
    /// schema and no rows.
    pub fn forget_rows_that_are_not_there(&mut self) {
        let is_of_rows = |code: &str| matches!(code, "reference_gone" | "reference_emptied");
        self.findings.retain(|finding| !is_of_rows(finding.code));
        self.verdict = Verdict::of(&self.findings);
    }

    /// Takes back that those tables are gone: they could not be made where the archive was judged, for that reason. Which
    /// of the archive's tables they are.
    pub fn forget_tables(&mut self, untold: &HashSet<TableName>, because: &str) -> Vec<TableName> {
        let mut tables = Vec::new();
        for finding in &mut self.findings {
            let table = finding
                .table
                .as_ref()
                .filter(|table| untold.contains(*table));
            if let Some(table) = table.filter(|_| finding.code == "table_dropped").cloned() {
                *finding = Finding::new(Effect::Noted, "table_not_told", &table, because);
                tables.push(table);
            }
        }
        self.verdict = Verdict::of(&self.findings);
        tables
    }
}

/// Judges an archive against today's schema. What depends on rows alone (values that others hold by now,
/// people who are gone) is left to the preview. Changes nothing.
///
/// # Errors
/// `other_company`, archive errors, errors of the connection. An archive that cannot be opened because it
/// was never finished is `Incomplete`; whoever opens it knows.
pub async fn verdict(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<ArchiveVerdict>> {
    outcome(judge(opened, reader, options, reporter, cancel).await)
}

async fn judge(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<ArchiveVerdict> {
    reporter.phase(Phase::Planning, None, Arc::default());
    let wanted = Wanted::archive(opened, reader)?;
    let open = open_tables(opened, &wanted);
    if open.is_empty() {
        return Ok(told(wanted.findings().to_vec(), 0));
    }
    let snapshot =
        Arc::new(ExportedSnapshot::take(&opened.settings, &opened.archived_tables()).await?);
    let settings = PassSettings {
        safety: Safety::None,
        ..options.pass_settings()
    };
    let source = pass::Source {
        opened,
        wanted: &wanted,
    };
    let passed = pass::read(source, &snapshot, Some(&open), &settings, reporter, cancel).await?;
    snapshot.leave().await;
    let mut differences = differences(passed);
    let held = BTreeMap::new();
    let known = KnownBroken::default();
    // What this role may do is not the archive's matter.
    let references = References::Silent;
    let judgement = judged(
        opened,
        &mut differences,
        options,
        (&held, &known),
        (references, Asking::Beforehand),
    )
    .await?;
    let findings = all_findings(wanted.findings(), &differences, &judgement);
    Ok(told(findings, open.len() as u64))
}

fn told(findings: Vec<Finding>, tables_read: u64) -> ArchiveVerdict {
    ArchiveVerdict {
        verdict: Verdict::of(&findings),
        findings,
        tables_read,
    }
}

/// The tables of which the schemas alone do not tell, with those to which their new references lead.
fn open_tables(opened: &Opened, wanted: &Wanted<'_>) -> HashSet<TableName> {
    let has_finding = |pair: &TablePair| {
        let mut findings = wanted.findings().iter();
        findings.any(|finding| {
            finding.effect > Effect::Noted && finding.table.as_ref() == Some(&pair.table)
        })
    };
    let mut open = HashSet::new();
    for pair in wanted.pairs(opened) {
        if !pair.written || !(pair.depends_on_rows() || has_finding(&pair)) {
            continue;
        }
        let table = opened.schema.tables.get(&pair.table);
        for reference in table.into_iter().flat_map(|table| &table.references) {
            if pair.since.references.contains(&reference.name) {
                open.insert(reference.target.clone());
            }
        }
        open.insert(pair.table);
    }
    // Rows of a table that the archive does not have may need rows that would go.
    let paired = wanted.pairs(opened);
    let is_paired = |name: &TableName| {
        paired
            .iter()
            .any(|pair| pair.written && pair.table == *name)
    };
    for name in opened.tables_where(Disposition::is_written) {
        let table = opened
            .schema
            .tables
            .get(&name)
            .filter(|_| !is_paired(&name));
        let references = table.into_iter().flat_map(|table| &table.references);
        let targets = references.map(|reference| &reference.target);
        open.extend(targets.filter(|target| is_paired(target)).cloned());
    }
    open
}
