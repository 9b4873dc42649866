//! What one of the application's users may do with which company.

use std::collections::BTreeMap;

use super::open::{Target, companies};
use super::role::Role;
use crate::model::{AccessRule, PeopleRule, Person, Profile, UserRolesRule};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::{Code, Error, Result};

/// How many users are told of at most.
const MOST_USERS: usize = 500;

/// What the user of that e-mail address may do with the companies to which he belongs, by their keys: where he has every
/// permission that the profile asks for.
///
/// # Errors
/// `no_such_user`; `invalid_profile` where the profile does not say who may do what; errors of the
/// connection.
pub(super) async fn roles_of(
    session: &mut Session,
    profile: &Profile,
    email: &str,
) -> Result<BTreeMap<String, Role>> {
    if let Some(rule) = &profile.user_roles {
        return by_user_roles(session, profile, rule, email).await;
    }
    let (Some(access), Some(people)) = (&profile.access, &profile.people) else {
        return Err(Error::new(
            Code::InvalidProfile,
            "The profile does not say what the application's users may do.",
        )
        .hint("Give it a section `access` or `user-roles`, or act as nobody in particular.")
        .with("profile", &profile.name));
    };
    let user = user_of(session, profile, people, email).await?;
    let sql = companies_sql(profile, access);
    let mut roles = BTreeMap::new();
    for (role, needed) in [
        (Role::Viewer, &access.view),
        (Role::Operator, &access.operate),
        (Role::Admin, &access.settings),
    ] {
        if needed.is_empty() {
            continue;
        }
        let permissions = needed.join(",");
        let rows = session
            .fetch_text_rows(&sql, &[Some(&user), Some(&permissions)])
            .await?;
        roles.extend(rows.into_iter().flatten().flatten().map(|id| (id, role)));
    }
    Ok(roles)
}

/// What the users of that address may do with the company of each.
async fn by_user_roles(
    session: &mut Session,
    profile: &Profile,
    rule: &UserRolesRule,
    email: &str,
) -> Result<BTreeMap<String, Role>> {
    let sql = format!(
        "SELECT {company}::text, {role}::text FROM {table} WHERE lower({email}::text) = lower($1)",
        company = Ident(&rule.company),
        role = Ident(&rule.role),
        table = Qualified(&profile.table_name(&rule.table)),
        email = Ident(&rule.email),
    );
    let rows = session.fetch_text_rows(&sql, &[Some(email)]).await?;
    if rows.is_empty() {
        return Err(no_such_user(profile));
    }
    let known = |role: &str| {
        let lists = [
            (Role::Admin, &rule.admins),
            (Role::Operator, &rule.operators),
            (Role::Viewer, &rule.viewers),
        ];
        let mut lists = lists.into_iter();
        let found = lists.find(|(_, names)| names.iter().any(|name| name == role));
        found.map(|(role, _)| role)
    };
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    for row in rows {
        let [Some(company), Some(role)] = <[Option<String>; 2]>::try_from(row).unwrap_or_default()
        else {
            continue;
        };
        if let Some(role) = known(&role) {
            let most = roles.entry(company).or_insert(role);
            *most = role.max(*most);
        }
    }
    Ok(roles)
}

fn no_such_user(profile: &Profile) -> Error {
    Error::new(
        Code::NoSuchUser,
        format!("{} has no user of that e-mail address.", profile.title),
    )
    .hint("Check the address that somebody acts as.")
}

/// Key of the user of that address. Addresses are the same whatever their letters' case is, unless the
/// application itself tells two users apart by it.
///
/// # Errors
/// `no_such_user`; errors of the connection.
pub async fn user_of(
    session: &mut Session,
    profile: &Profile,
    people: &PeopleRule,
    email: &str,
) -> Result<String> {
    let address = people.email.as_deref().unwrap_or_default();
    let sql = format!(
        "SELECT {id}::text FROM {table} WHERE lower({address}::text) = lower($1) \
         ORDER BY {address}::text = $1 DESC, {id}::text LIMIT 1",
        id = Ident(&people.id),
        table = Qualified(&profile.table_name(&people.table)),
        address = Ident(address),
    );
    let rows = session.fetch_text_rows(&sql, &[Some(email)]).await?;
    rows.into_iter()
        .flatten()
        .flatten()
        .next()
        .ok_or_else(|| no_such_user(profile))
}

/// Some of the application's users, by name: those who belong to a company that the target may open, and
/// have an e-mail address. None where the profile does not say who belongs to a company.
///
/// # Errors
/// Those of [`companies`]; errors of the connection.
pub async fn users(target: &Target) -> Result<Vec<Person>> {
    let Some(sql) = users_sql(&target.profile) else {
        return Ok(Vec::new());
    };
    let companies = companies(target).await?.into_iter();
    let companies = companies.map(|company| Some(company.id.to_string()));
    let mut session = Session::open(&target.settings).await?;
    let rows = fetch_text_arrays(&mut session, &sql, &[companies.collect()]).await;
    session.close().await;
    let users = rows?.into_iter().filter_map(|row| {
        let mut row = row.into_iter();
        Some(Person {
            id: row.next()??,
            name: row.next()?,
            email: row.next()?,
        })
    });
    Ok(users.collect())
}

/// Takes the companies' keys.
fn users_sql(profile: &Profile) -> Option<String> {
    let called = |name: Option<&String>| {
        name.map_or_else(
            || "NULL".to_owned(),
            |column| format!("p.{}", Ident(column)),
        )
    };
    if let Some(rule) = &profile.user_roles {
        return Some(format!(
            "SELECT min(p.{id}::text), min({name}::text) AS name, p.{email}::text AS email FROM {table} AS p \
              WHERE p.{company}::text = ANY($1::text[]) GROUP BY p.{email} ORDER BY name, email LIMIT {MOST_USERS}",
            id = Ident(&rule.id),
            name = called(rule.name.as_ref()),
            email = Ident(&rule.email),
            table = Qualified(&profile.table_name(&rule.table)),
            company = Ident(&rule.company),
        ));
    }
    let (access, people) = (profile.access.as_ref()?, profile.people.as_ref()?);
    Some(format!(
        "SELECT p.{id}::text, {name}::text AS name, p.{email}::text AS email FROM {table} AS p \
          WHERE p.{email} IS NOT NULL AND EXISTS (SELECT FROM {members} AS m \
                 WHERE m.{member}::text = p.{id}::text AND m.{company}::text = ANY($1::text[])) \
          ORDER BY name, email LIMIT {MOST_USERS}",
        id = Ident(&people.id),
        name = called(people.name.as_ref()),
        email = Ident(people.email.as_ref()?),
        table = Qualified(&profile.table_name(&people.table)),
        members = Qualified(&profile.table_name(&access.members.table)),
        member = Ident(&access.members.person),
        company = Ident(&access.members.company),
    ))
}

/// Takes the user's key and the permissions with commas between them.
fn companies_sql(profile: &Profile, access: &AccessRule) -> String {
    let AccessRule {
        settings: _,
        operate: _,
        view: _,
        members,
        permissions,
    } = access;
    format!(
        "SELECT m.{company}::text FROM {members} AS m JOIN {permissions} AS p ON p.{holder}::text = m.{member}::text \
          WHERE m.{member}::text = $1 \
            AND NOT EXISTS (SELECT FROM unnest(string_to_array($2, ',')) AS needed (permission) \
                             WHERE NOT coalesce(p.{granted}::jsonb -> needed.permission ? m.{company}::text, false))",
        company = Ident(&members.company),
        member = Ident(&members.person),
        members = Qualified(&profile.table_name(&members.table)),
        permissions = Qualified(&profile.table_name(&permissions.table)),
        holder = Ident(&permissions.person),
        granted = Ident(&permissions.granted),
    )
}
