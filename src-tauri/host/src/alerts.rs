//! Telling people that a company is not as safe as it should be: by a letter, by a document that is posted to a
//! hook, by a check that is asked while all is well. What is to be told is decided by the engine.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::{Value, json};
use snapback_engine::alerts::{
    Alert, AlertBook, Channel, ChannelAddress, MailProtection, News, standing,
};
use snapback_engine::library::Library;
use snapback_engine::pg::Password;
use snapback_engine::{Code, Error, Result};

use crate::{SMTP_PASSWORD, host_name, keychain, named};

/// How long a server has to take an alert.
const PATIENCE: Duration = Duration::from_secs(20);

/// What became of a channel.
#[derive(Debug)]
pub struct Told {
    /// Its number.
    pub number: u32,
    /// Where it leads, for people.
    pub address: String,
    /// How many things it was told that have come to stand wrong.
    pub begun_count: u64,
    /// How many it was told that are over.
    pub ended_count: u64,
    /// Why it could not be told.
    pub failure: Option<Error>,
}

/// Tells every channel what it was not told yet. A channel that fails holds up no other, and is tried again the next
/// time. `besides` stands wrong without being in the library's journals.
///
/// # Errors
/// `local_file`, `disk_full`; `usage` where a schedule cannot be read.
pub async fn tell(library: &Library, besides: Vec<Alert>, now: Timestamp) -> Result<Vec<Told>> {
    let mut book = AlertBook::open(library)?;
    if book.channels().is_empty() {
        return Ok(Vec::new());
    }
    let mut wrong = standing(library, now)?;
    wrong.extend(besides);
    let place = library.folder().display().to_string();
    let mut told = Vec::new();
    for channel in book.channels().to_vec() {
        let news = book.news(channel.id, &wrong);
        let is_asked_each_time = matches!(channel.address, ChannelAddress::Ping(_));
        if news.is_empty() && !is_asked_each_time {
            continue;
        }
        let failure = match send(&channel, &letter(&news, &place)).await {
            Ok(()) => {
                book.note_told(channel.id, &wrong)?;
                None
            }
            Err(error) => {
                book.note_failed(channel.id, error.code().word())?;
                Some(error)
            }
        };
        told.push(Told {
            number: channel.number,
            address: channel.address.to_string(),
            begun_count: news.begun.len() as u64,
            ended_count: news.ended.len() as u64,
            failure,
        });
    }
    Ok(told)
}

/// Sends what shows that a channel works. A check is told that all is well.
///
/// # Errors
/// `send_failed`; `password_needed` where a mail server wants one that is not at hand.
pub async fn test(channel: &Channel) -> Result<()> {
    let host = host_name();
    let text = format!("This is a test of Snapback on {host}: alerts arrive here.\n");
    send(
        channel,
        &Letter {
            subject: format!("Snapback on {host}: a test"),
            document: json!({ "source": "snapback", "host": host, "is_test": true, "text": text }),
            text,
            is_well: true,
        },
    )
    .await
}

/// What is sent.
struct Letter {
    subject: String,
    text: String,
    document: Value,
    /// Whether nothing stands wrong any more.
    is_well: bool,
}

fn letter(news: &News, library: &str) -> Letter {
    let News {
        begun,
        ended,
        standing,
    } = news;
    let host = host_name();
    let is_well = begun.is_empty() && standing.is_empty();
    let subject = match (begun.len(), is_well) {
        (_, true) => format!("Snapback on {host}: all is well again"),
        (0, false) => format!("Snapback on {host}: something is over"),
        (1, false) => format!("Snapback on {host}: backups need a look"),
        (many, false) => format!("Snapback on {host}: {many} things need a look"),
    };
    let mut text = String::new();
    let mut part = |heading: &str, lines: &mut dyn Iterator<Item = &String>| {
        let lines: String = lines.map(|line| format!("- {line}\n")).collect();
        if !lines.is_empty() {
            // Writing to a string cannot fail.
            writeln!(text, "{heading}:\n{lines}").ok();
        }
    };
    part(
        "Needs a look",
        &mut begun.iter().map(|alert| &alert.message),
    );
    part("Is over", &mut ended.iter());
    part(
        "Stands since before",
        &mut standing.iter().map(|alert| &alert.message),
    );
    if text.is_empty() {
        text.push_str("All is well.\n\n");
    }
    writeln!(
        text,
        "Library: {library} on {host}. `snapback status` shows all of it."
    )
    .ok();
    Letter {
        document: json!({
            "source": "snapback",
            "host": host,
            "library": library,
            "is_well": is_well,
            "begun": begun,
            "ended": ended,
            "standing": standing,
            // What hooks of chat rooms show.
            "text": text,
        }),
        subject,
        text,
        is_well,
    }
}

async fn send(channel: &Channel, letter: &Letter) -> Result<()> {
    let sent = match &channel.address {
        ChannelAddress::Webhook(url) => post(url.clone(), letter).await,
        ChannelAddress::Ping(url) => ping(url, letter).await,
        ChannelAddress::Mail { .. } => mail(channel, letter).await,
    };
    sent.map_err(|error| error.with("channel", &channel.address))
}

async fn post(url: Url, letter: &Letter) -> Result<()> {
    let request = client()?.post(url);
    let request = request.header(CONTENT_TYPE, "application/json");
    answered(request.body(letter.document.to_string())).await
}

async fn ping(url: &Url, letter: &Letter) -> Result<()> {
    let client = client()?;
    if letter.is_well {
        return answered(client.get(url.clone())).await;
    }
    let mut failing = url.clone();
    let path = format!("{}/fail", url.path().trim_end_matches('/'));
    failing.set_path(&path);
    answered(client.post(failing).body(letter.text.clone())).await
}

fn client() -> Result<Client> {
    let client = Client::builder()
        .timeout(PATIENCE)
        .user_agent(concat!("snapback/", env!("CARGO_PKG_VERSION")))
        .build();
    client.map_err(|_| failed("TLS cannot be set up"))
}

async fn answered(request: RequestBuilder) -> Result<()> {
    // What the library says of an error has the whole address in it.
    let answer = request.send().await.map_err(|error| {
        failed(match (error.is_timeout(), error.is_connect()) {
            (true, _) => "no answer in time",
            (false, true) => "it cannot be reached",
            _ => "the answer cannot be read",
        })
    })?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(failed(&format!("the answer was {}", status.as_u16()))),
    }
}

fn failed(why: &str) -> Error {
    Error::new(Code::SendFailed, "An alert could not be sent.")
        .hint(format!("Look at where it goes: {why}."))
        .because(why)
}

async fn mail(channel: &Channel, letter: &Letter) -> Result<()> {
    let ChannelAddress::Mail {
        server,
        port,
        protection,
        user,
        from,
        to,
        written: _,
    } = &channel.address
    else {
        return Ok(());
    };
    let unreadable = |_| failed("an address of the letter cannot be read");
    let mut message = Message::builder()
        .from(from.parse().map_err(unreadable)?)
        .subject(&letter.subject)
        .header(ContentType::TEXT_PLAIN);
    for one in to {
        message = message.to(one.parse().map_err(unreadable)?);
    }
    let message = message
        .body(letter.text.clone())
        .map_err(|_| failed("the letter cannot be written"))?;
    type Smtp = AsyncSmtpTransport<Tokio1Executor>;
    let no_tls = |_| failed("TLS cannot be set up");
    let transport = match protection {
        MailProtection::Tls => Smtp::relay(server).map_err(no_tls)?,
        MailProtection::StartTls => Smtp::starttls_relay(server).map_err(no_tls)?,
        MailProtection::None => Smtp::builder_dangerous(server),
    };
    let mut transport = transport.port(*port).timeout(Some(PATIENCE));
    if let Some(user) = user {
        let password = password_of(channel).await?;
        let password = password.reveal().to_owned();
        transport = transport.credentials(Credentials::new(user.clone(), password));
    }
    let transport = transport.build();
    let sent = tokio::time::timeout(PATIENCE * 2, transport.send(message)).await;
    let sent = sent.map_err(|_| failed("no answer in time"))?;
    // What a mail server says may repeat addresses.
    sent.map(drop).map_err(|error| {
        failed(
            &match (error.status(), error.is_timeout(), error.is_tls()) {
                (Some(status), ..) => format!("the mail server answered {status}"),
                (None, true, _) => "no answer in time".to_owned(),
                (None, _, true) => {
                    "the mail server's certificate or its TLS does not do".to_owned()
                }
                _ => "the mail server cannot be reached".to_owned(),
            },
        )
    })
}

/// The password of a mail server: the environment's, else the keychain's.
async fn password_of(channel: &Channel) -> Result<Password> {
    if let Some(password) = named_password() {
        return Ok(password);
    }
    keychain::password(channel.id).await?.ok_or_else(|| {
        Error::new(
            Code::PasswordNeeded,
            "No password is kept for the mail server of alerts.",
        )
        .hint("Add the channel again from a terminal, or give it in SNAPBACK_SMTP_PASSWORD.")
    })
}

/// The password of a mail server that the environment holds.
#[must_use]
pub fn named_password() -> Option<Password> {
    let password = named(SMTP_PASSWORD)?.into_string().ok()?;
    Some(Password::new(password))
}

#[cfg(test)]
mod tests {
    use snapback_engine::alerts::AlertKind;

    use super::*;

    fn alert(message: &str) -> Alert {
        Alert {
            key: message.to_owned(),
            kind: AlertKind::Overdue,
            company: None,
            message: message.to_owned(),
        }
    }

    #[test]
    fn a_letter_says_what_began_what_is_over_and_what_still_stands() {
        let news = News {
            begun: vec![alert("One."), alert("Two.")],
            ended: vec!["Three.".to_owned()],
            standing: vec![alert("Four.")],
        };
        let letter = letter(&news, "/srv/library");
        assert!(letter.subject.ends_with(": 2 things need a look"));
        let expected = "Needs a look:\n- One.\n- Two.\n\nIs over:\n- Three.\n\nStands since before:\n- Four.\n\nLibrary: /srv/library";
        assert!(letter.text.starts_with(expected), "{}", letter.text);
        assert!(!letter.is_well);
        let over = News {
            ended: vec!["One.".to_owned()],
            ..News::default()
        };
        let over = super::letter(&over, "/srv/library");
        assert!(over.is_well && over.subject.ends_with(": all is well again"));
    }
}
