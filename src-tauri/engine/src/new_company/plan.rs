use std::collections::HashSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::bucket::OwnBucket;
use super::carry::{Carry, Knowledge, carry};
use super::files::files;
use super::ground::{Ground, ground};
use super::group::{self, NewGroup};
use super::options::{NameChoice, NewOptions, Purpose};
use super::people::{self, NewOwner, PersonFate, PlannedPerson};
use super::read::{self, Obstacles, Source};
use super::safe;
use super::uniques::{self, PlannedUnique, Proposal};
use super::{run_time, shared};
use crate::archive::{Manifest, Reader};
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::{self, Opened, Role, Roles, Target};
use crate::difference::{Effect, Finding, Verdict};
use crate::model::{Company, TableName};
use crate::profile;
use crate::rekey::{AddressColumns, Facts, Ids, Numbers, Rule, Rules};
use crate::reporter::{Phase, Reporter};
use crate::restore::{FreshFiles, References, RestoreRights};
use crate::{Code, Error, Result};

/// What a new company would be, found by reading alone.
pub struct NewPlan {
    /// The new company, with the key that it will have.
    pub company: Company,
    /// The company that it is made from.
    pub source: Company,
    /// Whose it is, where the application has people.
    pub owner: Option<NewOwner>,
    /// Everybody that rows of the backup refer to.
    pub people: Vec<PlannedPerson>,
    /// The group that it is in, where the application has groups.
    pub group: Option<NewGroup>,
    /// Tables with rows, in the order of their areas.
    pub tables: Vec<PlannedTable>,
    /// Rows of all tables.
    pub row_count: u64,
    /// What it begins without.
    pub left_out: Vec<LeftOut>,
    /// Values that no two rows may have alike, whosever they are.
    pub uniques: Vec<PlannedUnique>,
    /// Whether it can be made.
    pub verdict: Verdict,
    /// What a person should know: left out, defaulted, made distinct, blocked.
    pub findings: Vec<Finding>,
    /// What a person is to do once it is there.
    pub reconnect: Vec<String>,
    /// Whether addresses of outside parties are replaced.
    pub is_safe: bool,
    /// Whether names are replaced too.
    pub masks_names: bool,
    /// What it is for.
    pub purpose: Purpose,
    /// By how many days dates move, so that a template's today is the day on which it is used.
    pub moved_days: i64,
    /// Whether it begins with nothing but what its owner needs.
    pub is_blank: bool,
    /// Uploaded files in the backup.
    pub file_count: u64,
    /// How many of them are carried, and their bytes; `None` where that was not asked for.
    pub carried_files: Option<(u64, u64)>,
    /// By which rights it would be made, and what is missing.
    pub rights: RestoreRights,
    pub(super) opened: Opened,
    pub(super) manifest: Manifest,
    pub(super) from: Source,
    pub(super) carry: Carry,
    pub(super) known: Knowledge,
    pub(super) options: NewOptions,
    /// Uploaded files that it gets.
    pub(super) files: Option<FreshFiles>,
    /// The bucket that it gets.
    pub(super) bucket: OwnBucket,
    /// Where the archive lies that was made for it; it goes with the plan.
    pub(super) made_for_it: Option<tempfile::TempDir>,
}

impl NewPlan {
    /// The company as it would be opened, for what people call things.
    #[must_use]
    pub fn opened(&self) -> &Opened {
        &self.opened
    }
}

/// What becomes of the ids of a table's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlannedIds {
    /// Each row gets a new one.
    Renewed,
    /// They are other rows' ids, and follow them.
    Followed,
    /// They stay: the company's key tells the rows apart.
    Kept,
}

/// One table of a new company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedTable {
    /// The table.
    pub table: TableName,
    /// Its name for people.
    pub label: String,
    /// Short name of its area.
    pub area: String,
    /// Rows that are carried.
    pub row_count: u64,
    /// What becomes of their ids.
    pub ids: PlannedIds,
    /// Whether a person is part of something that must be unique there, so that two people in whose place
    /// one stands cannot both keep their rows.
    pub names_people_once: bool,
}

/// Rows that a new company begins without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The table.
    pub table: TableName,
    /// How many, where that is known.
    pub row_count: Option<u64>,
    /// Why, as a sentence.
    pub because: String,
}

/// Finds out what a new company made from an archive would be. Changes nothing.
///
/// # Errors
/// `other_company` where the archive is another application's, `name_taken`, `no_such_user`, `usage`,
/// `no_such_company` where there is no such group, `group_conflict`, `ids_taken`; archive errors, errors of
/// the connection.
pub async fn plan(
    target: &Target,
    reader: &Arc<Reader>,
    options: NewOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<NewPlan>> {
    outcome(Box::pin(make(target, reader, options, reporter, cancel)).await)
}

async fn make(
    target: &Target,
    reader: &Arc<Reader>,
    options: NewOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<NewPlan> {
    reporter.phase(Phase::Planning, None, Arc::default());
    let roles = Roles::read(target).await?;
    roles.require_somewhere(Role::Admin)?;
    let Ground {
        company,
        joined,
        renewal,
    } = ground(target, reader.manifest(), &options).await?;
    let mut opened = company::open_new(target, &company).await?;
    let owner = people::owner(&mut opened, options.owner.as_deref()).await?;
    let (manifest, archived) = run_time::renamed(reader.manifest(), &target.profile, &company.id);
    let mut carry = carry(&opened, &manifest, joined.is_some());
    let safe = safe::rule(&target.profile, &options)?;
    let mut rules = Rules::of(Facts {
        schema: &opened.schema,
        scope: &opened.scope,
        profile: &opened.profile,
        carried: &carry.carried,
        group_id: company.group.as_deref(),
        name: &company.name,
    });
    let switched_off = safe.map(|rule| safe::switch_off(&opened, rule, &mut rules));
    let mut ids = Ids::new(renewal);
    ids.put(
        manifest.company.id.as_str().as_bytes(),
        company.id.as_str().as_bytes(),
    );
    if let (Some(old), Some(new)) = (&manifest.company.group, &company.group) {
        ids.put(old.as_bytes(), new.as_bytes());
    }
    let people = people::people(
        &mut opened,
        &manifest,
        owner.as_ref(),
        options.people,
        &mut ids,
    )
    .await?;
    carry.makes_people = people
        .iter()
        .any(|person| person.fate == PersonFate::Placeholder);
    let missing = shared::missing(&mut opened, &manifest, &rules.shared).await?;
    let masking = safe.map(|rule| {
        let named = (&manifest.company, people.as_slice());
        safe::masking(&opened, rule, options.names, named, &mut rules)
    });
    let mut known = Knowledge {
        numbers: vec![Numbers::default(); rules.numbers.len()],
        rules,
        ids,
        missing,
        owner: owner.as_ref().map(|owner| owner.id.clone()),
        company: (manifest.company.id.to_string(), company.id.to_string()),
        path_prefixes: opened
            .profile
            .files
            .as_ref()
            .map_or_else(Vec::new, |rule| rule.path_prefixes.clone()),
        masking,
        days: days_since(&manifest, options.made_at),
    };
    let safe_columns = safe.map(|rule| AddressColumns::of(&target.profile, rule));
    let from = Source {
        reader: Arc::clone(reader),
        archived: Arc::new(archived),
        cancel: cancel.clone(),
    };
    let differences = group::join(&mut opened, &from, &carry.joined, &mut known).await?;
    let (known, carry, obstacles) = first_reading(from.clone(), known, carry, safe_columns).await?;
    let mut bucket = OwnBucket::plan(&mut opened, manifest.company.id.as_str()).await?;
    let (files, left_files) = files(&opened, &manifest, &known, &bucket, &options).await?;
    let written = written_tables(&opened, &carry);
    let mut rights = RestoreRights::read_for(&mut opened, &written).await?;
    if let Some(files) = &files {
        rights = files.rights(&mut opened, rights).await?;
    }
    let making = run_time::missing_right(&mut opened, &rights.role).await?;
    rights.missing.extend(making);
    rights.missing.extend(bucket.missing.take());
    let mut findings = carry.findings.clone();
    findings.extend(obstacles.iter().map(|((table, column), row_count)| {
        let reason = "These rows lead to something that the new company does not have.";
        Finding::new(Effect::Discarded, "leads_elsewhere", table, reason)
            .column(column)
            .rows(*row_count)
    }));
    let proposal = match known.ids.renewal().keeps() {
        true => Proposal::Keep,
        false => Proposal::MakeDistinct,
    };
    let uniques = uniques::uniques(&mut opened, &from, &carry, &known.rules, proposal);
    let uniques = Box::pin(uniques).await?;
    findings.extend(uniques::findings(&uniques));
    findings.extend(switched_off.into_iter().flatten());
    findings.extend(bucket.finding.take());
    findings.extend(left_files);
    if rights.references() == References::Enforced {
        findings.extend(uncut(&carry));
    }
    let verdict = Verdict::of(&findings);
    let tables = tables(&opened, &manifest, &carry, &known, &obstacles);
    let reconnect = opened.profile.new_company.iter();
    Ok(NewPlan {
        source: manifest.company.clone(),
        owner,
        people,
        group: company.group.clone().map(|id| NewGroup {
            id,
            is_joined: joined.is_some(),
            differences,
        }),
        is_safe: safe.is_some(),
        masks_names: safe.is_some() && options.names == NameChoice::Mask,
        purpose: options.purpose,
        is_blank: false,
        made_for_it: None,
        moved_days: known.days,
        row_count: tables.iter().map(|table| table.row_count).sum(),
        tables,
        left_out: carry.left_out.clone(),
        uniques,
        verdict,
        findings,
        reconnect: reconnect.flat_map(|rule| rule.reconnect.clone()).collect(),
        file_count: manifest
            .files
            .as_ref()
            .map_or(0, |files| files.len() as u64),
        carried_files: files.as_ref().map(FreshFiles::count),
        rights,
        files,
        bucket,
        company,
        opened,
        manifest,
        from,
        carry,
        known,
        options,
    })
}

/// Days that have gone by since a template's today; none where it is a backup.
fn days_since(manifest: &Manifest, now: Timestamp) -> i64 {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    manifest.template.as_ref().map_or(0, |template| {
        let gone = day(now).since((Unit::Day, day(template.today)));
        gone.map_or(0, |span| i64::from(span.get_days()))
    })
}

/// Reads the archive for the first time, on a thread that may wait.
async fn first_reading(
    source: Source,
    mut known: Knowledge,
    carry: Carry,
    safe_columns: Option<AddressColumns>,
) -> Result<(Knowledge, Carry, Obstacles)> {
    let reading = tokio::task::spawn_blocking(move || {
        read::note_ids(&source, &carry.written, &mut known)?;
        if let Some(columns) = &safe_columns {
            safe::note_addresses(&source, &carry.written, columns, &mut known)?;
        }
        let joined = &carry.carried.joined;
        read::require_group_rows(&source, &carry.written, joined, &known)?;
        let obstacles = read::find_obstacles(&source, &carry.written, &mut known)?;
        Ok((known, carry, obstacles))
    });
    reading.await.map_err(|_| stopped())?
}

/// The error of a thread that ended without an answer.
pub(super) fn stopped() -> Error {
    Error::new(Code::Defect, "Reading the archive ended without an answer.")
}

/// The tables that are written, beside those that are made.
pub(super) fn written_tables(opened: &Opened, carry: &Carry) -> Vec<TableName> {
    let profile = &opened.profile;
    let mut tables: HashSet<TableName> = carry.carried.written.iter().cloned().collect();
    let people = profile.people.as_ref().filter(|_| carry.makes_people);
    tables.extend(people.map(|people| profile.table_name(&people.table)));
    if let Some(access) = &profile.access {
        tables.insert(profile.table_name(&access.members.table));
        tables.insert(profile.table_name(&access.permissions.table));
    }
    if let Some(rule) = &profile.new_company {
        tables.extend(rule.made.iter().map(|made| profile.table_name(&made.table)));
    }
    let mut tables: Vec<TableName> = tables.into_iter().collect();
    tables.retain(|table| opened.schema.tables.contains_key(table));
    tables.sort();
    tables
}

/// Circles of references that only a role which may silence them can write.
fn uncut(carry: &Carry) -> Vec<Finding> {
    let uncut = carry.order.uncut.iter().filter_map(|circle| circle.first());
    let reason = "These rows need each other from the start, and this role may not: it needs session_replication_role.";
    let mut findings: Vec<Finding> = uncut
        .map(|table| Finding::new(Effect::Blocked, "circle", table, reason))
        .collect();
    let keyless = carry.written.iter().filter(|pair| {
        pair.key_columns.is_empty() && carry.order.cuts.iter().any(|cut| cut.table == pair.table)
    });
    findings
        .extend(keyless.map(|pair| Finding::new(Effect::Blocked, "circle", &pair.table, reason)));
    findings
}

fn tables(
    opened: &Opened,
    manifest: &Manifest,
    carry: &Carry,
    known: &Knowledge,
    obstacles: &Obstacles,
) -> Vec<PlannedTable> {
    let mut tables = Vec::new();
    for pair in &carry.written {
        let archived = manifest
            .table(&pair.archived)
            .map_or(0, |entry| entry.row_count);
        let gone: u64 = obstacles
            .iter()
            .filter(|((table, _), _)| *table == pair.table)
            .map(|(_, row_count)| row_count)
            .sum();
        let row_count = archived.saturating_sub(gone);
        let (Some(rules), Some(scope)) = (
            known.rules.tables.get(&pair.table),
            opened.scope.tables.get(&pair.table),
        ) else {
            continue;
        };
        if row_count == 0 {
            continue;
        }
        tables.push(PlannedTable {
            label: profile::table_label(&opened.profile, &pair.table),
            area: scope.area.clone(),
            row_count,
            ids: match is_tenant(opened, &pair.table) {
                true => PlannedIds::Renewed,
                false => fate_of_ids(rules, known),
            },
            names_people_once: rules.names_people_once,
            table: pair.table.clone(),
        });
    }
    let area = |table: &PlannedTable| {
        let areas = opened.profile.areas.iter();
        areas
            .clone()
            .position(|area| area.name == table.area)
            .unwrap_or(areas.len())
    };
    tables.sort_by(|one, other| (area(one), &one.table).cmp(&(area(other), &other.table)));
    tables
}

/// Whether it is the table of companies or of their groups.
fn is_tenant(opened: &Opened, table: &TableName) -> bool {
    let profile = &opened.profile;
    let group = profile.group.iter().map(|group| &group.table);
    std::iter::once(&profile.company.table)
        .chain(group)
        .any(|written| profile.table_name(written) == *table)
}

fn fate_of_ids(rules: &crate::rekey::TableRules, known: &Knowledge) -> PlannedIds {
    let is_renewed = |rule: &Rule| match rule {
        Rule::Own { root, always } => *always || known.ids.has_made(*root),
        Rule::OwnNumber(_) => true,
        _ => false,
    };
    if rules.columns().any(|(_, rule)| is_renewed(rule)) {
        return PlannedIds::Renewed;
    }
    let follows = |rule: &Rule| {
        matches!(
            rule,
            Rule::Reference { .. } | Rule::NumberReference { .. } | Rule::Person(_)
        )
    };
    match rules.columns().any(|(_, rule)| follows(rule)) {
        true => PlannedIds::Followed,
        false => PlannedIds::Kept,
    }
}
