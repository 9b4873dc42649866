use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{NewCompanyRule, TableName};

/// The area of tables that the profile does not know; a profile may name it too.
pub const OTHER_AREA: &str = "other";

/// How an application's schema is to be read. A profile is data: another application is another file.
///
/// Table names are without schema where `schema` holds the table, else `schema.name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// Short name, such as `carbon`; archives carry it.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// The schema that holds the application's tables.
    pub schema: String,
    /// The table of companies.
    pub company: CompanyRule,
    /// Groups of companies, where the application has them.
    #[serde(default)]
    pub group: Option<GroupRule>,
    /// Whose rows are whose.
    pub scope: ScopeRule,
    /// The people table.
    #[serde(default)]
    pub people: Option<PeopleRule>,
    /// Areas in the order in which they are shown; every table of the backup is in one.
    pub areas: Vec<Area>,
    /// Tables whose rows never travel, by reason.
    #[serde(default)]
    pub excluded: Vec<ExcludedTables>,
    /// Columns whose values never travel, as `table.column`.
    #[serde(default)]
    pub secret_columns: Vec<String>,
    /// Tables that are in the archive and that an in-place restore leaves as they are (access).
    #[serde(default)]
    pub kept: Vec<String>,
    /// Labels and naming columns by table, where they differ from what the catalog suggests.
    #[serde(default)]
    pub tables: BTreeMap<String, TableRule>,
    /// Tables and columns that newer versions of the application call otherwise.
    #[serde(default)]
    pub renames: Vec<Rename>,
    /// References without a foreign key, as `table.column` (with `[]` behind arrays).
    #[serde(default)]
    pub soft_references: Vec<String>,
    /// Columns that hold storage paths, as `table.column`.
    #[serde(default)]
    pub path_columns: Vec<String>,
    /// Where uploaded files lie, where the application has such.
    #[serde(default)]
    pub files: Option<FilesRule>,
    /// How the application's schema version is read.
    #[serde(default)]
    pub schema_version: Option<SchemaVersionRule>,
    /// Who may do what with a company.
    #[serde(default)]
    pub access: Option<AccessRule>,
    /// The same, where the application gives each user of a company one role in place of permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_roles: Option<UserRolesRule>,
    /// What each database role may do at most, where that is not everything that its rights allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_roles: Option<DatabaseRolesRule>,
    /// How people are signed out when their company is restored, where that can be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_out: Option<SignOutRule>,
    /// What the application derives by triggers, to be called or re-connected after a restore.
    #[serde(default)]
    pub after_restore: Vec<AfterRestore>,
    /// How a company begins that is made from the backup of another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_company: Option<NewCompanyRule>,
    /// How files of an export are called, where it is not by their tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<ExportRule>,
}

impl Profile {
    /// The table that a name in the profile stands for: one of `schema`, or `other.name` as written.
    #[must_use]
    pub fn table_name(&self, written: &str) -> TableName {
        match written.split_once('.') {
            Some((schema, name)) => TableName::new(schema, name),
            None => TableName::new(&self.schema, written),
        }
    }

    /// The table and the column that `table.column` in the profile stands for, without the `[]`
    /// that marks arrays; `None` where there is no dot.
    #[must_use]
    pub fn column_name<'a>(&self, written: &'a str) -> Option<(TableName, &'a str)> {
        let (table, column) = written.rsplit_once('.')?;
        Some((
            self.table_name(table),
            column.strip_suffix("[]").unwrap_or(column),
        ))
    }

    /// How the profile writes a table: without the schema that holds the application's tables.
    #[must_use]
    pub fn written(&self, table: &TableName) -> String {
        if table.schema == self.schema {
            table.name.clone()
        } else {
            table.to_string()
        }
    }
}

/// The table of companies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CompanyRule {
    /// The table.
    pub table: String,
    /// Its key column.
    pub id: String,
    /// The column with its name.
    pub name: String,
}

/// Groups of companies that share rows such as the chart of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GroupRule {
    /// The table of groups.
    pub table: String,
    /// The column that says which group, in the company table and in the group's tables.
    pub column: String,
}

/// Whose rows are whose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ScopeRule {
    /// Columns that hold the company's key, best first. A NULL in it means shared by all.
    pub columns: Vec<String>,
    /// Tables whose own key is the company's key.
    #[serde(default)]
    pub singletons: Vec<String>,
    /// Tables named after the company, made at run time.
    #[serde(default)]
    pub run_time: Vec<RunTimeTable>,
    /// Tables that belong to no company: global reference data.
    #[serde(default)]
    pub global: Vec<String>,
    /// References to other companies on purpose, as `table.column`.
    #[serde(default)]
    pub intended_crossings: Vec<String>,
}

/// A kind of table that the application makes for each company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunTimeTable {
    /// What stands before the company's key in the table's name.
    pub prefix: String,
    /// Where the application can make its rows again, the reason to leave it out.
    #[serde(default)]
    pub rebuilt_because: Option<String>,
    /// The area, where it is not left out.
    #[serde(default)]
    pub area: Option<String>,
}

/// The table of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PeopleRule {
    /// The table.
    pub table: String,
    /// Its key column.
    pub id: String,
    /// SQL column with the name, if any.
    #[serde(default)]
    pub name: Option<String>,
    /// Column with the e-mail address, if any.
    #[serde(default)]
    pub email: Option<String>,
    /// Further tables about people that belong to no company.
    #[serde(default)]
    pub more_tables: Vec<String>,
    /// The row of somebody who stands for a person that is not there: values by column, in which `{id}`,
    /// `{name}` and `{email}` stand for what they say. Nobody can be made where it is empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub placeholder: BTreeMap<String, String>,
}

/// Who may do what with a company, so that somebody can act as one of the application's users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccessRule {
    /// A person who has all of these permissions may manage a company's settings: an admin of its backups.
    pub settings: Vec<String>,
    /// Who has all of these may make and prove backups; where none are listed, only an admin may.
    #[serde(default)]
    pub operate: Vec<String>,
    /// Who has all of these may look into backups; where none are listed, only those may who may do more.
    #[serde(default)]
    pub view: Vec<String>,
    /// The people of each company.
    pub members: MembersRule,
    /// What each person may do.
    pub permissions: PermissionsRule,
}

/// The table that says which person belongs to which company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MembersRule {
    /// The table.
    pub table: String,
    /// The column with the person's key.
    pub person: String,
    /// The column with the company's key.
    pub company: String,
}

/// The table that says what each person may do: a JSON object with the companies' keys by permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PermissionsRule {
    /// The table.
    pub table: String,
    /// The column with the person's key.
    pub person: String,
    /// The column with the object.
    pub granted: String,
}

/// The table of users who each belong to one company and have one role there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UserRolesRule {
    /// The table.
    pub table: String,
    /// Its key column.
    pub id: String,
    /// The column with the company's key.
    pub company: String,
    /// The column with the user's name, if any.
    #[serde(default)]
    pub name: Option<String>,
    /// The column with the e-mail address. Somebody who is a user of several companies has it in several rows.
    pub email: String,
    /// The column with the role.
    pub role: String,
    /// Roles of those who manage a company: admins of its backups.
    pub admins: Vec<String>,
    /// Roles of those who may make and prove backups.
    #[serde(default)]
    pub operators: Vec<String>,
    /// Roles of those who may look into backups.
    #[serde(default)]
    pub viewers: Vec<String>,
}

/// Database roles by what they may do: each stands for itself and its members. A superuser may do everything, a role that is not
/// among them nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DatabaseRolesRule {
    /// Those that may restore, delete and say what is made by itself.
    #[serde(default)]
    pub admins: Vec<String>,
    /// Those that may make and prove backups.
    #[serde(default)]
    pub operators: Vec<String>,
    /// Those that may look into backups.
    #[serde(default)]
    pub viewers: Vec<String>,
}

/// Where the application keeps who is signed in; who belongs to which company is what `access.members` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SignOutRule {
    /// The table of sessions, a row of which ends one by going.
    pub sessions: String,
    /// The column with the person's key.
    pub person: String,
    /// Minutes for which a token that was handed out at sign-in is good without its session.
    pub token_minutes: u64,
}

/// An area: what people call a part of their data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Area {
    /// Short name, such as `sales`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// The tables whose counts stand for the area, in order.
    #[serde(default)]
    pub headline: Vec<String>,
    /// All further tables of the area.
    #[serde(default)]
    pub tables: Vec<String>,
}

/// Why a table is not in the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExclusionReason {
    /// It holds secrets.
    Secret,
    /// It holds billing data of the application's vendor.
    Billing,
    /// Its rows live for moments.
    Transient,
    /// The application makes its rows again.
    Rebuilt,
    /// It says who may do what, and a restore leaves that alone.
    Access,
}

/// Tables whose rows never travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExcludedTables {
    /// Why, as a kind.
    pub reason: ExclusionReason,
    /// Why, as a sentence for people.
    pub because: String,
    /// Which.
    pub tables: Vec<String>,
}

/// What people call a table and its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TableRule {
    /// Name of the table for people, plural.
    #[serde(default)]
    pub label: Option<String>,
    /// Columns that name a row, best first.
    #[serde(default)]
    pub naming: Vec<String>,
}

/// A table or column that a newer version of the application calls otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rename {
    /// Old name: `table` or `table.column`.
    pub from: String,
    /// New name, of the same form; `None` where it was dropped on purpose.
    #[serde(default)]
    pub to: Option<String>,
}

/// Where uploaded files lie, and how rows name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FilesRule {
    /// The table that lists them, as `schema.name`, where there is one as Supabase has it.
    #[serde(default)]
    pub objects: Option<String>,
    /// The table of buckets, as `schema.name`, where companies may have buckets of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buckets: Option<String>,
    /// What may stand before a key where a column holds one.
    #[serde(default)]
    pub path_prefixes: Vec<String>,
    /// Where a company's files lie.
    pub places: Vec<PlaceRule>,
}

/// A place of a company's files; `{company}` stands for its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PlaceRule {
    /// The bucket.
    pub bucket: String,
    /// What the keys begin with.
    pub prefix: String,
}

/// How the application's schema version is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SchemaVersionRule {
    /// Table, as `schema.name`.
    pub table: String,
    /// The column whose greatest value is the version.
    pub column: String,
}

/// How files of an export are called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ExportRule {
    /// What files are called by table, without `.csv`.
    pub files: BTreeMap<String, String>,
    /// Tables of which a company has one row, which stands in `settings.json` and in no file of its own.
    pub in_settings: Vec<String>,
}

/// Something that the application derives itself and that a restore does not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AfterRestore {
    /// What it is, for people.
    pub what: String,
    /// A materialised view to refresh, if that is what it takes.
    #[serde(default)]
    pub refresh: Option<String>,
    /// What a person is to do, where nothing can be called.
    #[serde(default)]
    pub by_hand: Option<String>,
}
