//! A new company from the backup of another one: a plan that only reads, then one transaction.
//!
//! The archive is read twice. First for the ids of its rows, which are all that is held in memory, and for
//! rows that the copy cannot have; then every row is rewritten on its way into the database. Nothing is
//! changed there but by adding rows, and the owner's permissions by adding the new company to them. What is
//! in place at the end is checked like a restore before it is committed.

mod access;
mod blank;
mod bucket;
mod calls;
mod carry;
mod check;
mod files;
mod ground;
mod group;
mod load;
mod options;
mod people;
mod plan;
mod read;
mod rewriting;
mod run;
mod run_time;
mod safe;
mod shared;
mod uniques;

pub use blank::plan_blank;
pub use group::{GroupDifference, NewGroup};
pub use options::{
    AddressChoice, GroupChoice, IdChoice, NameChoice, NewOptions, PeopleChoice, Purpose,
};
pub use people::{NewOwner, PersonFate, PlannedPerson};
pub use plan::{LeftOut, NewPlan, PlannedIds, PlannedTable};
pub use run::{ColumnReport, NewReport, NewTable, run};

pub use plan::plan;
pub use safe::safe_copy_rule;
pub use uniques::{PlannedUnique, Proposal};
