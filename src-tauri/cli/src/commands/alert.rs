//! `alert`: who is told when a company is not as safe as it should be.

use serde::Serialize;
use snapback_engine::alerts::{Alert, AlertBook, AlertKind, Channel, ChannelAddress};
use snapback_engine::library::Library;
use snapback_engine::pg::Password;
use snapback_host::{alerts, keychain};
use snapback_wire::{AlertChannel, ToldChannel};

use super::Ending;
use crate::args::Alert as Arguments;
use crate::ask::{self, Question};
use crate::context::Context;
use crate::failure::Result;
use crate::format::{Align, Table, count};
use crate::output;

#[derive(Serialize)]
struct Channels {
    channels: Vec<AlertChannel>,
}

impl Channels {
    fn of(book: &AlertBook<'_>) -> Self {
        let statuses = book.statuses().into_iter();
        Self {
            channels: statuses.map(AlertChannel::from).collect(),
        }
    }
}

pub(super) async fn run(context: &Context, arguments: Arguments) -> Result<Ending> {
    match arguments {
        Arguments::Add { address } => add(context, &address).await,
        Arguments::List => list(context).await,
        Arguments::Test { number } => test(context, number).await,
        Arguments::Remove { number } => remove(context, number).await,
    }
}

async fn add(context: &Context, address: &str) -> Result<Ending> {
    let library = context.library().await?;
    let address: ChannelAddress = address.parse()?;
    let password = password(context, &address).await?;
    let mut book = AlertBook::open(&library)?;
    let channel = book.add(address, context.now())?.clone();
    if let Some(password) = password
        && let Err(error) = keychain::remember(channel.id, &password).await
    {
        output::note(&format!(
            "{} The password must be in SNAPBACK_SMTP_PASSWORD whenever alerts are sent.",
            error.message()
        ));
    }
    let shown = Channels::of(&book);
    context.show(&shown, || {
        format!(
            "{}Try it: snapback alert test {}. From now on run-due tells it.\n",
            text(&shown),
            channel.number
        )
    });
    Ok(Ending::Done)
}

/// The password of a mail server that wants one: the environment's, else the one that the person types.
async fn password(context: &Context, address: &ChannelAddress) -> Result<Option<Password>> {
    let ChannelAddress::Mail {
        user: Some(user),
        server,
        ..
    } = address
    else {
        return Ok(None);
    };
    if let Some(password) = alerts::named_password() {
        return Ok(Some(password));
    }
    if !output::can_ask() || context.global.json {
        return Ok(None);
    }
    let (user, server) = (output::printable(user), output::printable(server));
    let question = format!("Password of {user} at {server}: ");
    let typed = ask::secret(&question, &context.cancel).await?;
    Ok(Some(Password::new(typed)))
}

async fn list(context: &Context) -> Result<Ending> {
    let library = context.library().await?;
    let shown = Channels::of(&AlertBook::open(&library)?);
    context.show(&shown, || text(&shown));
    Ok(Ending::Done)
}

fn text(shown: &Channels) -> String {
    if shown.channels.is_empty() {
        return "Nobody is told when a backup fails. snapback alert add tells by mail, or a web hook.\n"
            .to_owned();
    }
    let mut table = Table::new(&[Align::Right, Align::Left, Align::Left]);
    table.row(["No", "Where", ""]);
    for channel in &shown.channels {
        let failed = channel.last_failure.as_ref();
        let failed = failed.map(|code| format!("FAILED {} times ({code})", channel.failures));
        let told = (channel.standing_count > 0).then(|| {
            let standing = count(channel.standing_count, "thing", "things");
            format!("told of {standing}")
        });
        let states: Vec<String> = [told, failed].into_iter().flatten().collect();
        table.row([
            &channel.number.to_string(),
            &channel.address,
            &states.join(", "),
        ]);
    }
    table.lines()
}

#[derive(Serialize)]
struct Tested {
    /// Numbers of the channels that have taken it.
    sent: Vec<u32>,
}

async fn test(context: &Context, number: Option<u32>) -> Result<Ending> {
    let library = context.library().await?;
    let book = AlertBook::open(&library)?;
    let channels = match number {
        Some(number) => vec![book.channel(number)?.clone()],
        None => book.channels().to_vec(),
    };
    let mut sent = Vec::new();
    for Channel {
        number, address, ..
    } in &channels
    {
        let channel = book.channel(*number)?;
        context.stoppable(alerts::test(channel)).await?;
        sent.push(*number);
        output::note(&format!(
            "Sent to the {}.",
            output::printable(&address.to_string())
        ));
    }
    let tested = Tested { sent };
    context.show(&tested, || match tested.sent.is_empty() {
        true => text(&Channels {
            channels: Vec::new(),
        }),
        false => "Look whether it has arrived.\n".to_owned(),
    });
    Ok(Ending::Done)
}

async fn remove(context: &Context, number: u32) -> Result<Ending> {
    let library = context.library().await?;
    let mut book = AlertBook::open(&library)?;
    let address = output::printable(&book.channel(number)?.address.to_string());
    let question = format!("Send no more alerts to the {address}?");
    context.confirm(Question::Plain(&question)).await?;
    let removed = book.remove(number)?;
    if let Err(error) = keychain::forget(removed.id).await {
        tracing::info!(code = %error.code(), "the keychain has forgotten no password");
    }
    let shown = Channels::of(&book);
    context.show(&shown, || format!("No more alerts go to the {address}.\n"));
    Ok(Ending::Done)
}

/// Tells what stands wrong, with schedules that failed, by their number and why, where no company is known that the
/// failure would be told of.
pub(super) async fn tell(
    context: &Context,
    library: &Library,
    failures: &[(u32, String)],
) -> Result<Vec<ToldChannel>> {
    let besides = failures.iter().map(|(schedule, code)| Alert {
        key: format!("schedule:{schedule}"),
        kind: AlertKind::BackupFailed,
        company: None,
        message: format!("Schedule {schedule} could make no backup at all ({code})."),
    });
    let told = alerts::tell(library, besides.collect(), context.now()).await?;
    Ok(told.into_iter().map(ToldChannel::from).collect())
}

pub(super) fn text_of_told(told: &ToldChannel) -> String {
    let address = output::printable(&told.address);
    match (&told.error, told.begun_count + told.ended_count) {
        (Some(error), _) => format!(
            "not told to the {address}: {} ({})\n",
            error.message, error.code
        ),
        (None, 0) => String::new(),
        (None, news) => format!(
            "Told the {address} of {}.\n",
            count(news, "thing", "things")
        ),
    }
}
