use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use snapback_engine::company::Actor;
use snapback_engine::files::Store;
use snapback_engine::new_company::{
    self, AddressChoice, GroupChoice, IdChoice, NameChoice, NewOptions, PeopleChoice,
};
use snapback_engine::{model, rekey};
use ts_rs::TS;

use crate::{AfterStep, Company, FilesReport, Finding, Include, Labels, PlanRights, Verdict};

/// What a new company is made from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(tag = "from", content = "which", rename_all = "snake_case")]
pub enum NewCompanySource {
    /// A backup, by its path.
    Backup(String),
    /// A template, by its name.
    Template(String),
    /// Nothing; the code of its currency, where it is not the usual one.
    Blank(Option<String>),
}

/// What a new company is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NewPurpose {
    /// To work in.
    Production,
    /// To be shown to others.
    Demo,
    /// To try things out.
    Test,
}

impl From<new_company::Purpose> for NewPurpose {
    fn from(purpose: new_company::Purpose) -> Self {
        match purpose {
            new_company::Purpose::Production => Self::Production,
            new_company::Purpose::Demo => Self::Demo,
            new_company::Purpose::Test => Self::Test,
        }
    }
}

impl From<NewPurpose> for new_company::Purpose {
    fn from(purpose: NewPurpose) -> Self {
        match purpose {
            NewPurpose::Production => Self::Production,
            NewPurpose::Demo => Self::Demo,
            NewPurpose::Test => Self::Test,
        }
    }
}

/// What a new company is to be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct NewCompanyRequest {
    /// What it is called.
    pub name: String,
    /// E-mail address of the application's user whose it is; `null` where the application has no people.
    pub owner: Option<String>,
    /// The group that it joins, by key; `null` for one of its own.
    pub group: Option<String>,
    /// What it is for.
    pub purpose: NewPurpose,
    /// Whether addresses of outside parties are replaced, and what would reach them is switched off.
    pub is_safe: bool,
    /// Whether their names are replaced too, where it is a safe copy.
    pub masks_names: bool,
    /// Whether ids stay, as they are free in another database.
    pub keeps_ids: bool,
    /// The rows alone, or the uploaded files of the backup as well.
    pub include: Include,
    /// Whether somebody is made for each person that is not here.
    pub makes_placeholders: bool,
}

impl NewCompanyRequest {
    /// What the engine is told.
    #[must_use]
    pub fn options(
        self,
        actor: Actor,
        now: Timestamp,
        files: Option<Arc<dyn Store>>,
        spill_folder: &Path,
    ) -> NewOptions {
        let Self {
            name,
            owner,
            group,
            purpose,
            is_safe,
            masks_names,
            keeps_ids,
            include: _,
            makes_placeholders,
        } = self;
        NewOptions {
            owner,
            files,
            people: match makes_placeholders {
                true => PeopleChoice::Placeholders,
                false => PeopleChoice::Owner,
            },
            group: group.map_or(GroupChoice::New, GroupChoice::Join),
            ids: match keeps_ids {
                true => IdChoice::Keep,
                false => IdChoice::Renew,
            },
            purpose: purpose.into(),
            addresses: match is_safe {
                true => AddressChoice::Mask,
                false => AddressChoice::Keep,
            },
            names: match masks_names {
                true => NameChoice::Mask,
                false => NameChoice::Keep,
            },
            ..NewOptions::new(actor, name, now, spill_folder)
        }
    }
}

/// Uploaded files that a new company gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CarriedFiles {
    /// How many.
    pub file_count: u64,
    /// Their length together.
    pub byte_count: u64,
}

/// One of the application's users, who may own a new company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AppUser {
    /// Name, where it is known.
    pub name: Option<String>,
    /// E-mail address.
    pub email: String,
}

impl AppUser {
    /// Somebody with an address.
    #[must_use]
    pub fn new(person: model::Person) -> Option<Self> {
        let model::Person { id: _, name, email } = person;
        Some(Self {
            name,
            email: email?,
        })
    }
}

/// What a new company would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewCompanyPlan {
    /// Whether it can be made.
    pub verdict: Verdict,
    /// The new company, with the key that it would have.
    pub company: Company,
    /// The company that it is made from.
    pub source: Company,
    /// E-mail address of whoever owns it; `null` where the application has no people.
    pub owner: Option<String>,
    /// What is carried, by area.
    pub areas: Vec<NewArea>,
    /// Rows of all areas.
    pub row_count: u64,
    /// Everybody that rows of the backup refer to.
    pub people: Vec<NewPerson>,
    /// The group that it is in; `null` where the application has no groups.
    pub group: Option<NewGroup>,
    /// What it begins without.
    pub left_out: Vec<LeftOutRows>,
    /// Values that no two rows may have alike, whosever they are.
    pub uniques: Vec<NewUnique>,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// What a person is to do once it is there.
    pub reconnect: Vec<String>,
    /// What it is for.
    pub purpose: NewPurpose,
    /// Whether addresses of outside parties are replaced.
    pub is_safe: bool,
    /// Whether their names are replaced too.
    pub masks_names: bool,
    /// Whether it begins with nothing but what its owner needs.
    pub is_blank: bool,
    /// By how many days dates move, so that a template's today is the day on which it is used.
    pub moved_days: i64,
    /// Uploaded files in the backup.
    pub file_count: u64,
    /// Those of them that are carried; `null` where that was not asked for.
    pub carried_files: Option<CarriedFiles>,
    /// By which rights it would be made, and what is missing.
    pub rights: PlanRights,
}

/// A column of values that no two rows may have alike, whosever they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewUnique {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// The column.
    pub column: String,
    /// Values in the backup.
    pub value_count: u64,
    /// How many of them are taken.
    pub taken_count: u64,
    /// What the copy has in their place.
    pub proposal: UniqueProposal,
}

/// What is proposed for values that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UniqueProposal {
    /// Each ends in letters of its own.
    MakeDistinct,
    /// They stay, and must be free.
    Keep,
}

/// One area of a new company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewArea {
    /// Short name.
    pub area: String,
    /// Name for people.
    pub title: String,
    /// Rows of its tables.
    pub row_count: u64,
    /// Its tables.
    pub tables: Vec<NewTable>,
}

/// One table of a new company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// Rows that are carried.
    pub row_count: u64,
    /// What becomes of their ids.
    pub ids: NewIds,
    /// Whether two people in whose place one stands cannot both keep their rows there.
    pub names_people_once: bool,
}

/// What becomes of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NewIds {
    /// Each row gets a new one.
    Renewed,
    /// They are other rows' ids, and follow them.
    Followed,
    /// They stay.
    Kept,
}

/// A person that rows of the backup refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewPerson {
    /// Name, where it is known.
    pub name: Option<String>,
    /// E-mail address, where it is known.
    pub email: Option<String>,
    /// Who takes their place.
    pub fate: NewPersonFate,
}

/// Who takes the place of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NewPersonFate {
    /// The same person: there is one of that e-mail address.
    Found,
    /// The owner.
    Owner,
    /// Somebody who is made for it.
    Placeholder,
    /// Nobody.
    Nobody,
}

/// The group of a new company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewGroup {
    /// Its key.
    pub id: String,
    /// Whether it was there before.
    pub is_joined: bool,
    /// What it has and the backup has otherwise, where it is joined.
    pub differences: Vec<NewGroupTable>,
}

/// One table of a group that is joined, beside the backup's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewGroupTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// Rows of the backup that the group has.
    pub same: u64,
    /// Rows of the backup that the group has with other values; its own stay.
    pub differing: u64,
    /// Rows of the backup that the group does not have; they are not added.
    pub lacking: u64,
}

/// Rows that a new company begins without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LeftOutRows {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// How many, where that is known.
    pub row_count: Option<u64>,
    /// Why, as a sentence.
    pub because: String,
}

/// What making a new company did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NewCompanyReport {
    /// The new company.
    pub company: Company,
    /// Rows that it has.
    pub row_count: u64,
    /// What was done, by area.
    pub areas: Vec<MadeArea>,
    /// What it begins without.
    pub left_out: Vec<LeftOutRows>,
    /// What was left out, defaulted or noted.
    pub findings: Vec<Finding>,
    /// Tables that were made for it, as `schema.name`.
    pub made_tables: Vec<String>,
    /// What became of uploaded files, where they were asked for.
    pub files: Option<FilesReport>,
    /// What the application derives, and whether it was brought up to date.
    pub after: Vec<AfterStep>,
    /// What a person is to do now.
    pub reconnect: Vec<String>,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// One area of a company that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MadeArea {
    /// Short name.
    pub area: String,
    /// Name for people.
    pub title: String,
    /// Rows of its tables.
    pub row_count: u64,
    /// Its tables.
    pub tables: Vec<MadeTable>,
}

/// One table of a company that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MadeTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// Rows that are there now.
    pub row_count: u64,
    /// Rows that could not be carried, since what they need is not there.
    pub left_out: u64,
    /// Rows that were one with others once people were.
    pub collided: u64,
    /// What was done, by column.
    pub columns: Vec<MadeColumn>,
}

/// One column of a company that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MadeColumn {
    /// The column.
    pub column: String,
    /// Rows that got a new id in it.
    pub renewed: u64,
    /// References that followed.
    pub followed: u64,
    /// People in whose place the owner is.
    pub owners: u64,
    /// Values that were emptied, since what they led to is not there.
    pub emptied: u64,
    /// Texts that were made distinct.
    pub made_distinct: u64,
    /// Dates that were moved.
    pub moved: u64,
    /// Ids without a reference: whole values.
    pub found_values: u64,
    /// Ids without a reference: elements of arrays.
    pub found_elements: u64,
    /// Ids without a reference: strings of JSON.
    pub found_strings: u64,
    /// Ids without a reference: names in JSON.
    pub found_names: u64,
    /// Ids in paths, links and other text.
    pub found_inside: u64,
    /// Ids of rows that are not there: they still lead to the company that was copied.
    pub left: u64,
    /// Words that look like ids of the company and name no row of its backup: they may lead to what is in no backup, to
    /// rows that all companies share, or to another system.
    pub unknown: u64,
    /// E-mail addresses of outside parties that were replaced.
    pub masked_emails: u64,
    /// Telephone numbers of outside parties that were replaced.
    pub masked_phones: u64,
    /// Web sites of outside parties that were replaced.
    pub masked_sites: u64,
    /// Bank accounts that were replaced.
    pub masked_accounts: u64,
    /// Names of outside parties that were replaced.
    pub masked_names: u64,
}

impl NewCompanyPlan {
    /// The plan with names for people.
    #[must_use]
    pub fn new(plan: &new_company::NewPlan, labels: &Labels) -> Self {
        let tables = plan.tables.iter().map(|planned| {
            let new_company::PlannedTable {
                table,
                label,
                area: _,
                row_count,
                ids,
                names_people_once,
            } = planned;
            let made = NewTable {
                table: table.to_string(),
                label: label.clone(),
                row_count: *row_count,
                ids: (*ids).into(),
                names_people_once: *names_people_once,
            };
            (table.clone(), made)
        });
        let areas = labels.by_area(tables).into_iter().map(|(area, tables)| {
            let tables: Vec<NewTable> = tables.into_iter().map(|(_, table)| table).collect();
            NewArea {
                title: labels.area(&area),
                row_count: tables.iter().map(|table| table.row_count).sum(),
                area,
                tables,
            }
        });
        Self {
            verdict: plan.verdict.into(),
            company: (&plan.company).into(),
            source: (&plan.source).into(),
            owner: plan.owner.as_ref().map(|owner| owner.email.clone()),
            areas: areas.collect(),
            row_count: plan.row_count,
            people: plan.people.iter().map(Into::into).collect(),
            group: plan
                .group
                .as_ref()
                .map(|group| NewGroup::new(group, labels)),
            left_out: left_out(&plan.left_out, labels),
            uniques: plan
                .uniques
                .iter()
                .map(|unique| NewUnique::new(unique, labels))
                .collect(),
            findings: findings(&plan.findings, labels),
            reconnect: plan.reconnect.clone(),
            purpose: plan.purpose.into(),
            is_safe: plan.is_safe,
            masks_names: plan.masks_names,
            is_blank: plan.is_blank,
            moved_days: plan.moved_days,
            file_count: plan.file_count,
            carried_files: plan.carried_files.map(|(count, byte_count)| CarriedFiles {
                file_count: count,
                byte_count,
            }),
            rights: (&plan.rights).into(),
        }
    }
}

impl NewCompanyReport {
    /// The report with names for people.
    #[must_use]
    pub fn new(report: &new_company::NewReport, labels: &Labels, elapsed_ms: u64) -> Self {
        let new_company::NewReport {
            company,
            row_count,
            tables,
            left_out: left,
            findings: found,
            files,
            made_tables,
            after,
            reconnect,
        } = report;
        let tables = tables
            .iter()
            .map(|table| (table.table.clone(), table.into()));
        let areas = labels.by_area(tables).into_iter().map(|(area, tables)| {
            let tables: Vec<MadeTable> = tables.into_iter().map(|(_, table)| table).collect();
            MadeArea {
                title: labels.area(&area),
                row_count: tables.iter().map(|table| table.row_count).sum(),
                area,
                tables,
            }
        });
        Self {
            company: company.into(),
            row_count: *row_count,
            areas: areas.collect(),
            left_out: left_out(left, labels),
            findings: findings(found, labels),
            files: files.as_ref().map(Into::into),
            made_tables: made_tables.iter().map(ToString::to_string).collect(),
            after: after.iter().map(Into::into).collect(),
            reconnect: reconnect.clone(),
            elapsed_ms,
        }
    }
}

fn left_out(left_out: &[new_company::LeftOut], labels: &Labels) -> Vec<LeftOutRows> {
    let rows = left_out.iter().map(|left| {
        let new_company::LeftOut {
            table,
            row_count,
            because,
        } = left;
        LeftOutRows {
            label: labels.table(table),
            table: table.to_string(),
            row_count: *row_count,
            because: because.clone(),
        }
    });
    rows.collect()
}

fn findings(findings: &[snapback_engine::difference::Finding], labels: &Labels) -> Vec<Finding> {
    let findings = findings.iter();
    findings
        .map(|finding| Finding::new(finding, labels))
        .collect()
}

impl NewGroup {
    fn new(group: &new_company::NewGroup, labels: &Labels) -> Self {
        let new_company::NewGroup {
            id,
            is_joined,
            differences,
        } = group;
        let differences = differences.iter().map(|found| {
            let new_company::GroupDifference {
                table,
                same,
                differing,
                lacking,
            } = found;
            NewGroupTable {
                label: labels.table(table),
                table: table.to_string(),
                same: *same,
                differing: *differing,
                lacking: *lacking,
            }
        });
        Self {
            id: id.clone(),
            is_joined: *is_joined,
            differences: differences.collect(),
        }
    }
}

impl NewUnique {
    fn new(unique: &new_company::PlannedUnique, labels: &Labels) -> Self {
        let new_company::PlannedUnique {
            table,
            column,
            value_count,
            taken_count,
            proposal,
        } = unique;
        Self {
            label: labels.table(table),
            table: table.to_string(),
            column: column.clone(),
            value_count: *value_count,
            taken_count: *taken_count,
            proposal: match proposal {
                new_company::Proposal::MakeDistinct => UniqueProposal::MakeDistinct,
                new_company::Proposal::Keep => UniqueProposal::Keep,
            },
        }
    }
}

impl From<new_company::PlannedIds> for NewIds {
    fn from(ids: new_company::PlannedIds) -> Self {
        match ids {
            new_company::PlannedIds::Renewed => Self::Renewed,
            new_company::PlannedIds::Followed => Self::Followed,
            new_company::PlannedIds::Kept => Self::Kept,
        }
    }
}

impl From<&new_company::PlannedPerson> for NewPerson {
    fn from(planned: &new_company::PlannedPerson) -> Self {
        let new_company::PlannedPerson {
            person,
            fate,
            key: _,
        } = planned;
        Self {
            name: person.name.clone(),
            email: person.email.clone(),
            fate: match fate {
                new_company::PersonFate::Found => NewPersonFate::Found,
                new_company::PersonFate::Owner => NewPersonFate::Owner,
                new_company::PersonFate::Placeholder => NewPersonFate::Placeholder,
                new_company::PersonFate::Nobody => NewPersonFate::Nobody,
            },
        }
    }
}

impl From<&new_company::NewTable> for MadeTable {
    fn from(table: &new_company::NewTable) -> Self {
        let new_company::NewTable {
            table,
            label,
            area: _,
            row_count,
            left_out,
            collided,
            columns,
        } = table;
        Self {
            table: table.to_string(),
            label: label.clone(),
            row_count: *row_count,
            left_out: *left_out,
            collided: *collided,
            columns: columns.iter().map(Into::into).collect(),
        }
    }
}

impl From<&new_company::ColumnReport> for MadeColumn {
    fn from(report: &new_company::ColumnReport) -> Self {
        let new_company::ColumnReport {
            column,
            renewed,
            followed,
            owners,
            emptied,
            made_distinct,
            moved,
            found,
            masked,
        } = report;
        let rekey::Masked {
            emails,
            phones,
            sites,
            accounts,
            names: masked_names,
        } = masked;
        let rekey::Found {
            whole,
            elements,
            strings,
            names,
            inside,
            left,
            unknown,
        } = found;
        Self {
            column: column.clone(),
            renewed: *renewed,
            followed: *followed,
            owners: *owners,
            emptied: *emptied,
            made_distinct: *made_distinct,
            moved: *moved,
            found_values: *whole,
            found_elements: *elements,
            found_strings: *strings,
            found_names: *names,
            found_inside: *inside,
            left: *left,
            unknown: *unknown,
            masked_emails: *emails,
            masked_phones: *phones,
            masked_sites: *sites,
            masked_accounts: *accounts,
            masked_names: *masked_names,
        }
    }
}
