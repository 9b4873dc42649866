//! Takes a connection string apart. Its pieces are secrets, so refusals say which piece is wrong and
//! never repeat it.

use std::fmt::Write as _;

/// The pieces of `postgres://user:password@host:port/database?name=value&...`, percent signs decoded.
pub(super) struct ConnectionUrl {
    pub(super) user: String,
    pub(super) password: Option<String>,
    pub(super) host: String,
    pub(super) port: Option<u16>,
    pub(super) database: String,
    pub(super) parameters: Vec<(String, String)>,
}

impl ConnectionUrl {
    /// Reads the string; the error is a sentence about it.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"))
            .ok_or("It does not begin with postgres://.")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        // The last one, since people forget to encode the @ of a password.
        let (login, server) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(decoded(password)?)),
            None => (login, None),
        };
        let (host, port) = host_and_port(server)?;
        Ok(Self {
            user: decoded(user)?,
            password,
            host: decoded(host)?,
            port,
            database: decoded(database)?,
            parameters: parameters(query)?,
        })
    }
}

fn host_and_port(server: &str) -> Result<(&str, Option<u16>), &'static str> {
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest
                .split_once(']')
                .ok_or("Its host has no closing bracket.")?;
            (host, after.strip_prefix(':'))
        }
        None => match server.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        },
    };
    let port = match port {
        None | Some("") => None,
        Some(port) => Some(port.parse().map_err(|_| "Its port is not a number.")?),
    };
    Ok((host, port))
}

fn parameters(query: &str) -> Result<Vec<(String, String)>, &'static str> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .ok_or("It has a parameter without a value.")?;
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// The text with everything but letters, digits and `-._~` as `%XX`.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The text with every `%XX` replaced by the byte that it stands for.
fn decoded(text: &str) -> Result<String, &'static str> {
    const WRONG: &str = "It has a percent sign that stands for nothing.";
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(WRONG);
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| WRONG)?);
    }
    String::from_utf8(bytes).map_err(|_| WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_stand_for_bytes() {
        assert_eq!(decoded("p%2Fw%C3%A9"), Ok("p/wé".to_owned()));
        for wrong in ["%", "%2", "%zz", "%ff"] {
            assert!(decoded(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_password_may_hold_an_at_sign_and_a_colon() {
        let url = ConnectionUrl::read("postgres://u:a@b:c@h:1/d")
            .ok()
            .unwrap();
        assert_eq!(
            (url.password.as_deref(), url.host.as_str(), url.port),
            (Some("a@b:c"), "h", Some(1))
        );
    }
}
