use std::path::PathBuf;
use std::sync::Arc;

use super::role::{Granted, Role, Roles};
use crate::catalog;
use crate::catalog::kept::Guess;
use crate::model::{Company, CompanyId, Profile, RunTimeTable, Schema, Table, TableName};
use crate::pg::{Ident, Qualified, Session, Settings};
use crate::scope::{self, Scope};
use crate::{Code, Error, Result};

/// A database and how its schema is to be read.
#[derive(Debug, Clone)]
pub struct Target {
    /// How to connect.
    pub settings: Settings,
    /// How to read the schema.
    pub profile: Profile,
    /// E-mail address of the application's user on whose behalf somebody acts: then only companies
    /// are there whose backups that user may look into, and no more is done with them than he may. Whoever
    /// has the database role's password may act as somebody else, or as nobody.
    pub acting_as: Option<String>,
    /// A folder of this person's alone in which catalogs that were read are kept for the next time; `None` to
    /// read them each time.
    pub catalogs: Option<PathBuf>,
}

/// Who acts, for manifests, reviews and the audit trail. Found out by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// User of the operating system.
    pub os_user: String,
    /// Name of this computer.
    pub host: String,
    /// The application's user on whose behalf, if one was named.
    pub app_user: Option<String>,
}

/// One company with everything that a backup or a restore decides from.
pub struct Opened {
    /// A session that knows the company.
    pub session: Session,
    /// Where it leads to.
    pub settings: Settings,
    /// How the schema is read.
    pub profile: Profile,
    /// The schema as found.
    pub schema: Arc<Schema>,
    /// The catalog's stamp from just before the schema was read.
    pub stamp: catalog::Stamp,
    /// Whose rows are whose.
    pub scope: Arc<Scope>,
    /// The application's schema version, where the profile says how to read it.
    pub schema_version: Option<String>,
    /// What whoever acts may do with it.
    pub role: Granted,
}

impl Opened {
    /// Makes sure that those tables still have the shape that everything was decided from. Called once
    /// they are locked against change.
    ///
    /// # Errors
    /// `schema_changed`; errors of the connection.
    pub async fn require_same_schema(
        &self,
        session: &mut Session,
        tables: &[TableName],
    ) -> Result<()> {
        let schemas = std::slice::from_ref(&self.profile.schema);
        if catalog::Stamp::read(session, schemas).await? == self.stamp {
            return Ok(());
        }
        let now = catalog::read(session, schemas).await?;
        let is_same =
            |table: &&TableName| match (self.schema.tables.get(*table), now.tables.get(*table)) {
                (Some(then), Some(now)) => then.has_same_shape(now),
                (None, None) => true,
                _ => false,
            };
        match tables.iter().find(|table| !is_same(table)) {
            None if self.schema.enums == now.enums && self.schema.domains == now.domains => Ok(()),
            changed => {
                let error = Error::new(
                    Code::SchemaChanged,
                    "The schema was changed while this was under way; nothing was changed.",
                )
                .hint("Try again: it is then decided from the new schema.");
                Err(match changed {
                    Some(table) => error.with("table", table),
                    None => error,
                })
            }
        }
    }

    /// Makes sure that whoever acts may change the company, and the connection may write.
    ///
    /// # Errors
    /// `user_may_not`, `connection_read_only`.
    pub fn require_writes(&self) -> Result<()> {
        self.role.require(Role::Admin)?;
        self.settings.require_writes()
    }

    /// The company.
    #[must_use]
    pub fn company(&self) -> &Company {
        &self.scope.company
    }
}

/// The companies of the database, by name.
///
/// # Errors
/// `profile_mismatch` where the database has no such company table; `no_such_user`; errors of the
/// connection.
pub async fn companies(target: &Target) -> Result<Vec<Company>> {
    let mut session = Session::open(&target.settings).await?;
    let found = offered(&mut session, target).await;
    session.close().await;
    Ok(found?.companies)
}

/// The stamp of the catalog that companies are opened with now.
///
/// # Errors
/// Errors of the connection.
pub async fn stamp(target: &Target) -> Result<catalog::Stamp> {
    let mut session = Session::open(&target.settings).await?;
    let schemas = std::slice::from_ref(&target.profile.schema);
    let stamp = catalog::Stamp::read(&mut session, schemas).await;
    session.close().await;
    stamp
}

/// Opens the company of that id or exact name.
///
/// # Errors
/// `no_such_company`, `ambiguous_company`, `user_may_not`, `no_such_user`, `profile_mismatch`,
/// `not_covered`; errors of the connection.
pub async fn open(target: &Target, reference: &str) -> Result<Opened> {
    let guess = Guess::begin(target.catalogs.as_deref());
    let mut session = Session::open(&target.settings).await?;
    let (company, role) = offered(&mut session, target).await?.find(reference)?;
    let mut opened = opened(session, target, &company, guess, |_| {}).await?;
    opened.role = role;
    Ok(opened)
}

/// Opens a company that is not there yet, with the tables that the application makes for each company. Whether whoever
/// acts may make one is asked by who makes it.
///
/// # Errors
/// `profile_mismatch`, `not_covered`; errors of the connection.
pub async fn open_new(target: &Target, company: &Company) -> Result<Opened> {
    let guess = Guess::begin(target.catalogs.as_deref());
    let session = Session::open(&target.settings).await?;
    opened(session, target, company, guess, |schema| {
        add_run_time_tables(schema, &target.profile, company);
    })
    .await
}

/// The table of that kind that was made for another company: those of a new one are made like it.
#[must_use]
pub fn run_time_pattern<'a>(
    schema: &'a Schema,
    profile: &Profile,
    kind: &RunTimeTable,
    company: &Company,
) -> Option<(&'a TableName, &'a Table)> {
    let mut found = schema.tables.iter().filter(|(name, table)| {
        let key = name.name.strip_prefix(kind.prefix.as_str());
        let is_scoped = |column: &String| table.column(column).is_some();
        name.schema == profile.schema
            && key.is_some_and(|key| !key.is_empty() && key != company.id.as_str())
            && !profile.scope.columns.iter().any(is_scoped)
    });
    found.next()
}

/// Adds the tables that are made for a company to a schema that does not have them yet.
fn add_run_time_tables(schema: &mut Schema, profile: &Profile, company: &Company) {
    for kind in &profile.scope.run_time {
        let name = TableName::new(&profile.schema, format!("{}{}", kind.prefix, company.id));
        if schema.tables.contains_key(&name) {
            continue;
        }
        let Some((_, pattern)) = run_time_pattern(schema, profile, kind, company) else {
            continue;
        };
        let mut table = pattern.clone();
        table.estimated_row_count = 0;
        for column in &mut table.columns {
            column.sequence = None;
        }
        schema.tables.insert(name, table);
    }
}

async fn opened(
    mut session: Session,
    target: &Target,
    company: &Company,
    guess: Guess,
    complete: impl FnOnce(&mut Schema),
) -> Result<Opened> {
    let schemas = std::slice::from_ref(&target.profile.schema);
    let stamp = catalog::Stamp::read(&mut session, schemas).await?;
    let mut schema = read(&mut session, target, &stamp, guess).await?;
    complete(&mut schema);
    let scope = scope::resolve(&schema, &target.profile, company)?;
    let schema_version = match &target.profile.schema_version {
        Some(rule) => catalog::version(&mut session, rule).await?,
        None => None,
    };
    session.set_company(company).await?;
    Ok(Opened {
        session,
        settings: target.settings.clone(),
        profile: target.profile.clone(),
        schema: Arc::new(schema),
        stamp,
        scope: Arc::new(scope),
        schema_version,
        role: Granted::ALL,
    })
}

/// The schema of that stamp, from what is kept or from the server.
async fn read(
    session: &mut Session,
    target: &Target,
    stamp: &catalog::Stamp,
    guess: Guess,
) -> Result<Schema> {
    let schemas = std::slice::from_ref(&target.profile.schema);
    let folder = target.catalogs.as_deref();
    if let Some(folder) = folder
        && let Some(kept) = guess.schema(folder, stamp, schemas).await
    {
        return Ok(kept);
    }
    // Where the server has room for one session alone, that one reads everything.
    let schema = match Box::pin(Session::open(&target.settings)).await {
        Ok(mut beside) => {
            let both = (&mut *session, &mut beside);
            let schema = Box::pin(catalog::read_by_two(both, schemas)).await?;
            beside.close().await;
            schema
        }
        Err(_) => catalog::read(session, schemas).await?,
    };
    // What was changed meanwhile may be in it.
    if let Some(folder) = folder
        && catalog::Stamp::read(session, schemas).await? == *stamp
    {
        catalog::kept::keep(folder, stamp, schemas, &schema);
    }
    Ok(schema)
}

/// Companies that somebody may choose from, and those that are there besides.
struct Offered {
    companies: Vec<Company>,
    others: Vec<Company>,
    /// What may be done with each.
    roles: Roles,
}

impl Offered {
    fn find(self, reference: &str) -> Result<(Company, Granted)> {
        let is_anothers = self
            .others
            .iter()
            .any(|company| company.id.as_str() == reference || company.name == reference);
        match find(self.companies, reference) {
            Err(error) if error.code() == Code::NoSuchCompany && is_anothers => {
                Err(self.roles.stranger())
            }
            Err(error) => Err(error),
            Ok(company) => {
                let granted = self.roles.of(&company.id);
                Ok((company, granted.ok_or_else(|| self.roles.stranger())?))
            }
        }
    }
}

async fn offered(session: &mut Session, target: &Target) -> Result<Offered> {
    let all = list(session, &target.profile).await?;
    let roles = Roles::find(session, target, &all).await?;
    let (companies, others) = all
        .into_iter()
        .partition(|company| roles.of(&company.id).is_some());
    Ok(Offered {
        companies,
        others,
        roles,
    })
}

/// Every company of the database, by name.
pub(super) async fn list(session: &mut Session, profile: &Profile) -> Result<Vec<Company>> {
    let rule = &profile.company;
    let table = TableName::new(&profile.schema, &rule.table);
    let exists = "SELECT pg_catalog.to_regclass($1)::text";
    let name = Qualified(&table).to_string();
    let found = session.fetch_text_rows(exists, &[Some(&name)]).await?;
    if !matches!(found.first().and_then(|row| row.first()), Some(Some(_))) {
        return Err(Error::new(
            Code::ProfileMismatch,
            format!(
                "This database has no table of companies as {} has.",
                profile.title
            ),
        )
        .with("table", &table)
        .hint(
            "Choose the database that holds the application, or another profile (--profile; `snapback profile propose` proposes one).",
        ));
    }
    let group = profile.group.as_ref().map_or_else(
        || "NULL".to_owned(),
        |group| Ident(&group.column).to_string(),
    );
    let sql = format!(
        "SELECT c.id, c.name, c.grp, count(*) OVER (PARTITION BY c.grp)::text FROM \
         (SELECT {id}::text AS id, coalesce({name}::text, '') AS name, {group}::text AS grp FROM {table}) c \
         ORDER BY c.name COLLATE \"C\", c.id COLLATE \"C\"",
        id = Ident(&rule.id),
        name = Ident(&rule.name),
        table = Qualified(&table),
    );
    let rows = session.fetch_text_rows(&sql, &[]).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let [id, name, group, in_group] = <[Option<String>; 4]>::try_from(row).ok()?;
            let alone_in_group = group.is_none() || in_group.as_deref() == Some("1");
            Some(Company {
                id: CompanyId::new(id?),
                name: name?,
                group,
                alone_in_group,
            })
        })
        .collect())
}

fn find(companies: Vec<Company>, reference: &str) -> Result<Company> {
    let count = companies.len();
    let mut found: Vec<Company> = companies
        .into_iter()
        .filter(|company| company.id.as_str() == reference || company.name == reference)
        .collect();
    if let Some(by_id) = found
        .iter()
        .position(|company| company.id.as_str() == reference)
    {
        return Ok(found.swap_remove(by_id));
    }
    match (found.pop(), found.is_empty()) {
        (Some(company), true) => Ok(company),
        (Some(_), false) => Err(Error::new(
            Code::AmbiguousCompany,
            "Several companies bear that name.",
        )
        .hint("Name it by its id; `snapback companies` lists them.")),
        (None, _) => Err(Error::new(
            Code::NoSuchCompany,
            "There is no company of that id or exact name.",
        )
        .with("company_count", count)
        .hint("`snapback companies` lists them.")),
    }
}
