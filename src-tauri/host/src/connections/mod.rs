//! Connections that a person has saved at this computer, without any password, and what it takes to
//! open one: the password from the keychain, the SSH tunnel, and a look whether it is protected.

mod address;
mod saved;

pub use address::{Address, Plaintext};
pub use saved::{Color, Environment, SavedConnection, SavedConnections};

use snapback_engine::Result;
use snapback_engine::pg::{Password, Settings};

use crate::tunnel::{Tunnel, Who};

/// A connection that can be used: settings for the engine, and the tunnel that they lead through.
#[derive(Debug)]
pub struct Open {
    /// How the engine connects.
    pub settings: Settings,
    /// The tunnel, for as long as the settings are used.
    pub tunnel: Option<Tunnel>,
}

impl SavedConnection {
    /// Makes the connection usable: opens its tunnel where it has one. `asked` may answer what the SSH
    /// client wants to know.
    ///
    /// # Errors
    /// `tls_failed` where nothing would protect the connection to another computer and nobody allowed
    /// that; `tunnel_failed`, `unknown_host_key`.
    pub async fn open(&self, password: Option<Password>, asked: &Who) -> Result<Open> {
        let mut settings = self.address.settings()?;
        if let Some(password) = password {
            settings = settings.with_password(password);
        }
        if self.is_read_only {
            settings = settings.read_only();
        }
        let Some(gate) = &self.address.tunnel else {
            return Ok(Open {
                settings,
                tunnel: None,
            });
        };
        let tunnel = Tunnel::open(&crate::ssh(), gate, &settings, asked).await?;
        Ok(Open {
            settings: settings.through(tunnel.folder(), &gate.host),
            tunnel: Some(tunnel),
        })
    }
}
