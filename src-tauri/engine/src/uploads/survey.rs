//! What a storage is good for, found out before anybody relies on it.

use super::{FileRows, find, places};
use crate::Result;
use crate::company::{self, Target};
use crate::files::Store;
use crate::model::Company;
use crate::pg::Session;

/// What a storage holds of an application's first company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageSurvey {
    /// Where it is, without keys.
    pub address: String,
    /// The company that was looked for; `None` where there is none, and nothing was looked for.
    pub company: Option<Company>,
    /// Its files.
    pub file_count: u64,
    /// Their bytes.
    pub byte_count: u64,
    /// Whether there is a table that lists files, and this role may not read it.
    pub rows_are_hidden: bool,
    /// Files that do not fit what rows say of them.
    pub problem_count: u64,
}

/// Tries a storage out by listing the files of the first company that can be chosen and holding them against
/// its rows; where no application was found, there is nothing to list. Changes nothing.
///
/// # Errors
/// As [`Store`]; `no_such_bucket`, `missing_right`, `invalid_profile`; errors of the connection.
pub async fn survey(target: Option<&Target>, store: &dyn Store) -> Result<StorageSurvey> {
    let mut made = StorageSurvey {
        address: store.address(),
        company: None,
        file_count: 0,
        byte_count: 0,
        rows_are_hidden: false,
        problem_count: 0,
    };
    let Some(target) = target else {
        return Ok(made);
    };
    let companies = company::companies(target).await?;
    let Some(first) = companies.into_iter().next() else {
        return Ok(made);
    };
    let opened = company::open(target, first.id.as_str()).await?;
    let places = places(&opened)?;
    let mut session = Session::open(&opened.settings).await?;
    session.set_company(opened.company()).await?;
    let rows = FileRows::read(&mut session, &opened, &places).await?;
    session.close().await;
    opened.session.close().await;
    let found = find(store, &places, &rows).await?;
    made.company = Some(first);
    made.file_count = found.files.len() as u64;
    made.byte_count = found.files.values().map(|file| file.byte_count).sum();
    made.rows_are_hidden = rows.is_hidden;
    made.problem_count = found.problems.len() as u64;
    Ok(made)
}
