//! How a command ends that did not do what it was asked to.

use std::process::ExitCode;

use serde::Serialize;
use serde_json::Value;
use snapback_engine::{Code, Error};
use snapback_wire::WireError;

use crate::output;

/// Done, with problems listed.
pub(crate) const WITH_PROBLEMS: u8 = 3;

/// An error with its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Box<WireError>,
    pub(crate) exit_code: u8,
    /// What would have been done, where that is why it was not.
    pub(crate) plan: Option<Value>,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error as the one document on stdout.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    #[serde(flatten)]
    error: &'a WireError,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a Value>,
}

impl Failure {
    pub(crate) fn document(&self) -> Document<'_> {
        Document {
            error: &self.error,
            plan: self.plan.as_ref(),
        }
    }

    pub(crate) fn with_plan(mut self, plan: &impl Serialize) -> Self {
        self.plan = serde_json::to_value(plan).ok();
        self
    }

    /// The error for people: the sentence, what varies, what lay under it, and what to do.
    pub(crate) fn text(&self) -> String {
        let WireError {
            code,
            message,
            hint,
            context,
            causes,
            retryable: _,
        } = self.error.as_ref();
        let mut text = format!("error: {message} ({code})\n");
        for (key, value) in context {
            let key = key.replace('_', " ");
            text.push_str(&format!("  {key}: {}\n", output::printable(value)));
        }
        for cause in causes {
            text.push_str(&format!("  because: {}\n", output::printable(cause)));
        }
        if let Some(hint) = hint {
            text.push_str(&format!("hint: {hint}\n"));
        }
        text
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            exit_code: error.code().exit_code(),
            error: Box::new(error.into()),
            plan: None,
        }
    }
}

impl From<snapback_demo::Error> for Failure {
    fn from(error: snapback_demo::Error) -> Self {
        let hint = match &error {
            snapback_demo::Error::BinariesNotFound { .. } => Some(
                "Run `make run` once, which installs them, or name an installation of PostgreSQL in SNAPBACK_POSTGRES.",
            ),
            snapback_demo::Error::NotSetUp { .. } => Some("`snapback demo up` makes it."),
            _ => None,
        };
        Self {
            error: Box::new(WireError {
                code: error.code().to_owned(),
                message: sentence(&error.to_string()),
                hint: hint.map(str::to_owned),
                context: Default::default(),
                causes: Vec::new(),
                retryable: false,
            }),
            exit_code: 1,
            plan: None,
        }
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", letters.as_str())
}

/// The call itself does not make sense.
pub(crate) fn usage(message: &str, hint: &str) -> Failure {
    Error::new(Code::Usage, message).hint(hint).into()
}

/// Shows help, the version, or what is wrong with the arguments.
pub(crate) fn of_arguments(shown: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if shown.use_stderr() && wants_json {
        let failure = usage(
            "The arguments cannot be understood.",
            "`snapback help` shows what there is.",
        );
        output::document(&failure.document());
    }
    // A closed pipe is no failure of ours.
    shown.print().ok();
    ExitCode::from(if shown.use_stderr() { 2 } else { 0 })
}
