//! What the SSH client wants to know while a tunnel is opened, put to the person at the window.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use snapback_engine::pg::Password;
use snapback_host::tunnel::{Desk, Question, Who};
use snapback_wire::SshQuestion;
use tauri::{AppHandle, Manager};
use tokio::sync::{mpsc, oneshot};

use crate::window;

/// What is given to a question: an answer, or nothing where the person refuses one.
type Given = Option<Password>;

/// The questions that the person has not answered yet, by their numbers.
pub(crate) struct Questions {
    desk: Option<Desk>,
    /// Until [`Questions::begin`].
    asked: Mutex<Option<mpsc::Receiver<Question>>>,
    waiting: Mutex<HashMap<u32, oneshot::Sender<Given>>>,
}

impl Questions {
    /// None yet.
    pub(crate) fn new() -> Self {
        let (questions, asked) = mpsc::channel(1);
        // Where this program cannot be named to the client, nobody can be asked.
        let program = std::env::current_exe().ok();
        Self {
            desk: program.map(|program| Desk { program, questions }),
            asked: Mutex::new(Some(asked)),
            waiting: Mutex::default(),
        }
    }

    /// Who answers them.
    pub(crate) fn who(&self) -> Who {
        self.desk.clone().map_or(Who::Nobody, Who::Desk)
    }

    /// Shows each question as it comes, as long as the app runs.
    pub(crate) fn begin(app: &AppHandle) {
        let asked = lock(&app.state::<Self>().asked).take();
        let Some(mut asked) = asked else { return };
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let mut number = 0;
            while let Some(question) = asked.recv().await {
                number += 1;
                let app = app.clone();
                tauri::async_runtime::spawn(async move { put(&app, number, question).await });
            }
        });
    }

    /// Gives what the person said. A question that was withdrawn meanwhile is none any more.
    pub(crate) fn give(&self, number: u32, given: Given) {
        if let Some(waiting) = lock(&self.waiting).remove(&number) {
            waiting.send(given).ok();
        }
    }
}

/// Shows one question until it is answered or withdrawn.
async fn put(app: &AppHandle, number: u32, mut question: Question) {
    let questions = app.state::<Questions>();
    let (give, given) = oneshot::channel();
    lock(&questions.waiting).insert(number, give);
    let shown = SshQuestion {
        number,
        host: question.host.clone(),
        text: question.text.clone(),
        is_yes_or_no: question.is_yes_or_no(),
    };
    window::ask(app, shown);
    tokio::select! {
        given = given => {
            if let Ok(Some(answer)) = given {
                question.answer(answer);
            }
        }
        () = question.withdrawn() => {
            lock(&questions.waiting).remove(&number);
            window::withdraw(app, number);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
