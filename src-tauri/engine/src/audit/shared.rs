//! What is kept of the trail in the database, for everyone who works on it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::deed::{Deed, Entry};
use super::trail::TrailEnd;
use crate::pg::Session;
use crate::restore::state;
use crate::{Code, Error, Result};

/// A deed as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDeed {
    /// Its number in the database.
    pub number: u64,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// What.
    pub action: String,
    /// How it ended.
    pub result: String,
    /// The company's id, where it is about one.
    pub company: Option<String>,
    /// User of the operating system.
    pub os_user: String,
    /// The computer.
    pub host: String,
    /// The role.
    pub role: String,
    /// The application's user, if one was named.
    pub app_user: Option<String>,
}

/// Notes in the database how far the trail goes, with its last deed where the engine has not noted that by itself. `false`
/// where Snapback keeps nothing in this database.
///
/// # Errors
/// `missing_right` where another role owns what is there; errors of the connection.
pub async fn note(
    session: &mut Session,
    deed: Option<&Deed>,
    (os_user, host): (&str, &str),
    end: &TrailEnd,
) -> Result<bool> {
    if !state::is_installed(session).await? {
        return Ok(false);
    }
    state::install_trail(session).await?;
    let trail = end.trail.to_string();
    let number = end.number.to_string();
    let values = [&trail, os_user, host, &number, &end.hash].map(Some);
    session
        .fetch_text_rows(include_str!("note_end.sql"), &values)
        .await?;
    if let Some(deed) = deed {
        let details = details(deed).to_string();
        let values = [
            Some(deed.action.as_str()),
            Some(deed.result.as_str()),
            deed.company.as_deref(),
            Some(os_user),
            Some(host),
            deed.app_user.as_deref(),
            Some(details.as_str()),
        ];
        session
            .fetch_text_rows(include_str!("note_deed.sql"), &values)
            .await?;
    }
    Ok(true)
}

fn details(deed: &Deed) -> Value {
    let Deed {
        detail,
        archive,
        program,
        ..
    } = deed;
    json!({ "detail": detail, "archive": archive, "program": program })
}

/// How far the database knows that person's trails at that computer to go.
///
/// # Errors
/// Errors of the connection.
pub async fn trail_ends(session: &mut Session, os_user: &str, host: &str) -> Result<Vec<TrailEnd>> {
    if !state::is_installed(session).await? || !state::has_trail(session).await? {
        return Ok(Vec::new());
    }
    let sql = "SELECT id::text, number::text, hash FROM snapback.trail WHERE os_user = $1 AND host = $2 ORDER BY at";
    let rows = session
        .fetch_text_rows(sql, &[Some(os_user), Some(host)])
        .await?;
    let end = |row: Vec<Option<String>>| {
        let [trail, number, hash] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some(TrailEnd {
            trail: trail?.parse().ok()?,
            number: number?.parse().ok()?,
            hash: hash?,
        })
    };
    Ok(rows.into_iter().filter_map(end).collect())
}

/// The last deeds that the database has, of every computer, newest first.
///
/// # Errors
/// Errors of the connection.
pub async fn deeds(
    session: &mut Session,
    company: Option<&str>,
    limit: u64,
) -> Result<Vec<SharedDeed>> {
    if !state::is_installed(session).await? || !state::has_trail(session).await? {
        return Ok(Vec::new());
    }
    let limit = limit.to_string();
    let rows = session
        .fetch_text_rows(include_str!("deeds.sql"), &[company, Some(&limit)])
        .await?;
    rows.into_iter().map(read).collect()
}

fn read(row: Vec<Option<String>>) -> Result<SharedDeed> {
    let unreadable = || Error::new(Code::Defect, "A deed in the database cannot be read.");
    let row = <[Option<String>; 9]>::try_from(row).map_err(|_| unreadable())?;
    let [
        number,
        at,
        action,
        result,
        company,
        os_user,
        host,
        role,
        app_user,
    ] = row;
    let parts = (number, at, action, result, os_user, host, role);
    let (Some(number), Some(at), Some(action), Some(result), Some(os_user), Some(host), Some(role)) =
        parts
    else {
        return Err(unreadable());
    };
    Ok(SharedDeed {
        number: number.parse().map_err(|_| unreadable())?,
        at: at.parse().map_err(|_| unreadable())?,
        action,
        result,
        company,
        os_user,
        host,
        role,
        app_user,
    })
}

impl Entry {
    /// Whether it is about that company, by id or name.
    #[must_use]
    pub fn is_about(&self, company: &str) -> bool {
        let Deed {
            company: id,
            company_name,
            ..
        } = &self.deed;
        id.as_deref() == Some(company) || company_name.as_deref() == Some(company)
    }
}
