use crate::model::Profile;

use super::parse;

/// The facts first and the words for people behind them: two files that are one document.
const CARBON: &str = concat!(
    include_str!("carbon.toml"),
    "\n",
    include_str!("carbon-labels.toml")
);

const STOCKFLOW: &str = include_str!("stockflow.toml");

/// The names of the profiles that come with Snapback.
#[must_use]
pub fn built_in_names() -> &'static [&'static str] {
    &["carbon", "stockflow"]
}

/// The profile of that name that comes with Snapback.
#[must_use]
pub fn built_in(name: &str) -> Option<Profile> {
    let text = match name {
        "carbon" => CARBON,
        "stockflow" => STOCKFLOW,
        _ => return None,
    };
    Some(parse(text).expect("a test reads every built-in profile"))
}
