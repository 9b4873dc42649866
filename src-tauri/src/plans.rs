//! Differences that the window looks into: they stay open, with the rows that differ on this computer's
//! disk, until the window closes them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::company::Opened;
use snapback_engine::details::Pages;
use snapback_engine::difference::{self, TableDifference};
use snapback_engine::model::TableName;
use snapback_engine::restore::{self, Origins};
use snapback_engine::{CancelToken, Code, Error, Result, checkpoint};
use snapback_wire::{
    ChangeKind, Difference, Finding, Labels, PageSink, Plan, RevertPlan, RowPage, TableChanges,
};
use tokio::runtime::Handle;

/// How many stay open at once. A window shows one; what it forgets to close goes when others come.
const MOST: usize = 4;
/// Rows of one page at most.
const MOST_ROWS: u64 = 200;
/// Rows that are held at a time where all are written down.
const WRITTEN_ROWS: usize = 500;

/// From which of its two ends a difference is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// As it would be applied: from what is there to what is wanted.
    Found,
    /// The other way round.
    Wanted,
}

/// A difference that is looked into.
pub(crate) struct OpenDifference {
    pages: Pages,
    end: End,
    /// What the window was told of it, where two states were compared.
    told: Option<Difference>,
    /// Why rows are among those that are taken back, where some were picked.
    origins: Option<Arc<Origins>>,
}

impl OpenDifference {
    /// Some of the rows of one table, short enough for a window; where `only` says so, those of one kind
    /// alone. For a thread that may block.
    pub(crate) fn page(
        &mut self,
        table: &str,
        only: Option<ChangeKind>,
        offset: u64,
        limit: u64,
    ) -> Result<RowPage> {
        let only = only.map(|kind| match self.end {
            End::Found => kind,
            End::Wanted => kind.turned(),
        });
        let page = self.whole_page(table, only, offset, limit.min(MOST_ROWS))?;
        Ok(page.cut())
    }

    fn whole_page(
        &mut self,
        table: &str,
        only: Option<ChangeKind>,
        offset: u64,
        limit: u64,
    ) -> Result<RowPage> {
        let table: TableName = table
            .parse()
            .map_err(|reason: String| Error::new(Code::Defect, reason))?;
        let only = only.map(Into::into);
        let reading = self.pages.page(&table, only, offset, limit);
        let page = Handle::current().block_on(reading)?;
        let page = RowPage::named(page, &self.pages, &table, offset);
        let page = match &self.origins {
            Some(origins) => page.marked(origins, &table),
            None => page,
        };
        Ok(match self.end {
            End::Found => page,
            End::Wanted => page.turned(),
        })
    }

    /// What was compared.
    ///
    /// # Errors
    /// `usage` where this is a plan: it is no comparison.
    pub(crate) fn told(&self) -> Result<Difference> {
        let told = self.told.clone();
        told.ok_or_else(|| Error::new(Code::Usage, "Only a comparison can be written down."))
    }

    /// Gives all rows that differ to a sink, whole, area by area. For a thread that may block.
    pub(crate) fn each_page(
        &mut self,
        told: &Difference,
        cancel: &CancelToken,
        sink: PageSink<'_>,
    ) -> Result<()> {
        for table in told.areas.iter().flat_map(|area| &area.tables) {
            for offset in (0..table.counts.differing()).step_by(WRITTEN_ROWS) {
                checkpoint(cancel)?;
                sink(&self.whole_page(&table.table, None, offset, WRITTEN_ROWS as u64)?)?;
            }
        }
        Ok(())
    }
}

type Shared = Arc<tokio::sync::Mutex<OpenDifference>>;

/// The open ones by the id of the job that made them, oldest first.
#[derive(Clone, Default)]
pub(crate) struct Plans {
    open: Arc<Mutex<VecDeque<(String, Shared)>>>,
}

impl Plans {
    /// Keeps a restore's plan open and tells of it.
    pub(crate) fn show(&self, id: String, plan: restore::Plan, opened: &Opened) -> Plan {
        let told = Plan::new(&plan, &Labels::of_company(opened));
        self.keep_plan(id, plan, End::Found, None, opened);
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
        self.keep_plan(id, plan, End::Found, None, opened);
        told
    }

    /// Keeps the difference of two archives open and tells of it; `ends` is what they are called, and `pages`
    /// takes the rows that differ.
    pub(crate) fn show_archives(
        &self,
        id: String,
        ends: (String, String),
        (tables, findings): (Vec<TableDifference>, Vec<difference::Finding>),
        labels: &Labels,
        pages: impl FnOnce(Vec<TableDifference>) -> Pages,
    ) -> Difference {
        let changes = tables.iter().map(|found| {
            let changes = TableChanges::compared(found, labels);
            (found.pair.table.clone(), changes)
        });
        let findings = findings.iter().map(|found| Finding::new(found, labels));
        let told = Difference::new(ends, changes.collect(), findings.collect(), labels);
        self.keep(
            id,
            OpenDifference {
                pages: pages(tables),
                end: End::Found,
                told: Some(told.clone()),
                origins: None,
            },
        );
        told
    }

    /// Keeps what has become of a company since an archive open, which is the restore's plan seen from its
    /// other end, and tells of it.
    pub(crate) fn show_since(
        &self,
        id: String,
        ends: (String, String),
        plan: restore::Plan,
        opened: &Opened,
    ) -> Difference {
        let labels = Labels::of_company(opened);
        let planned = plan.tables.iter();
        let changes = planned.map(|planned| {
            let changes = TableChanges::compared(&planned.difference, &labels);
            (planned.table.clone(), changes.turned())
        });
        let findings = Finding::of_comparison(&plan.findings, &labels);
        let told = Difference::new(ends, changes.collect(), findings, &labels);
        self.keep_plan(id, plan, End::Wanted, Some(told.clone()), opened);
        told
    }

    fn keep_plan(
        &self,
        id: String,
        plan: restore::Plan,
        end: End,
        told: Option<Difference>,
        opened: &Opened,
    ) {
        let tables = plan.tables.into_iter().map(|planned| planned.difference);
        self.keep(
            id,
            OpenDifference {
                pages: Pages::new(opened, tables),
                end,
                told,
                origins: plan.origins,
            },
        );
    }

    fn keep(&self, id: String, difference: OpenDifference) {
        let mut open = self.lock();
        open.push_back((id, Arc::new(tokio::sync::Mutex::new(difference))));
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
        found
            .map(|(_, difference)| Arc::clone(difference))
            .ok_or_else(|| {
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
