//! Proposes how to read an application that no profile is known for, from its catalog alone.
//!
//! It decides and reads nothing: what the rows tell (shapes of a few values, the companies' keys) is
//! handed in as [`Evidence`], so that no value is ever part of a proposal. Every decision carries its
//! reason, and those that a person should look at are marked: a proposal is a draft to be corrected.

mod areas;
mod evidence;
mod naming;
mod people;
mod places;
mod reasons;
mod secrets;
mod tenant;
mod text;
mod version;

use std::collections::BTreeMap;

use crate::error::{Code, Error, Result};
use crate::model::{AfterRestore, Profile, Schema, ScopeRule, TableName};

pub use evidence::{Evidence, SecretShape, sampled_columns, secret_shape};
pub use reasons::{Reason, Topic};
pub use tenant::{Tenant, tenant};

use reasons::Reasons;

/// A profile that fits a schema as far as the catalog tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The profile; it fits together and names every table of its schema.
    pub profile: Profile,
    /// Why it says what it says.
    pub reasons: Vec<Reason>,
}

impl Proposal {
    /// The proposal as TOML that [`super::parse`] reads to the same profile, with the reasons as
    /// comments beside what they are about.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::write(self)
    }

    /// How many decisions a person should look at.
    #[must_use]
    pub fn doubt_count(&self) -> usize {
        self.reasons
            .iter()
            .filter(|reason| reason.is_doubtful)
            .count()
    }
}

/// Proposes a profile for the application whose tables these are.
///
/// # Errors
/// `profile_mismatch` where no table looks like one of companies.
pub fn propose(schema: &Schema, evidence: &Evidence) -> Result<Proposal> {
    let Some(tenant) = tenant(schema) else {
        return Err(no_tenant(schema));
    };
    let mut reasons = Reasons::default();
    tenant.explain(&mut reasons);
    let app = App {
        schema,
        evidence,
        tables: schema
            .tables
            .iter()
            .filter(|(name, _)| name.schema == tenant.table.schema)
            .collect(),
        tenant: &tenant,
    };
    app.other_schemas(&mut reasons);
    let people = people::people(&app, &mut reasons);
    let schema_version = version::rule(&app, &mut reasons);
    let secrets = secrets::secrets(&app, &mut reasons);
    let places = places::places(&app, people.as_ref(), &secrets, &mut reasons);
    let areas = areas::areas(&app, &places, &mut reasons);
    let (tables, soft_references, path_columns) =
        naming::naming(&app, &places, &secrets, &mut reasons);
    let written = |name: &TableName| app.written(name);
    let profile = Profile {
        name: evidence.profile_name(),
        title: evidence.title(),
        schema: tenant.table.schema.clone(),
        company: tenant.rule(),
        group: tenant.group.clone(),
        scope: ScopeRule {
            columns: tenant.columns.clone(),
            singletons: tenant.singletons.iter().map(written).collect(),
            run_time: places.run_time.clone(),
            global: places.global.iter().map(written).collect(),
            intended_crossings: tenant.crossings.clone(),
        },
        people: people.map(|rule| places.with_more_people(&app, rule)),
        areas,
        excluded: places.excluded_lists(&app),
        secret_columns: places.secret_columns(&app, &secrets),
        kept: places.kept.iter().map(written).collect(),
        tables,
        renames: Vec::new(),
        soft_references,
        path_columns,
        files: None,
        schema_version,
        access: None,
        user_roles: None,
        database_roles: None,
        sign_out: None,
        after_restore: after_restore(&app, &mut reasons),
        new_company: None,
        export: None,
    };
    Ok(Proposal {
        profile,
        reasons: reasons.into_sorted(),
    })
}

/// What is being read, and what was decided first.
struct App<'a> {
    /// Every table that was read, those of other schemas included.
    schema: &'a Schema,
    evidence: &'a Evidence,
    /// The tables of the application's schema.
    tables: BTreeMap<&'a TableName, &'a crate::model::Table>,
    tenant: &'a Tenant,
}

impl App<'_> {
    /// How the profile writes a table.
    fn written(&self, name: &TableName) -> String {
        if name.schema == self.tenant.table.schema {
            name.name.clone()
        } else {
            name.to_string()
        }
    }

    /// A profile reads one schema; what another one seems to hold of the companies is said.
    fn other_schemas(&self, reasons: &mut Reasons) {
        let elsewhere: Vec<String> = self
            .schema
            .tables
            .iter()
            .filter(|(name, _)| name.schema != self.tenant.table.schema)
            .filter(|(_, table)| self.tenant.column_of(table).is_some())
            .map(|(name, _)| name.to_string())
            .collect();
        if !elsewhere.is_empty() {
            reasons.doubt(
                Topic::Schema,
                format!(
                    "a profile reads one schema; these tables of others have the companies' column too and would not be in a backup: {}",
                    elsewhere.join(", ")
                ),
            );
        }
    }
}

fn after_restore(app: &App<'_>, reasons: &mut Reasons) -> Vec<AfterRestore> {
    let with_triggers: Vec<String> = app
        .tables
        .iter()
        .filter(|(_, table)| !table.triggers.is_empty())
        .map(|(name, _)| app.written(name))
        .collect();
    if !with_triggers.is_empty() {
        reasons.doubt(
            Topic::AfterRestore,
            format!(
                "triggers stay silent during a restore; say here what must be made again where they derive something: {}",
                with_triggers.join(", ")
            ),
        );
    }
    let views = &app.evidence.materialized_views;
    views
        .iter()
        .map(|view| AfterRestore {
            what: super::words::plural_label(view),
            refresh: Some(view.clone()),
            by_hand: None,
        })
        .collect()
}

fn no_tenant(schema: &Schema) -> Error {
    Error::new(
        Code::ProfileMismatch,
        "No table of this database looks like one of companies that others belong to.",
    )
    .with("table_count", schema.tables.len())
    .hint("Check the name of the database; else write a profile by hand, with `snapback profile show` as a model.")
}
