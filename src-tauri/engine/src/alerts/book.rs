use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::address::ChannelAddress;
use super::standing::Alert;
use crate::library::Library;
use crate::{Code, Error, Result};

/// The journal of the channels.
const JOURNAL: &str = "alerts";
/// The journal of what each was told.
const TOLD: &str = "alerts-told";

/// The desktop of whoever has the app open: a channel that is always there.
pub const DESKTOP: Uuid = Uuid::nil();

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Tells it from the others of the library, from 1.
    pub number: u32,
    /// Identity, under which its password is kept.
    pub id: Uuid,
    /// Where it leads.
    pub address: ChannelAddress,
    /// Since when.
    pub since: Timestamp,
}

/// What a channel was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    /// What stood wrong when it was last told: sentences by keys.
    standing: BTreeMap<String, String>,
    /// How often telling it failed since it last worked.
    #[serde(default)]
    failures: u32,
    /// The code of the last such failure.
    #[serde(default)]
    last_failure: Option<String>,
}

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelStatus {
    /// The channel.
    pub channel: Channel,
    /// How many things it was told of that still stand, as far as is known.
    pub standing_count: u64,
    /// How often telling it failed since it last worked.
    pub failures: u32,
    /// The code of the last such failure.
    pub last_failure: Option<String>,
}

/// What a channel is to be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// What has come to stand wrong.
    pub begun: Vec<Alert>,
    /// What is over, as it was told when it began.
    pub ended: Vec<String>,
    /// What stands wrong and was told before.
    pub standing: Vec<Alert>,
}

impl News {
    /// Whether there is nothing that was not told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty() && self.ended.is_empty()
    }
}

/// Where the alerts of a library go, and what was told.
pub struct AlertBook<'a> {
    library: &'a Library,
    channels: Vec<Channel>,
    told: BTreeMap<Uuid, Told>,
}

impl<'a> AlertBook<'a> {
    /// Opens the book of a library.
    ///
    /// # Errors
    /// `local_file`.
    pub fn open(library: &'a Library) -> Result<Self> {
        Ok(Self {
            library,
            channels: library.read_state(JOURNAL)?.unwrap_or_default(),
            told: library.read_state(TOLD)?.unwrap_or_default(),
        })
    }

    /// The channels, by number.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channel of that number.
    ///
    /// # Errors
    /// `no_such_channel`.
    pub fn channel(&self, number: u32) -> Result<&Channel> {
        let channel = self
            .channels
            .iter()
            .find(|channel| channel.number == number);
        channel.ok_or_else(|| {
            Error::new(
                Code::NoSuchChannel,
                "Alerts go to no channel of that number.",
            )
            .hint("See snapback alert list.")
            .with("number", number)
        })
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// `usage` where it is one already; `local_file`, `disk_full`.
    pub fn add(&mut self, address: ChannelAddress, now: Timestamp) -> Result<&Channel> {
        if self
            .channels
            .iter()
            .any(|channel| channel.address == address)
        {
            return Err(Error::new(Code::Usage, "Alerts go there already."));
        }
        let number = self.channels.iter().map(|channel| channel.number).max();
        let number = number.unwrap_or(0) + 1;
        self.channels.push(Channel {
            number,
            id: Uuid::new_v4(),
            address,
            since: now,
        });
        self.library.write_state(JOURNAL, &self.channels)?;
        self.channel(number)
    }

    /// Takes a channel away.
    ///
    /// # Errors
    /// `no_such_channel`; `local_file`, `disk_full`.
    pub fn remove(&mut self, number: u32) -> Result<Channel> {
        let channel = self.channel(number)?.clone();
        self.channels.retain(|other| other.number != number);
        self.library.write_state(JOURNAL, &self.channels)?;
        self.told.remove(&channel.id);
        self.library.write_state(TOLD, &self.told)?;
        Ok(channel)
    }

    /// What a channel is to be told, where that stands wrong now.
    #[must_use]
    pub fn news(&self, channel: Uuid, now_standing: &[Alert]) -> News {
        let none = BTreeMap::new();
        let told = self.told.get(&channel).map_or(&none, |told| &told.standing);
        let (standing, begun) = now_standing
            .iter()
            .cloned()
            .partition(|alert| told.contains_key(&alert.key));
        let lasts = |key: &String| now_standing.iter().any(|alert| alert.key == *key);
        let ended = told.iter().filter(|(key, _)| !lasts(key));
        News {
            begun,
            ended: ended.map(|(_, message)| message.clone()).collect(),
            standing,
        }
    }

    /// Notes that a channel was told all of it.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_told(&mut self, channel: Uuid, now_standing: &[Alert]) -> Result<()> {
        let standing = now_standing.iter();
        let told = Told {
            standing: standing
                .map(|alert| (alert.key.clone(), alert.message.clone()))
                .collect(),
            ..Told::default()
        };
        if self.told.get(&channel) == Some(&told) {
            return Ok(());
        }
        self.told.insert(channel, told);
        self.library.write_state(TOLD, &self.told)
    }

    /// Notes that a channel could not be told; it is tried again with the next run.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_failed(&mut self, channel: Uuid, code: &str) -> Result<()> {
        let told = self.told.entry(channel).or_default();
        told.failures = told.failures.saturating_add(1);
        told.last_failure = Some(code.to_owned());
        self.library.write_state(TOLD, &self.told)
    }

    /// How each channel stands.
    #[must_use]
    pub fn statuses(&self) -> Vec<ChannelStatus> {
        let status = |channel: &Channel| {
            let told = self.told.get(&channel.id);
            ChannelStatus {
                channel: channel.clone(),
                standing_count: told.map_or(0, |told| told.standing.len() as u64),
                failures: told.map_or(0, |told| told.failures),
                last_failure: told.and_then(|told| told.last_failure.clone()),
            }
        };
        self.channels.iter().map(status).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::AlertKind;

    fn alert(key: &str) -> Alert {
        Alert {
            key: key.to_owned(),
            kind: AlertKind::BackupFailed,
            company: None,
            message: format!("{key} is wrong."),
        }
    }

    #[test]
    fn a_state_is_told_once_and_once_more_when_it_is_over_across_starts() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::open(home.path()).unwrap();
        let open = || AlertBook::open(&library).unwrap();
        let channel = Uuid::from_u128(1);
        let (one, both) = ([alert("a")], [alert("a"), alert("b")]);
        assert!(open().news(channel, &[]).is_empty());
        assert_eq!(open().news(channel, &one).begun, one);
        // It could not be told, so it is still to be told.
        open().note_failed(channel, "send_failed").unwrap();
        assert_eq!(open().news(channel, &one).begun, one);
        open().note_told(channel, &one).unwrap();
        assert!(open().news(channel, &one).is_empty());
        let news = open().news(channel, &both);
        assert_eq!(
            (news.begun, news.standing),
            (vec![alert("b")], vec![alert("a")])
        );
        open().note_told(channel, &both).unwrap();
        let news = open().news(channel, &[alert("b")]);
        assert_eq!(
            (news.begun, news.ended),
            (vec![], vec!["a is wrong.".to_owned()])
        );
        // Another channel was told nothing of it.
        assert_eq!(open().news(DESKTOP, &one).begun, one);
        // It begins anew once it was over.
        open().note_told(channel, &[]).unwrap();
        assert_eq!(open().news(channel, &one).begun, one);
    }

    #[test]
    fn channels_have_numbers_and_what_one_was_told_goes_with_it() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::open(home.path()).unwrap();
        let mut book = AlertBook::open(&library).unwrap();
        let now = "2026-05-04T15:00:00Z".parse().unwrap();
        let hook: ChannelAddress = "https://example.com/hook".parse().unwrap();
        let id = book.add(hook.clone(), now).unwrap().id;
        assert_eq!(book.add(hook.clone(), now).unwrap_err().code(), Code::Usage);
        let check = "ping+https://example.com/check".parse().unwrap();
        assert_eq!(book.add(check, now).unwrap().number, 2);
        book.note_failed(id, "send_failed").unwrap();
        let status = &AlertBook::open(&library).unwrap().statuses()[0];
        assert_eq!(
            (status.failures, status.last_failure.as_deref()),
            (1, Some("send_failed"))
        );
        book.remove(1).unwrap();
        assert_eq!(book.remove(1).unwrap_err().code(), Code::NoSuchChannel);
        assert_eq!(book.statuses().len(), 1);
        assert_eq!(book.channels()[0].number, 2);
    }
}
