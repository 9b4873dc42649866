use std::collections::BTreeMap;

use snapback_engine::archive::Manifest;
use snapback_engine::company::Opened;
use snapback_engine::model::{Profile, Schema, TableName};
use snapback_engine::profile;

/// What people call tables and areas, and which table is in which area.
#[derive(Debug, Clone)]
pub struct Labels {
    profile: Option<Profile>,
    areas: BTreeMap<TableName, String>,
}

impl Labels {
    /// As an open company has them.
    #[must_use]
    pub fn of_company(opened: &Opened) -> Self {
        let tables = opened.scope.tables.iter();
        Self {
            profile: Some(opened.profile.clone()),
            areas: tables
                .map(|(table, found)| (table.clone(), found.area.clone()))
                .collect(),
        }
    }

    /// As archives have them; without a profile, tables are called as the database calls them.
    #[must_use]
    pub fn of_archives(manifests: &[&Manifest], profile: Option<Profile>) -> Self {
        let entries = manifests.iter().flat_map(|manifest| &manifest.tables);
        Self {
            profile,
            areas: entries
                .map(|entry| (entry.table.clone(), entry.area.clone()))
                .collect(),
        }
    }

    /// What people call a table.
    #[must_use]
    pub fn table(&self, table: &TableName) -> String {
        match &self.profile {
            Some(known) => profile::table_label(known, table),
            None => table.name.clone(),
        }
    }

    /// The columns that name a table's rows for people, best first.
    #[must_use]
    pub fn naming_columns(&self, schema: &Schema, table: &TableName) -> Vec<String> {
        let profile = self.profile.as_ref();
        profile.map_or_else(Vec::new, |known| {
            profile::naming_columns(known, schema, table)
        })
    }

    /// The short name of a table's area, where it is in one.
    #[must_use]
    pub fn area_of(&self, table: &TableName) -> Option<&str> {
        self.areas
            .get(table)
            .map(String::as_str)
            .filter(|area| !area.is_empty())
    }

    /// What people call an area.
    #[must_use]
    pub fn area(&self, area: &str) -> String {
        match &self.profile {
            Some(known) => profile::area_title(known, area),
            None => area.to_owned(),
        }
    }

    /// Where an area stands among the others.
    #[must_use]
    pub fn place(&self, area: &str) -> usize {
        let areas = self.profile.iter().flat_map(|profile| &profile.areas);
        areas
            .map(|known| known.name.as_str())
            .position(|name| name == area)
            .unwrap_or(usize::MAX)
    }

    /// Things by area, areas in their order, things in theirs.
    pub(crate) fn by_area<T>(
        &self,
        things: impl IntoIterator<Item = (TableName, T)>,
    ) -> Vec<(String, Vec<(TableName, T)>)> {
        let mut areas: BTreeMap<(usize, String), Vec<(TableName, T)>> = BTreeMap::new();
        for (table, thing) in things {
            let area = self.area_of(&table).unwrap_or_default().to_owned();
            let key = (self.place(&area), area);
            areas.entry(key).or_default().push((table, thing));
        }
        areas
            .into_iter()
            .map(|((_, area), things)| (area, things))
            .collect()
    }
}
