//! Tables that the application makes for each company: made like those of another one.

use std::collections::BTreeMap;

use crate::Result;
use crate::archive::Manifest;
use crate::company::{self, Opened};
use crate::model::{CompanyId, Profile, TableName};
use crate::pg::{Ident, Literal, Qualified, Session};
use crate::restore::MissingRight;

/// A manifest in which the company's own tables are called as the new company's, with the names that they
/// have in the archive.
pub(super) fn renamed(
    manifest: &Manifest,
    profile: &Profile,
    company: &CompanyId,
) -> (Manifest, BTreeMap<TableName, TableName>) {
    let mut renamed = manifest.clone();
    let mut names = BTreeMap::new();
    for kind in &profile.scope.run_time {
        let old = TableName::new(
            &profile.schema,
            format!("{}{}", kind.prefix, manifest.company.id),
        );
        let new = TableName::new(&profile.schema, format!("{}{company}", kind.prefix));
        for entry in renamed.tables.iter_mut().filter(|entry| entry.table == old) {
            entry.table = new.clone();
            names.insert(new.clone(), old.clone());
        }
        if let Some(table) = renamed.catalog.tables.remove(&old) {
            renamed.catalog.tables.insert(new, table);
        }
    }
    (renamed, names)
}

/// The right to make tables, where some are to be made and the role does not have it.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn missing_right(opened: &mut Opened, role: &str) -> Result<Option<MissingRight>> {
    let (schema, profile) = (&opened.schema, &opened.profile);
    let mut kinds = profile.scope.run_time.iter();
    let makes_some = kinds.any(|kind| {
        company::run_time_pattern(schema, profile, kind, &opened.scope.company).is_some()
    });
    let sql = "SELECT has_schema_privilege(current_user, $1::text, 'CREATE')::text";
    let name = profile.schema.clone();
    let may = opened.session.fetch_text_rows(sql, &[Some(&name)]).await?;
    let may = may.into_iter().flatten().flatten().next();
    Ok(
        (makes_some && may.as_deref() != Some("true")).then(|| MissingRight {
            what: "This role may not make the tables that the application has for each company."
                .to_owned(),
            remedy: format!(
                "An administrator runs: GRANT CREATE ON SCHEMA {} TO {};",
                Ident(&name),
                Ident(role)
            ),
        }),
    )
}

/// Makes them, with indexes, rights and policies; what stands there of the other company's key becomes the
/// new one's. Those that are there already stay.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn make(session: &mut Session, opened: &Opened) -> Result<Vec<TableName>> {
    let mut made = Vec::new();
    for kind in &opened.profile.scope.run_time {
        let company = opened.company();
        let (schema, profile) = (&opened.schema, &opened.profile);
        let Some((pattern, _)) = company::run_time_pattern(schema, profile, kind, company) else {
            continue;
        };
        let name = TableName::new(&profile.schema, format!("{}{}", kind.prefix, company.id));
        let there = "SELECT to_regclass($1)::text";
        let quoted = Qualified(&name).to_string();
        let found = session.fetch_text_rows(there, &[Some(&quoted)]).await?;
        if found.into_iter().flatten().flatten().next().is_some() {
            continue;
        }
        session
            .run(&format!(
                "CREATE TABLE {quoted} (LIKE {} INCLUDING ALL EXCLUDING STATISTICS)",
                Qualified(pattern)
            ))
            .await?;
        let other = pattern.name.strip_prefix(&kind.prefix).unwrap_or_default();
        like(session, pattern, &name, (other, company.id.as_str())).await?;
        made.push(name);
    }
    Ok(made)
}

/// What `LIKE` does not copy: sequences of its own, row security, policies, triggers, rights, owner.
async fn like(
    session: &mut Session,
    pattern: &TableName,
    name: &TableName,
    (other, company): (&str, &str),
) -> Result<()> {
    let (of, to) = (Qualified(pattern).to_string(), Qualified(name).to_string());
    let rows = session
        .fetch_text_rows(include_str!("run_time.sql"), &[Some(&of)])
        .await?;
    for row in rows {
        let [kind, first, second, third] = <[Option<String>; 4]>::try_from(row).unwrap_or_default();
        let (first, second) = (first.unwrap_or_default(), second.unwrap_or_default());
        let (theirs, own) = (Literal(other).to_string(), Literal(company).to_string());
        let third = third.unwrap_or_default().replace(&theirs, &own);
        let sql = match kind.as_deref() {
            Some("serial") => {
                let sequence = TableName::new(&name.schema, format!("{}_{first}_seq", name.name));
                format!(
                    "CREATE SEQUENCE {sequence} AS {second} OWNED BY {to}.{column}; \
                     ALTER TABLE {to} ALTER {column} SET DEFAULT nextval({literal}::regclass)",
                    sequence = Qualified(&sequence),
                    column = Ident(&first),
                    literal = Literal(&Qualified(&sequence).to_string()),
                )
            }
            Some("owner") => format!("ALTER TABLE {to} OWNER TO {}", Ident(&first)),
            Some("security") => format!("ALTER TABLE {to} {first} ROW LEVEL SECURITY"),
            Some("policy") => format!("CREATE POLICY {} ON {to} {second} {third}", Ident(&first)),
            Some("right") => format!("GRANT {first} ON {to} TO {second}"),
            _ => continue,
        };
        session.run(&sql).await?;
    }
    Ok(())
}
