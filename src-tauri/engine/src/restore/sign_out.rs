//! Ends the sessions of people who belong to the restored company alone, where the profile says which table
//! holds them.
//!
//! It is done after the commit and on its own: while tables are locked, a row of a session that the
//! application holds could make it and us wait for each other. What fails is in the report, like what the
//! application derives. That it was asked for is committed with the restore, in the audit trail: where the
//! restore is cut off in between, whoever looks at its review next makes up for it.

use serde_json::json;
use uuid::Uuid;

use super::lock::CompanyLock;
use super::rights::MissingRight;
use super::state::{self, Review};
use crate::company::{Actor, Opened};
use crate::model::{Company, MembersRule, Person, Profile, SignOutRule, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::{Code, Error, Result};

/// What the audit trail calls it, before it is done, once it is, and where it could not be.
const WANTED: &str = "sign out wanted";
const DONE: &str = "sign out";
const FAILED: &str = "sign out failed";

/// What becomes of people's sessions when their company is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sessions {
    /// Everybody stays signed in.
    #[default]
    Stay,
    /// Those of people who belong to this company alone end.
    End,
}

/// Whose sessions end, and whose do not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignOut {
    /// Sessions of people who belong to this company alone.
    pub session_count: u64,
    /// Those people.
    pub person_count: u64,
    /// People with sessions who belong to other companies too, by name: theirs stay.
    pub staying: Vec<Person>,
    /// Minutes for which a token that was handed out goes on opening doors without a session.
    pub token_minutes: u64,
}

/// Whose sessions a restore can end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedSignOut {
    /// Whose.
    pub found: SignOut,
    /// What the role lacks for it.
    pub missing: Option<MissingRight>,
}

/// Whose sessions were ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// Whose; nobody's where it failed.
    pub done: SignOut,
    /// Why it failed, where it did.
    pub failure: Option<Code>,
}

/// The statements for one profile.
struct Statements<'a> {
    sessions: TableName,
    rule: &'a SignOutRule,
    members: &'a MembersRule,
    profile: &'a Profile,
}

impl<'a> Statements<'a> {
    /// `None` where the profile does not say how people are signed out.
    fn of(profile: &'a Profile) -> Option<Self> {
        let (rule, access) = (profile.sign_out.as_ref()?, profile.access.as_ref()?);
        Some(Self {
            sessions: profile.table_name(&rule.sessions),
            members: &access.members,
            rule,
            profile,
        })
    }

    /// Members of the company `$1`, and of whom of them another company knows too. Somebody who belongs to no
    /// company in particular counts as one of another.
    fn people(&self) -> String {
        format!(
            "WITH here AS (SELECT DISTINCT m.{person}::text AS person FROM {members} AS m WHERE m.{company}::text = $1), \
             elsewhere AS (SELECT DISTINCT h.person FROM here AS h JOIN {members} AS m \
               ON m.{person}::text = h.person AND m.{company}::text IS DISTINCT FROM $1)",
            person = Ident(&self.members.person),
            company = Ident(&self.members.company),
            members = Qualified(&self.profile.table_name(&self.members.table)),
        )
    }

    /// People of the company with sessions: how many, whether they stay, who.
    fn looking(&self) -> String {
        let people = self.profile.people.as_ref();
        let column = |column: Option<&String>| {
            column.map_or_else(
                || "NULL::text".to_owned(),
                |column| format!("p.{}::text", Ident(column)),
            )
        };
        let name = column(people.and_then(|people| people.name.as_ref()));
        let email = column(people.and_then(|people| people.email.as_ref()));
        let called = people.map_or_else(String::new, |people| {
            format!(
                "LEFT JOIN {} AS p ON p.{}::text = h.person",
                Qualified(&self.profile.table_name(&people.table)),
                Ident(&people.id)
            )
        });
        format!(
            "{people} SELECT h.person, s.number::text, (h.person IN (SELECT e.person FROM elsewhere AS e))::text, \
                    {name} AS name, {email} AS email \
               FROM here AS h \
               JOIN (SELECT {holder}::text AS person, count(*) AS number FROM {sessions} GROUP BY 1) AS s ON s.person = h.person {called} \
              ORDER BY name, email, h.person",
            people = self.people(),
            holder = Ident(&self.rule.person),
            sessions = Qualified(&self.sessions),
        )
    }

    fn ending(&self) -> String {
        format!(
            "{people}, ended AS (DELETE FROM {sessions} AS s \
               USING here AS h WHERE s.{holder}::text = h.person \
                 AND h.person NOT IN (SELECT e.person FROM elsewhere AS e) RETURNING h.person) \
             SELECT count(*)::text, count(DISTINCT person)::text FROM ended",
            people = self.people(),
            holder = Ident(&self.rule.person),
            sessions = Qualified(&self.sessions),
        )
    }

    async fn look(&self, session: &mut Session, company: &str) -> Result<SignOut> {
        let rows = session
            .fetch_text_rows(&self.looking(), &[Some(company)])
            .await?;
        let mut found = SignOut {
            token_minutes: self.rule.token_minutes,
            ..SignOut::default()
        };
        for row in rows {
            let [Some(id), number, stays, name, email] =
                <[Option<String>; 5]>::try_from(row).unwrap_or_default()
            else {
                continue;
            };
            if stays.as_deref() == Some("true") {
                found.staying.push(Person { id, name, email });
            } else {
                found.person_count += 1;
                found.session_count += counted(number)?;
            }
        }
        Ok(found)
    }

    /// What the role lacks; `None` in place of an answer where the table is not there.
    async fn missing(&self, session: &mut Session) -> Result<Option<Option<MissingRight>>> {
        let TableName { schema, name } = &self.sessions;
        let rows = session
            .fetch_text_rows(
                include_str!("session_rights.sql"),
                &[Some(schema), Some(name)],
            )
            .await?;
        let Some([role, may, hides]) = rows
            .into_iter()
            .next()
            .and_then(|row| <[Option<String>; 3]>::try_from(row).ok())
        else {
            return Ok(None);
        };
        let role = role.unwrap_or_default();
        let (role, table) = (Ident(&role), &self.sessions);
        let (what, line) = if may.as_deref() != Some("true") {
            (
                format!("The role may not end sessions in {table}."),
                format!(
                    "GRANT USAGE ON SCHEMA {} TO {role}; GRANT SELECT, DELETE ON {} TO {role};",
                    Ident(schema),
                    Qualified(table)
                ),
            )
        } else if hides.as_deref() == Some("true") {
            (
                format!("Row security hides sessions in {table} from the role."),
                format!("ALTER ROLE {role} BYPASSRLS;"),
            )
        } else {
            return Ok(Some(None));
        };
        let remedy = format!("An administrator runs: {line}");
        Ok(Some(Some(MissingRight { what, remedy })))
    }
}

/// Whose sessions a restore of the company can end; `None` where the profile does not say how, or this
/// database has no such table.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn planned(opened: &mut Opened) -> Result<Option<PlannedSignOut>> {
    let company = opened.company().id.clone();
    let Opened {
        session, profile, ..
    } = opened;
    let Some(statements) = Statements::of(profile) else {
        return Ok(None);
    };
    let Some(missing) = statements.missing(session).await? else {
        return Ok(None);
    };
    let found = match missing {
        Some(_) => SignOut {
            token_minutes: statements.rule.token_minutes,
            ..SignOut::default()
        },
        None => statements.look(session, company.as_str()).await?,
    };
    Ok(Some(PlannedSignOut { found, missing }))
}

/// Makes sure that the company's people can be signed out when it is restored.
///
/// # Errors
/// `usage` where the profile or the database has no sessions, `missing_right`; errors of the connection.
pub async fn require_sign_out(opened: &mut Opened) -> Result<()> {
    match planned(opened).await? {
        None => Err(Error::new(
            Code::Usage,
            "Nobody can be signed out: it is not known where this application keeps sessions.",
        )
        .hint(
            "A profile says so in its section `sign-out`, and the table must be in this database.",
        )
        .with("profile", &opened.profile.name)),
        Some(PlannedSignOut {
            missing: Some(MissingRight { what, remedy }),
            ..
        }) => Err(Error::new(Code::MissingRight, what).hint(remedy)),
        Some(_) => Ok(()),
    }
}

/// Notes inside the restoring transaction that they are to end.
pub(super) async fn want(
    session: &mut Session,
    company: &Company,
    actor: &Actor,
    review: Uuid,
) -> Result<()> {
    state::audit(session, WANTED, company, actor, Some(review), &json!({})).await
}

/// Ends those that a restore has left which was cut off after its commit; `None` where none wait for it, somebody is
/// still at it, or this connection may not.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn make_up(opened: &mut Opened, review: &Review) -> Result<Option<SignedOut>> {
    if !is_waiting(&mut opened.session, review.id).await? || opened.require_writes().is_err() {
        return Ok(None);
    }
    // One that may not leaves it to one that may.
    let planned = Box::pin(planned(opened)).await?;
    if planned.is_none_or(|planned| planned.missing.is_some()) {
        return Ok(None);
    }
    // Whoever restores holds the lock until it is done.
    let lock = match CompanyLock::acquire(&opened.settings, &opened.company().id).await {
        Ok(lock) => lock,
        Err(error) if error.code() == Code::CompanyBusy => return Ok(None),
        Err(error) => return Err(error),
    };
    let ended = match is_waiting(&mut opened.session, review.id).await {
        Ok(true) => {
            let actor = Actor {
                os_user: review.os_user.clone(),
                host: review.host.clone(),
                app_user: review.app_user.clone(),
            };
            Ok(Some(Box::pin(end(opened, &actor, review.id)).await))
        }
        Ok(false) => Ok(None),
        Err(error) => Err(error),
    };
    lock.release().await;
    ended
}

async fn is_waiting(session: &mut Session, review: Uuid) -> Result<bool> {
    let sql = "SELECT coalesce(bool_and(action = $2), false)::text FROM snapback.audit \
                WHERE review_id = $1::text::uuid AND action IN ($2, $3, $4)";
    let review = review.to_string();
    let values = [Some(&*review), Some(WANTED), Some(DONE), Some(FAILED)];
    let found = session.fetch_text_rows(sql, &values).await?;
    Ok(found.into_iter().flatten().flatten().next().as_deref() == Some("true"))
}

/// Ends them, and notes that in the audit trail in the same transaction. What fails is noted as well, as far as the
/// connection still carries: whoever was told of it is not surprised by it later.
pub(super) async fn end(opened: &mut Opened, actor: &Actor, review: Uuid) -> SignedOut {
    match try_end(opened, actor, review).await {
        Ok(done) => SignedOut {
            done,
            failure: None,
        },
        Err(error) => {
            let company = opened.company().clone();
            let details = json!({ "code": error.code().word() });
            let session = &mut opened.session;
            drop(state::audit(session, FAILED, &company, actor, Some(review), &details).await);
            SignedOut {
                done: SignOut::default(),
                failure: Some(error.code()),
            }
        }
    }
}

async fn try_end(opened: &mut Opened, actor: &Actor, review: Uuid) -> Result<SignOut> {
    let company = opened.company().clone();
    let Opened {
        session, profile, ..
    } = opened;
    let statements = Statements::of(profile).ok_or_else(|| {
        Error::new(
            Code::Defect,
            "Sessions are to be ended of which the profile says nothing.",
        )
    })?;
    session.begin_read_committed().await?;
    let work = async {
        let found = statements.look(session, company.id.as_str()).await?;
        let rows = session
            .fetch_text_rows(&statements.ending(), &[Some(company.id.as_str())])
            .await?;
        let mut counts = rows.into_iter().flatten();
        let done = SignOut {
            session_count: counted(counts.next().flatten())?,
            person_count: counted(counts.next().flatten())?,
            ..found
        };
        let details = json!({
            "sessions": done.session_count,
            "people": done.person_count,
            "staying": done.staying.len(),
        });
        state::audit(session, DONE, &company, actor, Some(review), &details).await?;
        Ok(done)
    };
    match work.await {
        Ok(done) => session.commit().await.map(|()| done),
        Err(error) => {
            // The server rolls back by itself where the connection is gone.
            drop(session.rollback().await);
            Err(error)
        }
    }
}

fn counted(number: Option<String>) -> Result<u64> {
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| Error::new(Code::Defect, "A number of sessions cannot be read."))
}
