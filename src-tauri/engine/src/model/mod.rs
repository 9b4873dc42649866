//! The vocabulary that every module shares: names, the schema as found, profiles, the company.

mod company;
mod name;
mod new_company;
mod notice;
mod profile;
mod schema;
mod secret;

pub use company::{Company, CompanyId, Person};
pub use name::TableName;
pub use new_company::{
    BlankRule, CalledFunction, EmployeeKindRule, EmployeeRule, LeftOutTables, MadeRow,
    NewCompanyRule, OwnerRule, SafeCopyRule,
};
pub use notice::{Notice, NoticeKind};
pub use profile::{
    AccessRule, AfterRestore, Area, CompanyRule, DatabaseRolesRule, ExcludedTables,
    ExclusionReason, ExportRule, FilesRule, GroupRule, MembersRule, OTHER_AREA, PeopleRule,
    PermissionsRule, PlaceRule, Profile, Rename, RunTimeTable, SchemaVersionRule, ScopeRule,
    SignOutRule, TableRule, UserRolesRule,
};
pub use schema::{
    Check, Column, Generation, Key, OnChange, Reference, Schema, Table, TableKind, Trigger,
    TriggerState, UniqueIndex,
};
