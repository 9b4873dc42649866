//! `uninstall`: what Snapback keeps in the database goes.

use serde::Serialize;
use snapback_engine::pg::Session;
use snapback_engine::restore::state;

use super::Ending;
use crate::ask::Question;
use crate::context::Context;
use crate::failure::Result;
use crate::output;

#[derive(Serialize)]
struct Uninstalled {
    database: String,
    /// Whether there was something to remove.
    removed: bool,
}

pub(super) async fn run(context: &Context) -> Result<Ending> {
    let settings = context.settings().await?;
    let database = settings.target();
    let mut session = context.stoppable(Session::open(&settings)).await?;
    let is_there = context.stoppable(state::is_installed(&mut session)).await?;
    if is_there {
        let question = format!(
            "Remove the schema snapback from {}, with its trail of who restored what?",
            output::printable(&database)
        );
        context.confirm(Question::Plain(&question)).await?;
    }
    let removed = state::uninstall(&mut session).await?;
    session.close().await;
    context.show(
        &Uninstalled {
            database: database.clone(),
            removed,
        },
        || {
            if removed {
                "Removed the schema snapback. The archives on this computer stay.\n".to_owned()
            } else {
                "There is nothing of Snapback in this database.\n".to_owned()
            }
        },
    );
    Ok(Ending::Done)
}
