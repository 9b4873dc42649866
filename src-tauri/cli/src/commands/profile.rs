//! `profile`: how the application's schema is read.

use snapback_engine::profile;

use super::Ending;
use crate::context::Context;
use crate::failure::Result;
use crate::output;

pub(super) fn show(context: &Context) -> Result<Ending> {
    let shown = context.profile()?;
    if context.global.json {
        output::document(&shown);
    } else {
        output::text(&profile::to_toml(&shown)?);
    }
    Ok(Ending::Done)
}
