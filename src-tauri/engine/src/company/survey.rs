//! What a connection may do, found out before anybody relies on it.

use super::detect::fitting;
use super::open::{Target, companies, open};
use super::role::Role;
use crate::model::Profile;
use crate::pg::{self, Ident, RestorePath, Rights, Session, Settings};
use crate::scope::Disposition;
use crate::{Code, Error, Result};

/// The schema in which machines share what they must know of each other.
const STATE_SCHEMA: &str = "snapback";

/// What a connection leads to and what it may do there.
#[derive(Debug)]
pub struct Survey {
    /// The server's version as a number, such as 150020.
    pub server_version: u32,
    /// The database role.
    pub role: String,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// Whether the connection is set to read only.
    pub is_read_only: bool,
    /// The application that was found; `None` where no profile fits.
    pub application: Option<Application>,
}

impl Survey {
    /// The application that was found, as it is worked on with the profile that fits.
    #[must_use]
    pub fn target(
        &self,
        settings: &Settings,
        profiles: &[Profile],
        acting_as: Option<&str>,
    ) -> Option<Target> {
        let found = &self.application.as_ref()?.profile;
        let profile = profiles.iter().find(|profile| profile.name == *found)?;
        Some(Target {
            settings: settings.clone(),
            profile: profile.clone(),
            acting_as: acting_as.map(str::to_owned),
            catalogs: None,
        })
    }
}

/// How a connection is protected, as the server sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    None,
    /// By that version of TLS, such as `TLSv1.3`; the server's name and certificate were checked as
    /// far as the settings ask for.
    Tls(String),
}

/// An application of which there is a profile, and what may be done with its companies.
#[derive(Debug)]
pub struct Application {
    /// Name of the profile that fits.
    pub profile: String,
    /// Name of the application, for people.
    pub title: String,
    /// How many companies can be chosen; `None` where the role may not even read that.
    pub company_count: Option<u64>,
    /// Whether a company can be backed up.
    pub reading: Reading,
    /// By which rights a company could be restored; `None` where there is no company to ask about.
    pub restoring: Option<RestorePath>,
    /// How it stands with schema `snapback`.
    pub state_schema: StateSchema,
}

/// Whether a company can be backed up.
#[derive(Debug)]
pub enum Reading {
    /// Every row of it can be read.
    Whole,
    /// It cannot, for that reason.
    Not(Error),
    /// There is no company to ask about.
    Unknown,
}

/// How it stands with the schema that a first restore makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateSchema {
    /// It is there.
    Present,
    /// The role may create it.
    MayBeMade,
    /// The role may not create it; the line that an administrator runs once.
    MayNotBeMade {
        /// The line.
        remedy: String,
    },
}

/// Finds out what `settings` lead to and what may be done there. Changes nothing.
///
/// # Errors
/// `transaction_pooler`, `no_such_user`; errors of the connection.
pub async fn survey(
    settings: &Settings,
    profiles: &[Profile],
    acting_as: Option<&str>,
) -> Result<Survey> {
    let mut session = Session::open(settings).await?;
    let (server_version, encryption) = (session.server_version(), encryption(&mut session).await?);
    let rights = Rights::read(&mut session, &[]).await?;
    let state_schema = state_schema(&mut session, settings, &rights).await?;
    let fits = fitting(&mut session, profiles).await?;
    session.close().await;
    let fitting = profiles.iter().zip(fits);
    let fitting = fitting.filter_map(|(profile, fits)| fits.then_some(profile));
    Ok(Survey {
        server_version,
        role: rights.role,
        encryption,
        is_read_only: settings.is_read_only(),
        application: application(settings, fitting, acting_as, state_schema).await?,
    })
}

/// Whether the database role may write something of the application.
///
/// # Errors
/// Errors of the connection.
pub async fn may_write(target: &Target) -> Result<bool> {
    let mut session = Session::open(&target.settings).await?;
    let may = pg::may_write(&mut session, &target.profile.schema).await;
    session.close().await;
    may
}

async fn encryption(session: &mut Session) -> Result<Encryption> {
    let sql = "SELECT version FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid() AND ssl";
    let rows = session.fetch_text_rows(sql, &[]).await?;
    let version = rows.into_iter().flatten().next();
    Ok(version.map_or(Encryption::None, |version| {
        Encryption::Tls(version.unwrap_or_default())
    }))
}

async fn state_schema(
    session: &mut Session,
    settings: &Settings,
    rights: &Rights,
) -> Result<StateSchema> {
    let sql = "SELECT pg_catalog.to_regnamespace($1)::text";
    let rows = session.fetch_text_rows(sql, &[Some(STATE_SCHEMA)]).await?;
    if rows.into_iter().flatten().flatten().next().is_some() {
        return Ok(StateSchema::Present);
    }
    if rights.may_create_schema {
        return Ok(StateSchema::MayBeMade);
    }
    Ok(StateSchema::MayNotBeMade {
        remedy: format!(
            "An administrator runs: GRANT CREATE ON DATABASE {} TO {};",
            Ident(settings.database()),
            Ident(&rights.role)
        ),
    })
}

/// The first of the profiles that fit, with what may be done in its application.
async fn application(
    settings: &Settings,
    mut fitting: impl Iterator<Item = &Profile>,
    acting_as: Option<&str>,
    state_schema: StateSchema,
) -> Result<Option<Application>> {
    let Some(profile) = fitting.next() else {
        return Ok(None);
    };
    let target = Target {
        settings: settings.clone(),
        profile: profile.clone(),
        acting_as: acting_as.map(str::to_owned),
        catalogs: None,
    };
    let found = match companies(&target).await {
        Err(error) if !matches!(error.code(), Code::MissingRight | Code::HiddenRows) => {
            return Err(error);
        }
        found => found,
    };
    let (reading, restoring) = match found.as_deref() {
        Ok([company, ..]) => may_do(&target, company.id.as_str()).await?,
        Ok([]) => (Reading::Unknown, None),
        Err(_) => (unreadable(&target).await?, None),
    };
    Ok(Some(Application {
        profile: profile.name.clone(),
        title: profile.title.clone(),
        company_count: found.ok().map(|found| found.len() as u64),
        reading,
        restoring,
        state_schema,
    }))
}

/// Why not even the table of companies can be read whole.
async fn unreadable(target: &Target) -> Result<Reading> {
    let table = target.profile.table_name(&target.profile.company.table);
    let mut session = Session::open(&target.settings).await?;
    let rights = Rights::read(&mut session, &[table]).await?;
    session.close().await;
    Ok(rights
        .check_reading()
        .map_or_else(Reading::Not, |()| Reading::Unknown))
}

/// What may be done with one company: the same as with all others, whose tables are the same.
async fn may_do(target: &Target, company: &str) -> Result<(Reading, Option<RestorePath>)> {
    let mut opened = match open(target, company).await {
        Err(error) if error.code() == Code::NotCovered => return Ok((Reading::Not(error), None)),
        opened => opened?,
    };
    let (read, written) = (
        opened.readable_tables(),
        opened.tables_where(Disposition::is_written),
    );
    let reading = Rights::read(&mut opened.session, &read)
        .await?
        .check_reading();
    let restoring = Rights::read(&mut opened.session, &written)
        .await?
        .restore_path();
    opened.session.close().await;
    // Whatever its rights are, whoever acts may do no more than the roles say.
    let reading = opened.role.require(Role::Operator).and(reading);
    let restoring = match opened.role.require(Role::Admin) {
        Ok(()) => restoring,
        Err(refused) => RestorePath::Not {
            missing: refused.message().to_owned(),
            remedy: refused.hint_text().unwrap_or_default().to_owned(),
        },
    };
    Ok((
        reading.map_or_else(Reading::Not, |()| Reading::Whole),
        Some(restoring),
    ))
}
