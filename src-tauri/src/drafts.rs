//! New companies that were planned and wait for a yes.

use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::new_company::NewPlan;
use snapback_engine::{Code, Error, Result};

/// The one that the window shows, by the id of the job that planned it. What it holds in memory, the ids of
/// the rows, goes with it.
#[derive(Clone, Default)]
pub(crate) struct Drafts {
    shown: Arc<Mutex<Option<(String, NewPlan)>>>,
}

impl Drafts {
    /// Keeps a plan, in place of the one before.
    pub(crate) fn keep(&self, id: String, plan: NewPlan) {
        *self.lock() = Some((id, plan));
    }

    /// Takes the plan of that id, to carry it out.
    ///
    /// # Errors
    /// `no_such_plan` where it was forgotten.
    pub(crate) fn take(&self, id: &str) -> Result<NewPlan> {
        let taken = self.lock().take_if(|(known, _)| known == id);
        taken.map(|(_, plan)| plan).ok_or_else(|| {
            Error::new(Code::NoSuchPlan, "This plan is not there any more.").hint("Look again.")
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(String, NewPlan)>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
