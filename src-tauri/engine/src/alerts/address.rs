use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{Host, Url};

use crate::{Code, Error, Result};

/// How the way to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailProtection {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything is said that matters; refused where the server has none.
    StartTls,
    /// None, which is for a server of this computer alone.
    None,
}

/// Where alerts go, without the password to it.
///
/// Shown and logged it holds no more than the host, since whoever knows a hook's whole address may use it.
#[derive(Clone, PartialEq, Eq)]
pub enum ChannelAddress {
    /// A document is posted there when something begins or ends.
    Webhook(Url),
    /// Asked whenever what is due was run: itself where all is well, else what lies below it as `fail`.
    Ping(Url),
    /// A letter is sent.
    Mail {
        /// The mail server.
        server: String,
        /// Its port.
        port: u16,
        /// How the way to it is protected.
        protection: MailProtection,
        /// Who it is told to be, where it wants to know.
        user: Option<String>,
        /// Whose letters they are.
        from: String,
        /// Who gets them.
        to: Vec<String>,
        /// The address as it was written.
        written: String,
    },
}

impl FromStr for ChannelAddress {
    type Err = Error;

    /// Reads `https://hook`, `ping+https://check` or `smtps://user@server:465?from=A&to=B,C`, with `smtp` for STARTTLS.
    fn from_str(written: &str) -> Result<Self> {
        if let Some(check) = written.strip_prefix("ping+") {
            return hook(check).map(Self::Ping);
        }
        match written.split_once("://") {
            Some(("https" | "http", _)) => hook(written).map(Self::Webhook),
            Some(("smtp" | "smtps", _)) => mail(written),
            _ => Err(unreadable()),
        }
    }
}

fn hook(written: &str) -> Result<Url> {
    let url = Url::parse(written).map_err(|_| unreadable())?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_computer(&url) => Ok(url),
        _ => Err(unreadable().hint("It begins with https://, unless it leads to this computer.")),
    }
}

fn mail(written: &str) -> Result<ChannelAddress> {
    let url = Url::parse(written).map_err(|_| unreadable())?;
    if url.password().is_some() {
        return Err(unreadable().hint(
            "The password does not belong into it. It is asked for, or taken from SNAPBACK_SMTP_PASSWORD.",
        ));
    }
    let server = url.host_str().filter(|host| !host.is_empty());
    let server = server.ok_or_else(unreadable)?.to_owned();
    let protection = match url.scheme() {
        "smtps" => MailProtection::Tls,
        _ if is_this_computer(&url) && url.username().is_empty() => MailProtection::None,
        _ => MailProtection::StartTls,
    };
    let mut from = None;
    let mut to = Vec::new();
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "from" => from = Some(value.into_owned()),
            "to" => to.extend(value.split(',').map(|one| one.trim().to_owned())),
            _ => return Err(unreadable()),
        }
    }
    let is_mailbox = |address: &String| {
        let parts = address.split_once('@');
        parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty())
            && !address.contains(char::is_whitespace)
    };
    let from = from.filter(is_mailbox).ok_or_else(unreadable)?;
    if to.is_empty() || !to.iter().all(is_mailbox) {
        return Err(unreadable());
    }
    let user = (!url.username().is_empty()).then(|| decoded(url.username()));
    Ok(ChannelAddress::Mail {
        port: url.port().unwrap_or(match protection {
            MailProtection::Tls => 465,
            MailProtection::StartTls => 587,
            MailProtection::None => 25,
        }),
        server,
        protection,
        user,
        from,
        to,
        written: written.to_owned(),
    })
}

/// A part of a URL with what was escaped in it, such as the `@` of a user who is called by an address.
fn decoded(part: &str) -> String {
    let query = format!("u={}", part.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

fn is_this_computer(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // Of a scheme that the crate does not know, an address is a name.
        Some(Host::Domain(name)) => {
            let bare = name.trim_start_matches('[').trim_end_matches(']');
            let address: Option<std::net::IpAddr> = bare.parse().ok();
            name == "localhost" || address.is_some_and(|address| address.is_loopback())
        }
        None => false,
    }
}

fn unreadable() -> Error {
    Error::new(Code::Usage, "Where alerts should go cannot be read.").hint(
        "It looks like https://hooks.example.com/…, ping+https://checks.example.com/… or smtps://user@mail.example.com?from=snapback@example.com&to=it@example.com",
    )
}

impl fmt::Display for ChannelAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Webhook(url) => write!(f, "webhook at {}", url.host_str().unwrap_or("?")),
            Self::Ping(url) => write!(f, "check at {}", url.host_str().unwrap_or("?")),
            Self::Mail { server, to, .. } => write!(f, "mail to {} by {server}", to.join(", ")),
        }
    }
}

impl fmt::Debug for ChannelAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for ChannelAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Webhook(url) => serializer.collect_str(url),
            Self::Ping(url) => serializer.collect_str(&format_args!("ping+{url}")),
            Self::Mail { written, .. } => serializer.serialize_str(written),
        }
    }
}

impl<'de> Deserialize<'de> for ChannelAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|error: Error| serde::de::Error::custom(error.message()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Result<ChannelAddress> {
        written.parse()
    }

    #[test]
    fn hooks_checks_and_mailboxes_are_read_back_as_they_were_written() {
        for written in [
            "https://hooks.example.com/services/T0/secret",
            "http://127.0.0.1:8080/hook",
            "ping+https://hc.example.com/0123-secret",
            "smtps://me%40example.com@mail.example.com?from=s@example.com&to=a@example.com,b@example.com",
        ] {
            let address = read(written).unwrap();
            let json = serde_json::to_string(&address).unwrap();
            assert_eq!(json, format!("\"{written}\""));
            assert_eq!(
                serde_json::from_str::<ChannelAddress>(&json).unwrap(),
                address
            );
            assert!(!format!("{address} {address:?}").contains("secret"));
        }
    }

    #[test]
    fn the_way_to_a_mail_server_is_protected_unless_it_is_this_computer() {
        let of = |written: &str| match read(written).unwrap() {
            ChannelAddress::Mail {
                protection,
                port,
                user,
                ..
            } => (protection, port, user),
            other => panic!("{other}"),
        };
        let boxes = "?from=a@example.com&to=b@example.com";
        assert_eq!(
            of(&format!("smtp://mail.example.com{boxes}")),
            (MailProtection::StartTls, 587, None)
        );
        assert_eq!(
            of(&format!("smtp://localhost{boxes}")),
            (MailProtection::None, 25, None)
        );
        assert_eq!(
            of(&format!("smtp://[::1]:2525{boxes}")),
            (MailProtection::None, 2525, None)
        );
        let (protection, port, user) =
            of(&format!("smtps://me%40example.com@mail.example.com{boxes}"));
        assert_eq!((protection, port), (MailProtection::Tls, 465));
        assert_eq!(user.as_deref(), Some("me@example.com"));
        // A user has a password, which goes over no line in the clear.
        assert_eq!(
            of(&format!("smtp://me@localhost{boxes}")).0,
            MailProtection::StartTls
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_being_repeated() {
        for wrong in [
            "",
            "secret",
            "ftp://secret",
            "http://example.com/secret",
            "ping+http://example.com/secret",
            "smtp://me:secret@mail.example.com?from=a@b.c&to=d@e.f",
            "smtp://mail.example.com?from=a@b.c",
            "smtp://mail.example.com?to=a@b.c",
            "smtp://mail.example.com?from=a@b.c&to=nobody",
            "smtp://mail.example.com?from=a@b.c&to=a%0ARCPT@b.c",
            "smtp://?from=a@b.c&to=d@e.f",
        ] {
            let refused = read(wrong).unwrap_err();
            assert_eq!(refused.code(), Code::Usage, "{wrong}");
            assert!(!format!("{refused:?}").contains("secret"), "{refused:?}");
        }
    }
}
