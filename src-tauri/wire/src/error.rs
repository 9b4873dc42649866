use std::collections::BTreeMap;

use serde::Serialize;
use snapback_engine::Error;
use ts_rs::TS;

/// A failure. Holds no row values, passwords or connection strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WireError {
    /// The code, in snake case: what programs and the UI branch on.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
    /// What the person can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hint: Option<String>,
    /// What varies, by key.
    pub context: BTreeMap<String, String>,
    /// What lay under it, outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub causes: Vec<String>,
    /// Whether the same call may succeed when it is made again later.
    pub retryable: bool,
}

impl From<&Error> for WireError {
    fn from(error: &Error) -> Self {
        Self {
            code: error.code().word().to_owned(),
            message: error.message().to_owned(),
            hint: error.hint_text().map(str::to_owned),
            context: error
                .context()
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
            causes: error.causes().to_vec(),
            retryable: error.code().is_retryable(),
        }
    }
}

impl From<Error> for WireError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<Error> for Box<WireError> {
    fn from(error: Error) -> Self {
        Self::new(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapback_engine::Code;

    #[test]
    fn an_error_crosses_with_its_code_and_without_what_it_lacks() {
        let error = Error::new(Code::LockNotHad, "Others are writing.").with("table", "part");
        let json = serde_json::to_value(WireError::from(error)).expect("it is plain data");
        assert_eq!(
            json,
            serde_json::json!({
                "code": "lock_not_had",
                "message": "Others are writing.",
                "context": { "table": "part" },
                "retryable": true,
            })
        );
    }
}
