use serde::Serialize;
use ts_rs::TS;

/// A database that the app can work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Connection {
    /// By which commands name it.
    pub id: String,
    /// Name for people: the host, or "Demo".
    pub title: String,
    /// Key of the company that may be damaged to try things out; `null` where the database is not the
    /// demo's.
    pub demo_company: Option<String>,
}
