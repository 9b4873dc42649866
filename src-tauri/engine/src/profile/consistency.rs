//! Whether a profile contradicts itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Profile;

/// Everything in the profile that does not fit together, in the order of the profile.
pub(super) fn problems(profile: &Profile) -> Vec<String> {
    let mut found = Vec::new();
    required_words(profile, &mut found);
    area_names(profile, &mut found);
    let places = places(profile, &mut found);
    placed_tables(profile, &places, &mut found);
    run_time_tables(profile, &mut found);
    columns(profile, &mut found);
    renames(profile, &mut found);
    access(profile, &mut found);
    user_roles(profile, &mut found);
    database_roles(profile, &mut found);
    sign_out(profile, &mut found);
    new_company(profile, &places, &mut found);
    export(profile, &mut found);
    found
}

fn required_words(profile: &Profile, found: &mut Vec<String>) {
    let named = !profile.name.is_empty()
        && profile
            .name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !named {
        found.push("`name` is made of small letters, digits and hyphens".to_owned());
    }
    let company = &profile.company;
    for (field, value) in [
        ("title", &profile.title),
        ("schema", &profile.schema),
        ("company.table", &company.table),
        ("company.id", &company.id),
        ("company.name", &company.name),
    ] {
        if value.trim().is_empty() {
            found.push(format!("`{field}` is empty"));
        }
    }
    if profile.scope.columns.is_empty() {
        found.push("`scope.columns` names no column that holds the company's key".to_owned());
    }
}

fn area_names(profile: &Profile, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for area in &profile.areas {
        if area.name.is_empty() || area.title.trim().is_empty() {
            found.push("an area lacks its name or its title".to_owned());
        }
        if !seen.insert(&area.name) {
            found.push(format!("there are two areas `{}`", area.name));
        }
    }
}

/// The one place of each table; a second one is a problem.
fn places<'a>(profile: &'a Profile, found: &mut Vec<String>) -> BTreeMap<&'a str, String> {
    let mut places = BTreeMap::new();
    let mut place = |table: &'a str, where_to: String| {
        if table.trim().is_empty() {
            found.push(format!("{where_to} lists a table without a name"));
        } else if let Some(first) = places.get(table) {
            found.push(format!(
                "`{table}` is listed twice, in {first} and in {where_to}"
            ));
        } else {
            places.insert(table, where_to);
        }
    };
    for area in &profile.areas {
        for table in area.headline.iter().chain(&area.tables) {
            place(table, format!("area `{}`", area.name));
        }
    }
    for table in &profile.scope.global {
        place(table, "`scope.global`".to_owned());
    }
    if let Some(people) = &profile.people {
        for table in std::iter::once(&people.table).chain(&people.more_tables) {
            place(table, "`people`".to_owned());
        }
    }
    for excluded in &profile.excluded {
        for table in &excluded.tables {
            place(table, "`excluded`".to_owned());
        }
    }
    places
}

fn placed_tables(profile: &Profile, places: &BTreeMap<&str, String>, found: &mut Vec<String>) {
    let in_area = |table: &String| {
        places
            .get(table.as_str())
            .is_some_and(|place| place.starts_with("area"))
    };
    if !in_area(&profile.company.table) {
        found.push(format!(
            "the company table `{}` is in no area",
            profile.company.table
        ));
    }
    if let Some(group) = profile
        .group
        .as_ref()
        .filter(|group| !in_area(&group.table))
    {
        found.push(format!("the group table `{}` is in no area", group.table));
    }
    for table in profile.kept.iter().filter(|table| !in_area(table)) {
        found.push(format!("`kept` names `{table}`, which is in no area"));
    }
    for table in profile
        .scope
        .singletons
        .iter()
        .filter(|table| !places.contains_key(table.as_str()))
    {
        found.push(format!(
            "`scope.singletons` names `{table}`, which has no place"
        ));
    }
    for table in profile
        .tables
        .keys()
        .filter(|table| !places.contains_key(table.as_str()))
    {
        found.push(format!("`tables` describes `{table}`, which has no place"));
    }
    for excluded in profile
        .excluded
        .iter()
        .filter(|excluded| excluded.because.trim().is_empty())
    {
        found.push(format!(
            "an `excluded` list of {} table(s) does not say because of what",
            excluded.tables.len()
        ));
    }
}

fn run_time_tables(profile: &Profile, found: &mut Vec<String>) {
    let mut prefixes: Vec<&str> = Vec::new();
    for table in &profile.scope.run_time {
        let prefix = table.prefix.as_str();
        if prefix.is_empty() {
            found.push("a `scope.run-time` table has no prefix".to_owned());
        }
        // Of two prefixes where one begins the other, a table's name could not tell the company.
        if let Some(other) = prefixes
            .iter()
            .find(|other| prefix.starts_with(**other) || other.starts_with(prefix))
        {
            found.push(format!(
                "the run-time prefixes `{other}` and `{prefix}` cannot be told apart"
            ));
        }
        prefixes.push(prefix);
        match (&table.area, &table.rebuilt_because) {
            (Some(area), None) if profile.areas.iter().any(|known| known.name == *area) => {}
            (Some(area), None) => found.push(format!(
                "run-time tables `{prefix}` are in area `{area}`, which is not there"
            )),
            (None, Some(_)) => {}
            _ => found.push(format!(
                "run-time tables `{prefix}` need either an `area` or `rebuilt-because`"
            )),
        }
    }
}

fn columns(profile: &Profile, found: &mut Vec<String>) {
    let none = Vec::new();
    let new_company = profile.new_company.as_ref();
    let safe_copy = new_company.and_then(|rule| rule.safe_copy.as_ref());
    let lists = [
        (
            "new-company.readable-ids",
            new_company.map_or(&none, |rule| &rule.readable_ids),
        ),
        (
            "new-company.people-columns",
            new_company.map_or(&none, |rule| &rule.people_columns),
        ),
        (
            "new-company.safe-copy.phone-columns",
            safe_copy.map_or(&none, |rule| &rule.phone_columns),
        ),
        (
            "new-company.safe-copy.site-columns",
            safe_copy.map_or(&none, |rule| &rule.site_columns),
        ),
        (
            "new-company.safe-copy.name-columns",
            safe_copy.map_or(&none, |rule| &rule.name_columns),
        ),
        (
            "new-company.safe-copy.name-part-columns",
            safe_copy.map_or(&none, |rule| &rule.name_part_columns),
        ),
        ("secret-columns", &profile.secret_columns),
        (
            "scope.intended-crossings",
            &profile.scope.intended_crossings,
        ),
        ("soft-references", &profile.soft_references),
        ("path-columns", &profile.path_columns),
    ];
    for (field, names) in lists {
        let mut seen = BTreeSet::new();
        for name in names {
            let whole = name
                .rsplit_once('.')
                .is_some_and(|(table, column)| !table.is_empty() && !column.is_empty());
            if !whole {
                found.push(format!(
                    "`{field}` names `{name}`, which is not of the form table.column"
                ));
            }
            if !seen.insert(name) {
                found.push(format!("`{field}` names `{name}` twice"));
            }
        }
    }
    for (table, rule) in &profile.tables {
        if let Some(secret) = rule.naming.iter().find(|column| {
            profile
                .secret_columns
                .contains(&format!("{table}.{column}"))
        }) {
            found.push(format!(
                "`tables.{table}` shows the secret column `{secret}`"
            ));
        }
    }
}

fn renames(profile: &Profile, found: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for rename in &profile.renames {
        if !seen.insert(&rename.from) {
            found.push(format!("`renames` lists `{}` twice", rename.from));
        }
        let same_form = rename
            .to
            .as_ref()
            .is_none_or(|to| to.contains('.') == rename.from.contains('.'));
        if !same_form {
            found.push(format!(
                "the rename of `{}` makes a table of a column or a column of a table",
                rename.from
            ));
        }
    }
}

fn access(profile: &Profile, found: &mut Vec<String>) {
    let Some(access) = &profile.access else {
        return;
    };
    if access.settings.is_empty() {
        found.push("`access.settings` names no permission".to_owned());
    }
    let has_email = profile
        .people
        .as_ref()
        .is_some_and(|people| people.email.is_some());
    if !has_email {
        found.push("`access` needs `people.email`, by which a person is named".to_owned());
    }
}

fn user_roles(profile: &Profile, found: &mut Vec<String>) {
    let Some(rule) = &profile.user_roles else {
        return;
    };
    if profile.access.is_some() {
        found.push(
            "`access` and `user-roles` both say who may do what; an application has one of them"
                .to_owned(),
        );
    }
    if rule.admins.is_empty() {
        found.push("`user-roles.admins` names no role".to_owned());
    }
}

fn database_roles(profile: &Profile, found: &mut Vec<String>) {
    let Some(rule) = &profile.database_roles else {
        return;
    };
    let named = [&rule.admins, &rule.operators, &rule.viewers];
    if named.iter().all(|names| names.is_empty()) {
        found.push("`database-roles` names no role".to_owned());
    }
}

fn sign_out(profile: &Profile, found: &mut Vec<String>) {
    let Some(rule) = &profile.sign_out else {
        return;
    };
    if profile.access.is_none() {
        found.push(
            "`sign-out` needs `access.members`, which says who belongs to which company".to_owned(),
        );
    }
    if rule.sessions.trim().is_empty() || rule.person.trim().is_empty() {
        found.push("`sign-out` names no table of sessions or no column of people".to_owned());
    }
}

fn export(profile: &Profile, found: &mut Vec<String>) {
    let Some(rule) = &profile.export else {
        return;
    };
    let areas = profile.areas.iter();
    let in_areas: BTreeSet<&String> = areas
        .flat_map(|area| area.headline.iter().chain(&area.tables))
        .collect();
    let named = rule.files.keys().chain(&rule.in_settings);
    for table in named.filter(|table| !in_areas.contains(table)) {
        found.push(format!("`export` names `{table}`, which is in no area"));
    }
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let mut seen = BTreeSet::new();
    for file in rule.files.values() {
        if file.is_empty() || !file.chars().all(is_plain) {
            found.push(format!(
                "`export.files` names the file `{file}`, which is not made of letters, digits, hyphens and underscores"
            ));
        }
        if !seen.insert(file.to_lowercase()) {
            found.push(format!("`export.files` names the file `{file}` twice"));
        }
    }
}

fn new_company(profile: &Profile, places: &BTreeMap<&str, String>, found: &mut Vec<String>) {
    let Some(rule) = &profile.new_company else {
        return;
    };
    for left_out in &rule.left_out {
        if left_out.because.trim().is_empty() {
            found.push("a `new-company.left-out` list does not say because of what".to_owned());
        }
        let unplaced = left_out.tables.iter();
        for table in unplaced.filter(|table| !places.contains_key(table.as_str())) {
            found.push(format!(
                "`new-company.left-out` names `{table}`, which has no place"
            ));
        }
    }
    if rule
        .safe_copy
        .iter()
        .any(|rule| rule.harmless_files.iter().any(String::is_empty))
    {
        found.push(
            "`new-company.safe-copy.harmless-files` lists every file, with a name of no letters"
                .to_owned(),
        );
    }
    if rule.owner.is_some() && profile.access.is_none() {
        found.push(
            "`new-company.owner` needs `access`, which says who belongs to a company".to_owned(),
        );
    }
    if rule.group_name.is_some() && profile.group.is_none() {
        found.push("`new-company.group-name` needs `group`".to_owned());
    }
}
