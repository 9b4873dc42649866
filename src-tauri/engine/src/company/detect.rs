//! Which of several applications a database holds.

use std::collections::BTreeSet;

use crate::model::{Profile, TableName};
use crate::pg::{Session, Settings, fetch_text_arrays};
use crate::{Code, Error, Result};

const THERE: &str = include_str!("columns_there.sql");

/// The one of those profiles whose application is in the database.
///
/// # Errors
/// `profile_mismatch` where none or more than one is; errors of the connection.
pub async fn detect(settings: &Settings, profiles: Vec<Profile>) -> Result<Profile> {
    let mut session = Session::open(settings).await?;
    let fits = fitting(&mut session, &profiles).await;
    session.close().await;
    let fits = fits?;
    let titles = titles(&profiles);
    let mut found: Vec<Profile> = profiles
        .into_iter()
        .zip(fits)
        .filter_map(|(profile, fits)| fits.then_some(profile))
        .collect();
    match (found.pop(), found.as_slice()) {
        (Some(only), []) => Ok(only),
        (Some(last), others) => {
            let names = others.iter().chain([&last]);
            let options: Vec<String> = names.map(|profile| profile.name.clone()).collect();
            found.push(last);
            Err(Error::new(
                Code::ProfileMismatch,
                "This database holds more than one application that Snapback knows.",
            )
            .with("found", self::titles(&found))
            .hint(format!(
                "Name the one that is meant in the connection (or with --profile): {}.",
                options.join(" or ")
            )))
        }
        (None, _) => Err(Error::new(
            Code::ProfileMismatch,
            "This database holds no application that Snapback knows.",
        )
        .with("known", titles)
        .hint("Check the name of the database, or name the application's profile in the connection (or with --profile; `snapback profile propose` proposes one).")),
    }
}

fn titles(profiles: &[Profile]) -> String {
    let titles: Vec<&str> = profiles
        .iter()
        .map(|profile| profile.title.as_str())
        .collect();
    titles.join(", ")
}

/// Of each profile whether its application is there: the table of companies with its columns, and most of
/// the tables that its areas are headed by. One table proves little: half of all applications have
/// accounts with a name.
pub(super) async fn fitting(session: &mut Session, profiles: &[Profile]) -> Result<Vec<bool>> {
    let mut asked = [Vec::new(), Vec::new(), Vec::new()];
    for (table, column) in profiles.iter().flat_map(signs) {
        let [schemas, tables, columns] = &mut asked;
        schemas.push(Some(table.schema));
        tables.push(Some(table.name));
        columns.push(Some(column));
    }
    let rows = fetch_text_arrays(session, THERE, &asked).await?;
    let there: BTreeSet<(TableName, String)> = rows
        .into_iter()
        .filter_map(|row| {
            let [schema, table, column] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some((TableName::new(schema?, table?), column?))
        })
        .collect();
    Ok(profiles
        .iter()
        .map(|profile| {
            let is_there = |sign: &(TableName, String)| there.contains(sign);
            let heads = heads(profile);
            let there_count = heads.iter().filter(|head| is_there(head)).count();
            company(profile).iter().all(is_there) && there_count * 2 >= heads.len()
        })
        .collect())
}

fn signs(profile: &Profile) -> impl Iterator<Item = (TableName, String)> {
    company(profile).into_iter().chain(heads(profile))
}

fn company(profile: &Profile) -> [(TableName, String); 2] {
    let rule = &profile.company;
    [&rule.id, &rule.name].map(|column| (profile.table_name(&rule.table), column.clone()))
}

fn heads(profile: &Profile) -> Vec<(TableName, String)> {
    let heads = profile.areas.iter().flat_map(|area| &area.headline);
    heads
        .map(|written| (profile.table_name(written), String::new()))
        .collect()
}
