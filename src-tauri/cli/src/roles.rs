//! What a command needs of whoever is acted for with `--as`, and of the database role.

use snapback_engine::company::{Role, Roles};
use snapback_engine::library::Entry;
use snapback_host::profiles::{self, DETECTED};

use crate::args::{Alert, Command, Key, Place, Schedule};
use crate::context::Context;
use crate::failure::Result;

/// What is needed with the companies of the archives that it names.
pub(crate) fn with_archives(command: &Command) -> Role {
    match command {
        Command::Delete(_) | Command::Pin(_) | Command::Unpin(_) | Command::New(_) => Role::Admin,
        Command::Export(_) | Command::Prove(_) | Command::Template(_) => Role::Operator,
        _ => Role::Viewer,
    }
}

/// What is needed with every company, where it is about more than one.
pub(crate) fn everywhere(command: &Command) -> Option<Role> {
    match command {
        Command::Schedule(schedule) => match schedule {
            Schedule::Add(add) => add.all.then_some(Role::Admin),
            Schedule::Remove { .. } | Schedule::Install | Schedule::Uninstall => Some(Role::Admin),
            Schedule::List => None,
        },
        Command::Place(place) => match place {
            Place::Add { .. } | Place::Remove { .. } | Place::Fetch { .. } => Some(Role::Admin),
            Place::List { .. } | Place::Sync => None,
        },
        Command::Key(key) => match key {
            Key::New { .. } | Key::Sheet { .. } | Key::Add { .. } | Key::Off => Some(Role::Admin),
            Key::Show | Key::Drill { .. } => None,
        },
        Command::Alert(alert) => match alert {
            Alert::Add { .. } | Alert::Remove { .. } => Some(Role::Admin),
            Alert::List | Alert::Test { .. } => None,
        },
        Command::Prune(prune) => (!prune.dry_run).then_some(Role::Admin),
        Command::Import(_) | Command::Uninstall => Some(Role::Admin),
        Command::Prove(prove) => {
            (prove.archive.is_none() && prove.company.is_none()).then_some(Role::Operator)
        }
        _ => None,
    }
}

impl Context {
    /// What whoever acts may do with each company.
    pub(crate) async fn roles(&self) -> Result<&Roles> {
        self.known_roles
            .get_or_try_init(|| Box::pin(self.read_roles()))
            .await
    }

    async fn read_roles(&self) -> Result<Roles> {
        if self.acting_as()?.is_none() && !self.names_database_roles()? {
            return Ok(Roles::all());
        }
        let target = self.target().await?;
        self.stoppable(Roles::read(&target)).await
    }

    /// Whether the profile that is named says what the database role may do that is connected as. Of a profile that would be
    /// found in the database, what comes with Snapback, nobody asks.
    fn names_database_roles(&self) -> Result<bool> {
        let named = self.profile_name()?.filter(|name| name != DETECTED);
        let named = named.filter(|_| !self.is_on_demo());
        Ok(match named {
            Some(name) => profiles::named(&name)?.database_roles.is_some(),
            None => false,
        })
    }

    /// Makes sure that as much may be done with an archive's company; of one that cannot be read, with every one.
    pub(crate) async fn require(&self, entry: &Entry, needed: Role) -> Result<()> {
        let roles = self.roles().await?;
        Ok(roles.require_of(entry.company_id(), needed)?)
    }
}
