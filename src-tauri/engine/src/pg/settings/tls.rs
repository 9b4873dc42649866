use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgSslMode;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Not at all; to another computer only where the connection string asks for it.
    Off,
    /// Where the server offers it; only to this computer itself.
    WhereOffered,
    /// Encrypted, without a look at the server's certificate.
    Required,
    /// Encrypted, with a certificate from a known authority.
    VerifyAuthority,
    /// Encrypted, with a certificate from a known authority for this very host.
    VerifyHost,
}

impl Tls {
    /// What holds for a host where nothing is said.
    pub(super) fn usual(host: &str) -> Self {
        if is_this_computer(host) {
            Self::WhereOffered
        } else {
            Self::Required
        }
    }

    /// By an `sslmode` as libpq knows them; `None` where it is none of them. One that would fall back to an
    /// open connection does so to this computer alone.
    pub(super) fn of_mode(
        mode: Option<&str>,
        host: &str,
        has_root_certificate: bool,
    ) -> Option<Self> {
        match mode {
            Some("disable") => Some(Self::Off),
            None | Some("prefer" | "allow") if has_root_certificate && !is_this_computer(host) => {
                Some(Self::VerifyAuthority)
            }
            None | Some("prefer" | "allow") => Some(Self::usual(host)),
            Some("require") if has_root_certificate => Some(Self::VerifyAuthority),
            Some("require") => Some(Self::Required),
            Some("verify-ca") => Some(Self::VerifyAuthority),
            Some("verify-full") => Some(Self::VerifyHost),
            Some(_) => None,
        }
    }

    /// The `sslmode` that says the same.
    pub(super) fn mode(self) -> &'static str {
        match self {
            Self::Off => "disable",
            Self::WhereOffered => "prefer",
            Self::Required => "require",
            Self::VerifyAuthority => "verify-ca",
            Self::VerifyHost => "verify-full",
        }
    }

    /// The driver's word for it.
    pub(super) fn for_driver(self) -> PgSslMode {
        match self {
            Self::Off => PgSslMode::Disable,
            Self::WhereOffered => PgSslMode::Prefer,
            Self::Required => PgSslMode::Require,
            Self::VerifyAuthority => PgSslMode::VerifyCa,
            Self::VerifyHost => PgSslMode::VerifyFull,
        }
    }
}

/// Whether a host is this computer itself, as far as its name tells.
pub(super) fn is_this_computer(host: &str) -> bool {
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
