use serde::Serialize;
use ts_rs::TS;

/// What the desktop asks of the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "request", content = "data", rename_all = "snake_case")]
pub enum WindowRequest {
    /// The person wants to close the window while that many jobs run.
    Close(usize),
    /// The person opened that archive with Snapback; its path.
    Open(String),
}
