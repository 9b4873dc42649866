//! Stopped on the way, by the person or by the server: there is no company, not even a part of one.

use std::sync::Arc;

use snapback_engine::new_company;
use snapback_engine::reporter::{Counters, Phase, Reporter, Step, Warning};
use snapback_engine::{CancelToken, Code, Outcome};
use snapback_testkit::{TestDatabase, is_long};

use crate::new_company::maker::{options, others, plain_archive, plan};

/// The steps between which nothing is committed.
const STEPS: [Step; 5] = [
    Step::StateInstalled,
    Step::TablesLocked,
    Step::TableApplied,
    Step::RowsApplied,
    Step::ReferencesChecked,
];

/// Where it is stopped each time; everywhere in a long run.
const USUAL: [(Stopping, Step); 3] = [
    (Stopping::Cancelled, Step::RowsApplied),
    (Stopping::SessionsEnded, Step::TableApplied),
    (Stopping::SessionsEnded, Step::ReferencesChecked),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopping {
    Cancelled,
    SessionsEnded,
}

/// Stops what runs at one step.
struct Stop<'a> {
    database: &'a TestDatabase,
    at: Step,
    by: Stopping,
    cancel: CancelToken,
}

impl Reporter for Stop<'_> {
    fn phase(&self, _: Phase, _: Option<u64>, _: Arc<Counters>) {}
    fn warning(&self, _: Warning) {}

    fn step(&self, step: Step) {
        if step != self.at {
            return;
        }
        if self.by == Stopping::Cancelled {
            return self.cancel.cancel();
        }
        // In a thread of its own, as the test's own runtime stands still meanwhile.
        std::thread::scope(|scope| {
            let ending = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(self.database.run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
                ));
            });
            ending.join().unwrap();
        });
    }
}

#[tokio::test]
async fn stopped_at_any_step_nothing_is_there() {
    let database = TestDatabase::demo().await;
    let settings = database.settings();
    let archive = plain_archive().await;
    let email = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
    let email = database.value(email).await.unwrap();
    let before = others(&database, "none", "none", "none").await;
    for by in [Stopping::Cancelled, Stopping::SessionsEnded] {
        for at in STEPS {
            // Before the transaction there is no session that it would miss.
            if by == Stopping::SessionsEnded && at == Step::StateInstalled {
                continue;
            }
            if !is_long() && !USUAL.contains(&(by, at)) {
                continue;
            }
            let cancel = CancelToken::new();
            let planned = plan(&settings, archive, options("Stopped", &email))
                .await
                .unwrap();
            let stop = Stop {
                database: &database,
                at,
                by,
                cancel: cancel.clone(),
            };
            let ended = new_company::run(planned, &stop, &cancel).await;
            match (by, ended) {
                (Stopping::Cancelled, Ok(Outcome::Cancelled)) => {}
                (Stopping::SessionsEnded, Err(error)) => {
                    assert_eq!(error.code(), Code::ConnectionLost, "{at:?}");
                }
                (_, ended) => panic!("{by:?} at {at:?}: {:?}", ended.map(|_| "done")),
            }
        }
    }
    // Whatever one of them had left would be there still.
    before.assert_same(&others(&database, "none", "none", "none").await);
}
