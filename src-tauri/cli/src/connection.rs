//! Saved connections on the command line.

use snapback_engine::files::{Keys, StoreAddress};
use snapback_engine::pg::Password;
use snapback_engine::{Code, Error};
use snapback_host::connections::{Open, SavedConnection, SavedConnections};
use snapback_host::tunnel::Who;
use snapback_host::{keychain, storage};

use crate::ask;
use crate::context::Context;
use crate::failure::Result;
use crate::output;

/// The saved connection of that name.
pub(crate) fn saved(name: &str) -> Result<SavedConnection> {
    Ok(SavedConnections::of_this_person()?.named(name)?)
}

/// Opens it: with the password of the keychain, else the one that the person types.
pub(crate) async fn open(name: &str, context: &Context) -> Result<Open> {
    let saved = saved(name)?;
    let can_ask = can_ask(context);
    let password = match keychain::password(saved.id).await {
        Ok(kept) => kept,
        Err(error) if can_ask => Some(ask_for(&saved, &error, context).await?),
        Err(error) => return Err(without_terminal(error).into()),
    };
    let who = if can_ask { Who::Terminal } else { Who::Nobody };
    context.stoppable(saved.open(password, &who)).await
}

async fn ask_for(saved: &SavedConnection, why: &Error, context: &Context) -> Result<Password> {
    output::note(why.message());
    let question = format!("Password of {} for {}: ", saved.address.user, saved.name);
    Ok(Password::new(
        ask::secret(&question, &context.cancel).await?,
    ))
}

fn without_terminal(error: Error) -> Error {
    Error::new(Code::PasswordNeeded, error.message())
        .hint("Call it from a terminal to be asked, or name the database in SNAPBACK_DATABASE_URL.")
}

/// The keys of its storage: those that are kept, else those that the person types.
pub(crate) async fn storage_keys(
    saved: &SavedConnection,
    address: &StoreAddress,
    context: &Context,
) -> Result<Option<Keys>> {
    let error = match storage::keys_of(saved.id, address).await {
        Ok(keys) => return Ok(keys),
        Err(error) if can_ask(context) => error,
        Err(error) => {
            let error = Error::new(error.code(), error.message());
            return Err(error
                .hint("Call it from a terminal to be asked, or give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
                .into());
        }
    };
    output::note(error.message());
    let ask = async |what: &str| {
        let question = format!("{what} of the storage of {}: ", saved.name);
        ask::secret(&question, &context.cancel).await
    };
    Ok(Some(Keys {
        access_key_id: ask("Access key id").await?,
        secret_access_key: ask("Secret access key").await?,
        session_token: None,
    }))
}

fn can_ask(context: &Context) -> bool {
    output::can_ask() && !context.global.json
}
