use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error, Result};
use crate::model::{
    Company, ExclusionReason, Notice, NoticeKind, OTHER_AREA, Profile, RunTimeTable, Schema, Table,
    TableKind, TableName,
};

use super::ownership::{Facts, Owner, Ownership, ownership};
use super::place::{Place, places};
use super::{Disposition, Membership, Scope, TableScope};

/// Decides for every table what a backup and a restore of the company do with it and how the
/// company's rows in it are found.
///
/// # Errors
/// `ProfileMismatch` if the company table is missing; `NotCovered` naming every table of which
/// nothing says whose rows it holds, so that none is left out in silence.
pub fn resolve(schema: &Schema, profile: &Profile, company: &Company) -> Result<Scope> {
    let (scope, uncovered) = decide(schema, profile, company)?;
    if uncovered.is_empty() {
        return Ok(scope);
    }
    let names: Vec<String> = uncovered
        .iter()
        .map(|table| profile.written(table))
        .collect();
    let message = match names.as_slice() {
        [one] => format!(
            "Nothing says whose rows the table {one} holds, so the backup would not be whole."
        ),
        _ => format!(
            "Nothing says whose rows {} tables hold, so the backup would not be whole.",
            names.len()
        ),
    };
    Err(Error::new(Code::NotCovered, message).with("tables", names.join(", ")).hint(format!(
        "Name each in a profile for --profile: under `scope.global` if it belongs to no company, under `excluded` \
         with a reason, or under `scope.singletons` if its key is the company's. `snapback profile show {}` prints \
         the profile to start from.",
        profile.name
    )))
}

/// The tables of which nothing says whose rows they hold, for a report; a backup refuses them.
///
/// # Errors
/// `ProfileMismatch` if the company table is missing.
pub fn uncovered(schema: &Schema, profile: &Profile, company: &Company) -> Result<Vec<TableName>> {
    decide(schema, profile, company).map(|(_, uncovered)| uncovered)
}

fn decide(
    schema: &Schema,
    profile: &Profile,
    company: &Company,
) -> Result<(Scope, Vec<TableName>)> {
    company_table(schema, profile)?;
    let places = places(profile);
    let run_time = run_time(schema, profile, company, &places);
    let facts = Facts {
        schema,
        profile,
        places: &places,
        own_run_time: &run_time.own,
    };
    let Ownership {
        tables: mut owned,
        mut notices,
    } = ownership(&facts);
    let mut tables = BTreeMap::new();
    let mut uncovered = Vec::new();
    for (name, table) in &schema.tables {
        // Other schemas are the platform's; the profile names those of their tables that count.
        let counts = name.schema == profile.schema || places.contains_key(name);
        if !counts || run_time.others.contains(name) {
            continue;
        }
        let made = if run_time.own.contains(name) {
            run_time_kind(profile, name)
        } else {
            None
        };
        let place = places.get(name).copied();
        let deciding = Deciding {
            profile,
            company,
            place,
            made,
            name,
            table,
        };
        match deciding.table_scope(owned.remove(name)) {
            None => uncovered.push(name.clone()),
            Some(scope) => {
                deciding.note(&scope, &mut notices);
                tables.insert(name.clone(), scope);
            }
        }
    }
    notices.sort();
    let made_for_others = run_time.others.into_iter().collect();
    Ok((
        Scope {
            company: company.clone(),
            tables,
            made_for_others,
            notices,
        },
        uncovered,
    ))
}

fn company_table(schema: &Schema, profile: &Profile) -> Result<()> {
    let company_table = profile.table_name(&profile.company.table);
    if schema.tables.contains_key(&company_table) {
        return Ok(());
    }
    let message = format!(
        "This database has no table of companies as {} has.",
        profile.title
    );
    Err(Error::new(Code::ProfileMismatch, message)
        .with("table", &company_table)
        .hint("Check the name of the database, or choose the profile of this application (--profile; `snapback profile propose` proposes one)."))
}

/// Tables that the application made at run time.
struct RunTime {
    /// For this company.
    own: BTreeSet<TableName>,
    /// For other companies, going by what stands before the key in their names.
    others: BTreeSet<TableName>,
}

fn run_time(
    schema: &Schema,
    profile: &Profile,
    company: &Company,
    places: &BTreeMap<TableName, Place<'_>>,
) -> RunTime {
    let mut found = RunTime {
        own: BTreeSet::new(),
        others: BTreeSet::new(),
    };
    for (name, table) in &schema.tables {
        // A table that merely begins alike has a place or a column that says whose its rows are.
        let has_scope = profile
            .scope
            .columns
            .iter()
            .any(|column| table.column(column).is_some());
        if name.schema != profile.schema || places.contains_key(name) || has_scope {
            continue;
        }
        let kind = run_time_kind(profile, name);
        match kind.and_then(|kind| name.name.strip_prefix(kind.prefix.as_str())) {
            Some(key) if key == company.id.as_str() => found.own.insert(name.clone()),
            Some(_) => found.others.insert(name.clone()),
            None => false,
        };
    }
    found
}

fn run_time_kind<'a>(profile: &'a Profile, table: &TableName) -> Option<&'a RunTimeTable> {
    profile
        .scope
        .run_time
        .iter()
        .find(|kind| table.name.starts_with(&kind.prefix))
}

/// One table about to be decided.
struct Deciding<'a> {
    profile: &'a Profile,
    company: &'a Company,
    place: Option<Place<'a>>,
    /// What kind of run-time table it is, if it is one of this company.
    made: Option<&'a RunTimeTable>,
    name: &'a TableName,
    table: &'a Table,
}

impl Deciding<'_> {
    fn table_scope(&self, owned: Option<(Owner, Membership)>) -> Option<TableScope> {
        let (disposition, membership) = match (self.place, owned) {
            (Some(Place::Global), _) => (Disposition::Shared, Membership::None),
            (Some(Place::People), _) => (Disposition::People, Membership::None),
            (Some(Place::Excluded(reason, because)), owned) => {
                let membership = owned.map_or(Membership::None, |(_, membership)| membership);
                (
                    Disposition::Excluded {
                        reason,
                        because: because.to_owned(),
                    },
                    membership,
                )
            }
            (Some(Place::Area(_)) | None, Some((owner, membership)))
                if self.table.kind != TableKind::Foreign =>
            {
                (self.archived(owner), membership)
            }
            // Rows of a foreign table can be neither locked nor put back.
            (Some(Place::Area(_)) | None, _) => return None,
        };
        let secret_columns = self.profile.secret_columns.iter();
        let secret_columns = secret_columns
            .filter_map(|written| self.profile.column_name(written))
            .filter(|(table, column)| table == self.name && self.table.column(column).is_some())
            .map(|(_, column)| column.to_owned())
            .collect();
        Some(TableScope {
            disposition,
            membership,
            area: self.area(),
            secret_columns,
        })
    }

    fn archived(&self, owner: Owner) -> Disposition {
        let profile = self.profile;
        if let Some(because) = self.made.and_then(|kind| kind.rebuilt_because.clone()) {
            return Disposition::Excluded {
                reason: ExclusionReason::Rebuilt,
                because,
            };
        }
        let is = |written: &String| profile.table_name(written) == *self.name;
        // The company and its group are in the archive for copies; what they are called and who is
        // their parent is not undone with their data.
        if is(&profile.company.table)
            || profile.group.as_ref().is_some_and(|group| is(&group.table))
            || profile.kept.iter().any(is)
        {
            return Disposition::Kept;
        }
        match owner {
            Owner::Company => Disposition::Restored,
            Owner::Group => Disposition::Group {
                writable: self.company.alone_in_group,
            },
        }
    }

    fn area(&self) -> String {
        match (self.place, self.made) {
            (Some(Place::Area(area)), _) => area.to_owned(),
            (
                _,
                Some(RunTimeTable {
                    area: Some(area), ..
                }),
            ) => area.clone(),
            _ => OTHER_AREA.to_owned(),
        }
    }

    fn note(&self, scope: &TableScope, notices: &mut Vec<Notice>) {
        if !scope.disposition.is_archived() {
            return;
        }
        let written = self.profile.written(self.name);
        if self.place.is_none() && self.made.is_none() {
            notices.push(Notice {
                kind: NoticeKind::UnknownTable,
                message: format!(
                    "The table {written} is new to the profile; its rows are in the backup, in the area {OTHER_AREA}."
                ),
                about: written.clone(),
            });
        }
        for column in self
            .table
            .stored_columns()
            .filter(|column| column.tells_secret())
        {
            if !scope.secret_columns.contains(&column.name) {
                let about = format!("{written}.{}", column.name);
                notices.push(Notice {
                    kind: NoticeKind::LooksSecret,
                    message: format!(
                        "The column {about} may hold a secret, and it is in the backup."
                    ),
                    about,
                });
            }
        }
    }
}
