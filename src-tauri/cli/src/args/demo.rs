//! What may be written of the demo.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use snapback_demo::App;

#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Starts it, making it first where there is none
    Up(Making),
    /// Stops it; its data stays
    Down,
    /// Says whether it is up
    Status,
    /// Breaks the first company's data
    Damage(Damage),
    /// Makes it anew
    Reset(Making),
    /// Prints its URL, password included, for psql and other programs
    Url(Application),
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Application {
    /// Which application; without it Carbon, or the only one that was made
    #[arg(long, value_name = "NAME", value_parser = apps())]
    pub(crate) app: Option<App>,
}

fn apps() -> impl TypedValueParser<Value = App> {
    PossibleValuesParser::new(App::ALL.map(App::name)).try_map(|name| name.parse::<App>())
}

#[derive(Debug, Args)]
pub(crate) struct Damage {
    /// What happens; friday is all of it
    #[arg(default_value = "friday", value_parser = damages())]
    pub(crate) kind: String,
    #[command(flatten)]
    pub(crate) application: Application,
}

fn damages() -> PossibleValuesParser {
    PossibleValuesParser::new(snapback_demo::Damage::ALL.map(|damage| damage.name()))
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Making {
    #[command(flatten)]
    pub(crate) application: Application,
    /// How much data: 1 is about 40,000 rows of Carbon, or 13,000 of StockFlow
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub(crate) scale: f64,
}
