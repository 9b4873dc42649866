//! Answers to what the SSH client wants to know.

use snapback_wire::Secret;
use tauri::State;

use crate::questions::Questions;

/// Answers a question; without an answer it is refused.
#[tauri::command]
pub(crate) fn answer_question(
    questions: State<'_, Questions>,
    number: u32,
    answer: Option<Secret>,
) {
    questions.give(number, answer.map(Into::into));
}
