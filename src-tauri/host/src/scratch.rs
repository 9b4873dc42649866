//! A server of PostgreSQL of our own for the time of one proof, with an empty database in it and a role that
//! may do nothing but in that database.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use snapback_demo::{Binaries, EphemeralServer, ServerOptions, server};
use snapback_engine::pg::{self, Ident, Literal, Settings};
use snapback_engine::{Code, Error, Result};
use uuid::Uuid;

use crate::{POSTGRES, data_folder, named, postgres};

/// The role and the database of a proof.
const NAME: &str = "proof";

/// A running server. It is stopped, and its folder goes, when this is dropped or the process ends.
pub struct Scratch {
    server: EphemeralServer,
    settings: Settings,
}

impl Scratch {
    /// Starts a server, of that major version where one is installed, otherwise the one that the demo uses.
    ///
    /// # Errors
    /// `no_scratch_server`; errors of the connection.
    pub async fn start(major: u32) -> Result<Self> {
        let folder = data_folder()
            .ok_or_else(|| no_server("This computer names no folder for a person's data."))?
            .join("proof");
        let binaries = binaries(major).map_err(failed)?;
        let image = image(&binaries, &folder).await?;
        let running = folder.join("running");
        // What is lost when the computer stops is proven again.
        let options = ServerOptions {
            durability: snapback_demo::Durability::ThrownAway,
            ..ServerOptions::default()
        };
        let server = EphemeralServer::start(&binaries, &image, &running, &options)
            .await
            .map_err(failed)?;
        let settings = prepare(&server).await?;
        Ok(Self { server, settings })
    }

    /// The empty database.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Stops the server; its folder goes.
    pub fn stop(self) {
        self.server.stop();
    }
}

/// The programs of that major version, unless the environment names others; else those of the demo.
fn binaries(major: u32) -> snapback_demo::Result<Binaries> {
    let installed = PathBuf::from(format!("/usr/lib/postgresql/{major}"));
    match Binaries::find(&[installed]) {
        Ok(same) if named(POSTGRES).is_none() => Ok(same),
        _ => postgres(),
    }
}

/// An empty cluster to copy from, made once for each installation.
async fn image(binaries: &Binaries, folder: &Path) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    format!("{binaries:?}").hash(&mut hasher);
    let image = folder.join(format!("empty-{:016x}", hasher.finish()));
    let locking = folder.to_owned();
    let lock = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&locking)?;
        let file = std::fs::File::create(locking.join("lock"))?;
        file.lock().map(|()| file)
    });
    let lock = lock
        .await
        .map_err(|_| Error::new(Code::Defect, "Waiting for another proof came to an end."))?
        .map_err(|error| Error::local_file("the folder of proofs", folder, &error))?;
    server::initialise(binaries, &image).await.map_err(failed)?;
    drop(lock);
    Ok(image)
}

/// Makes the database and the role that owns it.
async fn prepare(server: &EphemeralServer) -> Result<Settings> {
    let password = Uuid::new_v4().simple().to_string();
    let mut session = pg::Session::open(&Settings::from_url(&server.connection().url())?).await?;
    let (name, secret) = (Ident(NAME), Literal(&password));
    for sql in [
        format!("CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {secret}"),
        format!("CREATE DATABASE {name} OWNER {name}"),
    ] {
        session.run(&sql).await?;
    }
    session.close().await;
    let entered = server.connection().with_database(NAME);
    Settings::from_url(&entered.with_role(NAME, &password).url())
}

fn failed(error: snapback_demo::Error) -> Error {
    no_server(error.to_string())
}

fn no_server(why: impl Into<String>) -> Error {
    Error::new(
        Code::NoScratchServer,
        "No PostgreSQL server of our own could be started, in which backups are proven.",
    )
    .hint("Install PostgreSQL's server programs, or name the folder above their bin in SNAPBACK_POSTGRES.")
    .because(why)
}
