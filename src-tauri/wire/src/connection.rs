use serde::Serialize;
use ts_rs::TS;

/// The database that the app works on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Connection {
    /// Name for people: the host, or "Demo".
    pub title: String,
    /// Whether it is the demo's, where nothing is real.
    pub is_demo: bool,
}
