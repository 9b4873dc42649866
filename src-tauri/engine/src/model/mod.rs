//! The vocabulary that every module shares: names, the schema as found, profiles, the company.

mod company;
mod name;
mod profile;
mod schema;

pub use company::{Company, CompanyId, Person};
pub use name::TableName;
pub use profile::{
    AfterRestore, Area, CompanyRule, ExcludedTables, ExclusionReason, GroupRule, PeopleRule, Profile, Rename,
    RunTimeTable, SchemaVersionRule, ScopeRule, TableRule,
};
pub use schema::{
    Check, Column, Generation, Key, OnChange, Reference, Schema, Table, TableKind, Trigger, TriggerState, UniqueIndex,
};
