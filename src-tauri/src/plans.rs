//! Differences that the window looks into: they stay open, with the rows that differ on this computer's
//! disk, until the window closes them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::company::Opened;
use snapback_engine::details::Pages;
use snapback_engine::difference::{self, TableDifference};
use snapback_engine::model::TableName;
use snapback_engine::{Code, Error, Result, restore};
use snapback_wire::{Difference, Finding, Labels, Plan, RevertPlan, TableChanges};

/// How many stay open at once. A window shows one; what it forgets to close goes when others come.
const MOST: usize = 4;

type Shared = Arc<tokio::sync::Mutex<Pages>>;

/// The open ones by the id of the job that made them, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Plans {
    open: Arc<Mutex<VecDeque<(String, Shared)>>>,
}

impl Plans {
    /// Keeps a restore's plan open and tells of it.
    pub(crate) fn show(&self, id: String, plan: restore::Plan, opened: &Opened) -> Plan {
        let told = Plan::new(&plan, &Labels::of_company(opened));
        let tables = plan.tables.into_iter().map(|planned| planned.difference);
        self.keep(id, Pages::new(opened, tables));
        told
    }

    /// Keeps a revert's plan open and tells of it.
    pub(crate) fn show_revert(
        &self,
        id: String,
        plan: restore::Plan,
        written_since: &[TableName],
        opened: &Opened,
    ) -> RevertPlan {
        let told = RevertPlan::new(&plan, written_since, &Labels::of_company(opened));
        let tables = plan.tables.into_iter().map(|planned| planned.difference);
        self.keep(id, Pages::new(opened, tables));
        told
    }

    /// Keeps the difference of two archives open and tells of it.
    pub(crate) fn show_archives(
        &self,
        id: String,
        tables: Vec<TableDifference>,
        findings: &[difference::Finding],
        opened: &Opened,
    ) -> Difference {
        let labels = Labels::of_company(opened);
        let ends = ("before".to_owned(), "restored".to_owned());
        let told = tables.iter().map(|found| {
            let changes = TableChanges::between_archives(found, &labels);
            (found.pair.table.clone(), changes)
        });
        let findings = findings.iter().map(|found| Finding::new(found, &labels));
        let told = Difference::new(ends, told.collect(), findings.collect(), &labels);
        self.keep(id, Pages::new(opened, tables));
        told
    }

    fn keep(&self, id: String, pages: Pages) {
        let mut open = self.lock();
        open.push_back((id, Arc::new(tokio::sync::Mutex::new(pages))));
        while open.len() > MOST {
            open.pop_front();
        }
    }

    /// The one of that id.
    ///
    /// # Errors
    /// `no_such_plan` where it was closed.
    pub(crate) fn find(&self, id: &str) -> Result<Shared> {
        let open = self.lock();
        let found = open.iter().find(|(known, _)| known == id);
        found.map(|(_, pages)| Arc::clone(pages)).ok_or_else(|| {
            Error::new(Code::NoSuchPlan, "This comparison is not open any more.")
                .hint("Compare again.")
        })
    }

    /// Closes one; its files go with it.
    pub(crate) fn close(&self, id: &str) {
        self.lock().retain(|(known, _)| known != id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<(String, Shared)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
