use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a company begins that is made from the backup of another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct NewCompanyRule {
    /// The column of the group's table with its name; a new group is called like its company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// Columns with ids that people know and that stay as they are, as `table.column`.
    pub readable_ids: Vec<String>,
    /// Columns with people's keys that no reference tells of, as `table.column`.
    pub people_columns: Vec<String>,
    /// What a person is to do once the company is there.
    pub reconnect: Vec<String>,
    /// Tables that a new company begins without.
    pub left_out: Vec<LeftOutTables>,
    /// Rows that a new company needs and that no backup has.
    pub made: Vec<MadeRow>,
    /// Functions by which the application makes what it derives for a company.
    pub calls: Vec<CalledFunction>,
    /// What a company has that begins with nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank: Option<BlankRule>,
    /// How a copy is made from which nobody outside can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_copy: Option<SafeCopyRule>,
    /// What makes its owner one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<OwnerRule>,
}

/// Tables that a new company begins without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeftOutTables {
    /// Why, as a sentence for people.
    pub because: String,
    /// Which.
    pub tables: Vec<String>,
}

/// A row that is made with every new company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MadeRow {
    /// The table.
    pub table: String,
    /// Its values by column; `{company}` and `{owner}` stand for their keys.
    pub values: BTreeMap<String, String>,
}

/// A function of the application's schema that is called once the company is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CalledFunction {
    /// What it makes, for people.
    pub what: String,
    /// Its name. A database that does not have it is no failure.
    pub function: String,
    /// What it is given, each as text; `{company}` stands for the company's key.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The table in which there are rows afterwards; `{company}` likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fills: Option<String>,
    /// What a person is to do where it could not be called, or nothing is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<String>,
}

/// What a company has that begins with nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlankRule {
    /// A key like those that the application makes for companies; each new one gets its own.
    pub company: String,
    /// Likewise for its group, where there are groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Code of its currency where nobody names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Its rows; `{company}`, `{group}`, `{owner}`, `{name}` and `{currency}` stand for what they say. Rows
    /// of one table name the same columns.
    pub rows: Vec<MadeRow>,
}

/// What makes the owner of a new company one, beside belonging to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnerRule {
    /// What the owner may do there, beside managing its settings.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Further columns of the row by which the owner belongs to the company.
    #[serde(default)]
    pub member: BTreeMap<String, String>,
    /// The owner's row among those who work there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee: Option<EmployeeRule>,
}

/// The table of those who work for a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EmployeeRule {
    /// The table.
    pub table: String,
    /// The column with the person's key.
    pub person: String,
    /// The column with the company's key.
    pub company: String,
    /// What kind of employee the owner is, where there are kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EmployeeKindRule>,
}

/// The kinds of employees, which are rows of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EmployeeKindRule {
    /// The column of the employee's row with the kind's key.
    pub column: String,
    /// The table of kinds.
    pub table: String,
    /// Its key column.
    pub id: String,
    /// The column of that table that says which kind the owner is.
    pub known_by: String,
    /// And its value.
    pub value: String,
}

/// How a copy is made from which nobody outside can be reached. E-mail addresses and bank accounts are
/// known by themselves, wherever they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct SafeCopyRule {
    /// Columns with telephone numbers, as `table.column`; the same numbers are replaced elsewhere too.
    pub phone_columns: Vec<String>,
    /// Columns with web sites, as `table.column`; the same hosts are replaced elsewhere too.
    pub site_columns: Vec<String>,
    /// Columns with names of people and firms, as `table.column`; they are replaced where names are not to be
    /// known, and the same names elsewhere too.
    pub name_columns: Vec<String>,
    /// Likewise parts of names, in the order in which they make one: the first, then the last.
    pub name_part_columns: Vec<String>,
    /// How keys of uploaded files begin, behind the company's folder, which tell of nobody: pictures that the
    /// application draws by itself. A safe copy leaves all others.
    pub harmless_files: Vec<String>,
    /// What is switched off: values by `table.column`.
    pub off: BTreeMap<String, String>,
}
