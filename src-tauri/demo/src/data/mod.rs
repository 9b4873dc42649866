//! The demo's content: three companies that do business, computed row by row.
//!
//! Nothing is remembered. Every value is a function of the seed, the table, the owner and the
//! row's number, so a reference is the value of the row referred to, sums are sums over the very
//! rows that they stand for, and any amount of data streams in constant memory.
//!
//! - `world`: who owns rows, how many rows each table has, ids;
//! - `cell`: writing one value as COPY text;
//! - `plan`: what makes each column, from the catalog (keys, references, types, names);
//! - `trades`: what an industry calls its things;
//! - `fill`: values that only have to look right;
//! - `story`: the tables that people look at, where the numbers have to add up.

mod cell;
mod counts;
mod files;
mod fill;
mod load;
mod names;
mod phrases;
mod plan;
mod storage;
mod story;
mod trades;
mod words;
mod world;

pub use files::write_files;
pub use load::{fingerprint, load, refresh, row_count};
pub use trades::Industry;
pub use world::{COMPANIES, DemoCompany, Spec};

/// The id of somebody who works for the row's company.
fn story_user(row: &world::Row<'_>) -> String {
    let (first, count) = counts::members(row.owner);
    story::user_id(row, first + row.below("user", count))
}
