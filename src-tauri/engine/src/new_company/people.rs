//! Whose rows the copied ones are. People are shared by all companies; none is made but those who are asked
//! for to stand for somebody.

use uuid::Uuid;

use super::access::insert;
use super::options::PeopleChoice;
use crate::Result;
use crate::archive::Manifest;
use crate::company::{self, Opened};
use crate::model::Person;
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::rekey::{Ids, Masked, Masking};
use crate::{Code, Error};

/// Whose a new company is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOwner {
    /// Key in the people table.
    pub id: String,
    /// E-mail address, as it was given.
    pub email: String,
}

/// Who takes the place of a person that rows of the backup refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonFate {
    /// The same person: there is one of that e-mail address.
    Found,
    /// The owner.
    Owner,
    /// Somebody who is made for it, and is nobody else.
    Placeholder,
    /// Nobody: there is no owner to stand in.
    Nobody,
}

/// A person that rows of the backup refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPerson {
    /// As the backup has them.
    pub person: Person,
    /// Who takes their place.
    pub fate: PersonFate,
    /// The key of whoever does.
    pub key: Option<String>,
}

/// Who owns the new company.
///
/// # Errors
/// `usage` where nobody was named and the application needs somebody; `no_such_user`; errors of the
/// connection.
pub(super) async fn owner(opened: &mut Opened, email: Option<&str>) -> Result<Option<NewOwner>> {
    let Opened {
        session, profile, ..
    } = opened;
    let rule = profile.people.as_ref().filter(|rule| rule.email.is_some());
    let needs_one = profile.access.is_some();
    match (rule, email) {
        (Some(rule), Some(email)) => Ok(Some(NewOwner {
            id: company::user_of(session, profile, rule, email)
                .await
                .map_err(|error| match error.code() {
                    Code::NoSuchUser => error.hint(
                        "Name somebody who uses the application already: people are never made.",
                    ),
                    _ => error,
                })?,
            email: email.to_owned(),
        })),
        (None, Some(_)) => Err(Error::new(
            Code::Usage,
            "The profile does not say how the application's users are known by e-mail address.",
        )),
        (_, None) if needs_one => Err(Error::new(
            Code::Usage,
            "A new company needs an owner: somebody who may open it.",
        )
        .hint("Name a user of the application as its owner (--owner EMAIL).")),
        (_, None) => Ok(None),
    }
}

/// Finds everybody by e-mail address; who is not there is stood in for by the owner, or by somebody who is
/// to be made. A backup's word is not enough to make one that could be taken for the person: placeholders
/// have addresses of their own.
///
/// # Errors
/// `usage` where the profile does not say how somebody is made; errors of the connection.
pub(super) async fn people(
    opened: &mut Opened,
    manifest: &Manifest,
    owner: Option<&NewOwner>,
    choice: PeopleChoice,
    ids: &mut Ids,
) -> Result<Vec<PlannedPerson>> {
    let makes = match choice {
        PeopleChoice::Owner => false,
        PeopleChoice::Placeholders => can_be_made(opened)?,
    };
    let mut planned = Vec::new();
    let found = find(opened, &manifest.people).await?;
    for (person, found) in manifest.people.iter().zip(found) {
        let (fate, key) = match (found, owner) {
            (Some(found), _) => (PersonFate::Found, Some(found)),
            // Whoever has no name is nobody whom a person would know again.
            (None, _) if makes && (person.name.is_some() || person.email.is_some()) => {
                (PersonFate::Placeholder, Some(Uuid::new_v4().to_string()))
            }
            (None, Some(owner)) => (PersonFate::Owner, Some(owner.id.clone())),
            (None, None) => (PersonFate::Nobody, None),
        };
        if let Some(key) = &key {
            ids.put(person.id.as_bytes(), key.as_bytes());
        }
        planned.push(PlannedPerson {
            person: person.clone(),
            fate,
            key,
        });
    }
    Ok(planned)
}

fn can_be_made(opened: &Opened) -> Result<bool> {
    let rule = opened.profile.people.as_ref();
    match rule.is_some_and(|rule| !rule.placeholder.is_empty()) {
        true => Ok(true),
        false => Err(Error::new(
            Code::Usage,
            "The profile does not say how somebody is made who stands for a person.",
        )
        .hint("Give its section `people` a `placeholder`, or let the owner stand for them.")),
    }
}

/// Makes those who stand for people that are not here; in a safe copy nobody is called by an address, and
/// where names are replaced by none of them.
///
/// # Errors
/// `ids_taken` where somebody is there already; errors of the connection.
pub(super) async fn make_placeholders(
    session: &mut Session,
    opened: &Opened,
    people: &[PlannedPerson],
    masking: Option<&Masking>,
) -> Result<()> {
    let Some(rule) = &opened.profile.people else {
        return Ok(());
    };
    let table = opened.profile.table_name(&rule.table);
    for planned in people {
        let (PersonFate::Placeholder, Some(key)) = (planned.fate, &planned.key) else {
            continue;
        };
        let Person { id: _, name, email } = &planned.person;
        let name = name.as_deref().or(email.as_deref()).unwrap_or_default();
        let masked = masking
            .and_then(|masking| masking.renamed(name.as_bytes(), &mut Masked::default()))
            .and_then(|masked| String::from_utf8(masked).ok());
        let name = masked.as_deref().unwrap_or(name);
        let address = format!("placeholder-{key}@example.invalid");
        let values: Vec<(&str, String)> = rule
            .placeholder
            .iter()
            .map(|(column, value)| {
                let value = match value.as_str() {
                    "{id}" => key.clone(),
                    "{name}" => name.to_owned(),
                    "{email}" => address.clone(),
                    fixed => fixed.to_owned(),
                };
                (column.as_str(), value)
            })
            .collect();
        if insert(session, opened, &table, &values).await? != 1 {
            return Err(Error::new(
                Code::IdsTaken,
                "Somebody is there already who would be made to stand for a person.",
            ));
        }
    }
    Ok(())
}

/// For each person the key of whoever has the address here. Of several the one of the same key, then of
/// the same letters.
async fn find(opened: &mut Opened, people: &[Person]) -> Result<Vec<Option<String>>> {
    let profile = &opened.profile;
    let Some(rule) = &profile.people else {
        return Ok(vec![None; people.len()]);
    };
    let key = Ident(&rule.id);
    let (matches, order) = match &rule.email {
        Some(email) => {
            let email = Ident(email);
            (
                format!("lower(p.{email}::text) = lower(v.email)"),
                format!("p.{key}::text = v.id DESC, p.{email}::text = v.email DESC, p.{key}::text"),
            )
        }
        None => (format!("p.{key}::text = v.id"), format!("p.{key}::text")),
    };
    let sql = format!(
        "SELECT (SELECT p.{key}::text FROM {table} AS p WHERE {matches} ORDER BY {order} LIMIT 1) \
         FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS v(id, email, place) ORDER BY v.place",
        table = Qualified(&profile.table_name(&rule.table)),
    );
    let values = [
        people
            .iter()
            .map(|person| Some(person.id.clone()))
            .collect(),
        people.iter().map(|person| person.email.clone()).collect(),
    ];
    let rows = fetch_text_arrays(&mut opened.session, &sql, &values).await?;
    Ok(rows.into_iter().flatten().collect())
}
