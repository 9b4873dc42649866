use serde::Serialize;
use snapback_engine::model;
use ts_rs::TS;

/// A company of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Company {
    /// Its key.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its group's key, where the application has groups.
    pub group: Option<String>,
    /// Whether no other company is in that group; true where there are no groups.
    pub alone_in_group: bool,
}

impl From<&model::Company> for Company {
    fn from(company: &model::Company) -> Self {
        let model::Company {
            id,
            name,
            group,
            alone_in_group,
        } = company;
        Self {
            id: id.to_string(),
            name: name.clone(),
            group: group.clone(),
            alone_in_group: *alone_in_group,
        }
    }
}
