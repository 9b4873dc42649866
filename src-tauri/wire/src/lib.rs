//! What crosses to the UI and to `--json`.
//!
//! Shapes of their own, made from the engine's by taking every field by name, so that a change in
//! the engine is a decision here. Counts and sizes are JSON numbers, exact up to 2^53; keys and
//! numerics of the application are strings. Times are RFC 3339 in UTC. The TypeScript types in
//! `ui/src/lib/wire/index.ts` are generated from this crate and committed; a test holds them fresh.

mod error;
mod job;
#[cfg(test)]
mod typescript;

pub use error::WireError;
pub use job::{JobEvent, Progress, Warning};
