//! Somebody of another company who keeps saving rows, and how long he ever waits.

use std::time::{Duration, Instant};

use snapback_demo::Role;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::place::Place;

/// Tables that the damage touches and that everybody writes to all day.
const TABLES: [&str; 4] = ["salesOrderLine", "item", "job", "purchaseOrderLine"];

/// Writers at work.
pub(crate) struct Writers {
    stop: Vec<oneshot::Sender<()>>,
    waits: Vec<JoinHandle<Duration>>,
}

impl Writers {
    /// One writer for each of the tables, each commit a row of the other company.
    pub(crate) fn start(place: &Place) -> Self {
        let (mut stop, mut waits) = (Vec::new(), Vec::new());
        for table in TABLES {
            let (sender, mut stopped) = oneshot::channel();
            let options = place.connection(Role::Superuser).options();
            let company = place.other_company();
            let sql = format!(
                "UPDATE public.\"{table}\" SET \"companyId\" = \"companyId\" WHERE \"id\" = \
                 (SELECT \"id\" FROM public.\"{table}\" WHERE \"companyId\" = '{company}' ORDER BY 1 LIMIT 1)"
            );
            stop.push(sender);
            waits.push(tokio::spawn(async move {
                let mut session = options.connect().await.expect("the server lets us in");
                let mut longest = Duration::ZERO;
                while stopped.try_recv().is_err() {
                    let begun = Instant::now();
                    // A writer that is made to fail fails the bench.
                    session
                        .execute(AssertSqlSafe(sql.clone()))
                        .await
                        .expect("another company's write succeeds");
                    longest = longest.max(begun.elapsed());
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                longest
            }));
        }
        Self { stop, waits }
    }

    /// The longest that one of them waited for one row.
    pub(crate) async fn stop(self) -> Duration {
        for stop in self.stop {
            stop.send(()).ok();
        }
        let mut longest = Duration::ZERO;
        for wait in self.waits {
            longest = longest.max(wait.await.expect("no write failed"));
        }
        longest
    }
}
