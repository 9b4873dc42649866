//! The application's triggers do not fire while rows are put back. Under replica role they are silent by
//! themselves; an owner disables each that would fire by its name, and sets it back to the state that it
//! had. `DISABLE TRIGGER USER` would not do: it turns ALWAYS and disabled ones into ordinary ones.
//!
//! Both are part of the restoring transaction: whatever ends it otherwise leaves every state as it was.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use super::rights::References;
use crate::company::Opened;
use crate::model::TableName;
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays, name_columns};
use crate::{Code, Error, Result};

/// Triggers that are silent, and how they are set back.
#[must_use = "triggers stay silent until they are set back"]
pub(crate) struct Silenced {
    set_back: String,
}

impl Silenced {
    /// Silences the triggers of those tables and puts off the references that may be checked later.
    ///
    /// # Errors
    /// Errors of the connection; `missing_right`.
    pub(crate) async fn begin(
        session: &mut Session,
        opened: &Opened,
        tables: &HashSet<TableName>,
        references: References,
    ) -> Result<Self> {
        if references == References::Silent {
            session
                .run("SET LOCAL session_replication_role = replica")
                .await?;
            return Ok(Self {
                set_back: String::new(),
            });
        }
        let mut disable = String::new();
        let mut set_back = String::new();
        let put_off = put_off(opened, tables);
        if !put_off.is_empty() {
            let _ = writeln!(disable, "SET CONSTRAINTS {put_off} DEFERRED;");
            // A table with checks to come refuses to be altered.
            let _ = writeln!(set_back, "SET CONSTRAINTS {put_off} IMMEDIATE;");
        }
        // One statement a table, since event triggers fire at each.
        for (table, triggers) in firing(session, tables).await? {
            let (mut off, mut on) = (Vec::new(), Vec::new());
            for (name, state) in triggers {
                let name = Ident(&name);
                off.push(format!("DISABLE TRIGGER {name}"));
                on.push(match state.as_str() {
                    "O" => format!("ENABLE TRIGGER {name}"),
                    "A" => format!("ENABLE ALWAYS TRIGGER {name}"),
                    _ => return Err(unknown_state()),
                });
            }
            let table = Qualified(&table).to_string();
            let _ = writeln!(disable, "ALTER TABLE ONLY {table} {};", off.join(", "));
            let _ = writeln!(set_back, "ALTER TABLE ONLY {table} {};", on.join(", "));
        }
        if !disable.is_empty() {
            session.run(&disable).await?;
        }
        Ok(Self { set_back })
    }

    /// Checks what was put off and sets every trigger back.
    ///
    /// # Errors
    /// Errors of the connection, among them references that lead nowhere.
    pub(crate) async fn end(self, session: &mut Session) -> Result<()> {
        if !self.set_back.is_empty() {
            session.run(&self.set_back).await?;
        }
        Ok(())
    }
}

fn unknown_state() -> Error {
    Error::new(
        Code::Defect,
        "A trigger is in a state that is not known here.",
    )
}

/// Triggers with their states, by table or partition.
type Firing = BTreeMap<TableName, Vec<(String, String)>>;

async fn firing(session: &mut Session, tables: &HashSet<TableName>) -> Result<Firing> {
    let mut firing = Firing::new();
    for row in fetch_text_arrays(
        session,
        include_str!("user_triggers.sql"),
        &name_columns(tables),
    )
    .await?
    {
        let [Some(schema), Some(table), Some(name), Some(state)] =
            <[Option<String>; 4]>::try_from(row).unwrap_or_default()
        else {
            return Err(unknown_state());
        };
        let triggers = firing.entry(TableName::new(schema, table)).or_default();
        triggers.push((name, state));
    }
    Ok(firing)
}

/// Constraints that may be checked later and have to do with those tables, as SET CONSTRAINTS lists them.
/// ALL would take in those of other schemas, ours among them.
fn put_off(opened: &Opened, tables: &HashSet<TableName>) -> String {
    let mut names = Vec::new();
    for (name, table) in &opened.schema.tables {
        let references = table.references.iter().filter(|reference| {
            reference.deferrable && (tables.contains(name) || tables.contains(&reference.target))
        });
        let uniques = table
            .uniques
            .iter()
            .filter(|unique| unique.deferrable && tables.contains(name));
        let found = references
            .map(|reference| &reference.name)
            .chain(uniques.map(|unique| &unique.name));
        names.extend(found.map(|constraint| {
            Qualified(&TableName::new(name.schema.clone(), constraint)).to_string()
        }));
    }
    names.sort();
    names.dedup();
    names.join(", ")
}
