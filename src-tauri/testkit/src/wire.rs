//! A wire to the server that can be cut, at a moment or at a word.

use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::pg::Settings;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::TestDatabase;

/// Whether the server still hears the word at which the wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutAt {
    /// The server never hears it.
    Unheard,
    /// The server hears it and its answer is lost.
    Heard,
}

/// A wire between a test and its database. Connections through it end when it is cut, and new ones
/// are refused until it is mended.
#[derive(Debug)]
pub struct Wire {
    settings: Settings,
    state: Arc<State>,
    accepting: AbortHandle,
}

#[derive(Debug)]
struct State {
    whole: watch::Sender<bool>,
    trap: Mutex<Option<(&'static [u8], CutAt)>>,
}

impl TestDatabase {
    /// A wire to this database; its settings lead through it, as superuser.
    pub async fn wire(&self) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let own_port = listener.local_addr().expect("it listens").port();
        let direct = self.settings();
        let server = (direct.host().to_owned(), direct.port());
        let url = self
            .url()
            .replace(&format!(":{}/", server.1), &format!(":{own_port}/"));
        let settings = Settings::from_url(&url).expect("the URL is ours");
        let state = Arc::new(State {
            whole: watch::Sender::new(true),
            trap: Mutex::new(None),
        });
        let accepting = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    if *state.whole.borrow() {
                        let server = TcpStream::connect(&server).await;
                        connect(client, server.expect("the server listens"), &state);
                    }
                }
            }
        });
        Wire {
            settings,
            state,
            accepting: accepting.abort_handle(),
        }
    }
}

impl Wire {
    /// Settings that lead through the wire.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.settings.clone()
    }

    /// Cuts it now.
    pub fn cut(&self) {
        self.state.whole.send_replace(false);
    }

    /// Cuts it as soon as a client says that word, such as `COMMIT`. Holds for one cut.
    pub fn cut_at(&self, word: &'static str, at: CutAt) {
        *self
            .state
            .trap
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some((word.as_bytes(), at));
    }

    /// Whether it is cut.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        !*self.state.whole.borrow()
    }

    /// Lets new connections through again.
    pub fn mend(&self) {
        self.state.whole.send_replace(true);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
        self.accepting.abort();
    }
}

/// Carries bytes both ways until the wire is cut or one side ends.
fn connect(client: TcpStream, server: TcpStream, state: &Arc<State>) {
    let mut cut = state.whole.subscribe();
    let (state, cut_in) = (Arc::clone(state), async move {
        // Fails only when the wire itself is gone, which ends the connection too.
        drop(cut.wait_for(|whole| !whole).await);
    });
    tokio::spawn(async move {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            () = cut_in => {}
            () = carry_questions(from_client, to_server, &state) => {}
            () = carry_answers(from_server, to_client) => {}
        }
    });
}

async fn carry_answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length) = from.read(&mut buffer).await {
        if length == 0 || to.write_all(&buffer[..length]).await.is_err() {
            break;
        }
    }
}

async fn carry_questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: &State) {
    let mut buffer = vec![0; 1 << 16];
    // The end of what was said before: the word may come in two pieces.
    let mut tail: Vec<u8> = Vec::new();
    while let Ok(length) = from.read(&mut buffer).await {
        if length == 0 {
            break;
        }
        let said = &buffer[..length];
        tail.extend_from_slice(said);
        let sprung = state.spring(&tail);
        if sprung != Some(CutAt::Unheard) && to.write_all(said).await.is_err() {
            break;
        }
        if sprung.is_some() {
            state.whole.send_replace(false);
            break;
        }
        let kept = tail.len().saturating_sub(64);
        tail.drain(..kept);
    }
}

impl State {
    fn spring(&self, said: &[u8]) -> Option<CutAt> {
        let mut trap = self.trap.lock().unwrap_or_else(PoisonError::into_inner);
        let (word, at) = (*trap)?;
        let heard = said.windows(word.len()).any(|window| window == word);
        if heard {
            *trap = None;
        }
        heard.then_some(at)
    }
}
