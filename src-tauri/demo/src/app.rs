//! The applications of which the demo has made-up companies.

use std::fmt;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::data::{self, COMPANIES, Spec};
use crate::error::Error;
use crate::stockflow;

/// An application; each has a database of its own on the demo's server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum App {
    /// A manufacturing ERP of 341 tables.
    Carbon,
    /// An inventory application of ten tables, with keys that are uuids and numbers.
    StockFlow,
}

impl App {
    /// Every application, the usual one first.
    pub const ALL: [App; 2] = [App::Carbon, App::StockFlow];

    /// Its name on the command line, which is that of its database and of the profile that reads it.
    pub fn name(self) -> &'static str {
        match self {
            App::Carbon => "carbon",
            App::StockFlow => "stockflow",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            App::Carbon => "Carbon",
            App::StockFlow => "StockFlow",
        }
    }

    /// The id and the name of its main company, the one that is damaged.
    pub fn main_company(self) -> (&'static str, &'static str) {
        match self {
            App::Carbon => (COMPANIES[0].id, COMPANIES[0].name),
            App::StockFlow => stockflow::MAIN_ACCOUNT,
        }
    }

    /// The role that owns its tables.
    pub(crate) fn owner(self) -> &'static str {
        match self {
            App::Carbon => "carbon_owner",
            App::StockFlow => "stockflow_owner",
        }
    }

    /// Fills an empty database, as a superuser.
    pub(crate) async fn load(self, options: &PgConnectOptions, spec: Spec) -> Result<(), Error> {
        match self {
            App::Carbon => data::load(options, spec).await,
            App::StockFlow => stockflow::load(options, spec.scale).await,
        }
    }
}

impl fmt::Display for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for App {
    type Err = Error;

    fn from_str(text: &str) -> Result<App, Error> {
        App::ALL
            .into_iter()
            .find(|app| app.name() == text)
            .ok_or_else(|| Error::UnknownApp {
                name: text.to_owned(),
            })
    }
}
