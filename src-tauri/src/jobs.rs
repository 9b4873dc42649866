//! Jobs: what takes a while, reported through a channel, with a cancel and exactly one end.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use snapback_engine::reporter::{Counters, Phase, Reporter, Warning};
use snapback_engine::{CancelToken, Code, Error, Outcome, Result};
use snapback_wire::{JobEvent, JobKind, Progress};
use tauri::ipc::Channel;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval};

use crate::deeds::Noted;

/// How often a running job is looked at.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// Milliseconds since then.
pub(crate) fn elapsed_ms(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Does what may block a thread on one where that is no harm.
///
/// # Errors
/// Those of the work; `defect` where it panics.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Error {
    Error::new(
        Code::Defect,
        "Snapback made a mistake and stopped what it was doing.",
    )
    .hint("Nothing was committed unless a review is open. Please report this.")
}

/// What a job does, and for whom.
pub(crate) struct Task {
    kind: JobKind,
    company: Option<String>,
    id: String,
    noted: Option<Noted>,
}

impl Task {
    /// A job by the id that the window gave it, with the key of the company that it is about.
    pub(crate) fn new(kind: JobKind, id: String, company: Option<&str>) -> Self {
        Self {
            kind,
            company: company.map(str::to_owned),
            id,
            noted: None,
        }
    }

    /// The same, whose end goes into the audit trail.
    pub(crate) fn noted(mut self, noted: Noted) -> Self {
        self.noted = Some(noted);
        self
    }
}

/// The jobs that run now, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    running: Mutex<HashMap<String, CancelToken>>,
    /// Rung whenever one has ended.
    ended: Notify,
}

impl Jobs {
    /// Runs `work` to its end and reports on `events`. A panic in it is reported as a failure, so
    /// that there is an end whatever happens.
    pub(crate) async fn run<Report, Work>(
        &self,
        task: Task,
        events: Channel<JobEvent<Report>>,
        work: impl FnOnce(Arc<Watch>, CancelToken) -> Work,
    ) where
        Report: Serialize + Clone + Send + 'static,
        Work: Future<Output = Result<Outcome<Report>>> + Send + 'static,
    {
        let cancel = CancelToken::new();
        let Task {
            id,
            kind,
            company,
            noted,
        } = task;
        tracing::info!(?kind, company, "a job begins");
        self.lock().insert(id.clone(), cancel.clone());
        send(&events, JobEvent::Started);
        let watch = Arc::new(Watch::default());
        let mut work = pin!(tokio::spawn(work(Arc::clone(&watch), cancel)));
        let mut ticks = interval(SAMPLE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = loop {
            tokio::select! {
                ended = &mut work => break ended,
                _ = ticks.tick() => watch.tell(&events),
            }
        };
        watch.tell(&events);
        self.lock().remove(&id);
        let end = end.unwrap_or_else(|_| Err(panicked()));
        if let Some(noted) = noted {
            noted
                .ended(match &end {
                    Ok(Outcome::Completed(_)) => None,
                    Ok(Outcome::Cancelled) => Some(Code::Cancelled),
                    Err(error) => Some(error.code()),
                })
                .await;
        }
        let end = last_event(end);
        tracing::info!(?kind, end = end.name(), "a job ends");
        send(&events, end);
        self.ended.notify_waiters();
    }

    /// How many run now.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Asks all jobs to stop and waits until they have ended.
    pub(crate) async fn stop_all(&self) {
        loop {
            let mut ended = pin!(self.ended.notified());
            // One that ends between the look and the waiting must still be heard.
            ended.as_mut().enable();
            {
                let running = self.lock();
                if running.is_empty() {
                    return;
                }
                running.values().for_each(CancelToken::cancel);
            }
            ended.await;
        }
    }

    /// Asks a job to stop. One that has ended meanwhile is left alone.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(cancel) = self.lock().get(id) {
            cancel.cancel();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, CancelToken>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last_event<Report>(end: Result<Outcome<Report>>) -> JobEvent<Report> {
    match end {
        Ok(Outcome::Completed(report)) => JobEvent::Completed(report),
        Ok(Outcome::Cancelled) => JobEvent::Cancelled,
        Err(error) if error.code() == Code::Cancelled => JobEvent::Cancelled,
        Err(error) => JobEvent::Failed(error.into()),
    }
}

/// Sends to a window that may be gone; then nobody is left to tell.
fn send<Report: Serialize + Clone>(events: &Channel<JobEvent<Report>>, event: JobEvent<Report>) {
    events.send(event).ok();
}

/// What a job has said and not yet been told on.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    state: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    phase: Option<(Phase, Option<u64>, Arc<Counters>)>,
    warnings: Vec<Warning>,
    told: Option<Progress>,
}

impl Watch {
    fn lock(&self) -> std::sync::MutexGuard<'_, Watched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what is new since the last time.
    fn tell<Report: Serialize + Clone>(&self, events: &Channel<JobEvent<Report>>) {
        let mut watched = self.lock();
        for Warning { code, message } in watched.warnings.drain(..) {
            let code = code.to_owned();
            send(
                events,
                JobEvent::Warning(snapback_wire::Warning { code, message }),
            );
        }
        let progress = watched
            .phase
            .as_ref()
            .map(|(phase, total, counters)| Progress::sampled(*phase, *total, counters));
        if progress != watched.told
            && let Some(progress) = progress
        {
            watched.told = Some(progress.clone());
            send(events, JobEvent::Progress(progress));
        }
    }
}

impl Reporter for Watch {
    fn phase(&self, phase: Phase, total: Option<u64>, counters: Arc<Counters>) {
        self.lock().phase = Some((phase, total, counters));
    }

    fn warning(&self, warning: Warning) {
        self.lock().warnings.push(warning);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use tauri::ipc::InvokeResponseBody;

    /// A channel and what was sent on it.
    fn channel() -> (Channel<JobEvent<u32>>, Arc<Mutex<Vec<Value>>>) {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        let channel = Channel::new(move |body| {
            if let InvokeResponseBody::Json(json) = body {
                ear.lock().unwrap().push(serde_json::from_str(&json)?);
            }
            Ok(())
        });
        (channel, heard)
    }

    fn task() -> Task {
        Task::new(JobKind::Create, "1".to_owned(), Some("acme"))
    }

    fn names(heard: &Mutex<Vec<Value>>) -> Vec<String> {
        let heard = heard.lock().unwrap();
        heard
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect()
    }

    #[tokio::test]
    async fn a_job_starts_tells_its_progress_and_ends_once() {
        let (events, heard) = channel();
        let jobs = Jobs::default();
        jobs.run(task(), events, |watch, _| async move {
            let counters = Arc::new(Counters::default());
            watch.phase(Phase::Reading, Some(12), Arc::clone(&counters));
            counters.add(12, 340);
            watch.warning(Warning {
                code: "slow",
                message: "It is slow.".to_owned(),
            });
            Ok(Outcome::Completed(7))
        })
        .await;
        assert_eq!(
            names(&heard),
            ["started", "warning", "progress", "completed"]
        );
        let heard = heard.lock().unwrap();
        assert_eq!(heard[2]["data"]["phase"], "reading");
        assert_eq!(heard[2]["data"]["done"], 12);
        assert_eq!(heard[3]["data"], 7);
        assert!(jobs.lock().is_empty());
    }

    #[tokio::test]
    async fn a_job_that_is_cancelled_ends_as_cancelled() {
        let (events, heard) = channel();
        let jobs = Arc::new(Jobs::default());
        let other = Arc::clone(&jobs);
        jobs.run(task(), events, move |_, cancel| async move {
            other.cancel("1");
            cancel.cancelled().await;
            Ok(Outcome::Cancelled)
        })
        .await;
        assert_eq!(names(&heard), ["started", "cancelled"]);
    }

    #[tokio::test]
    async fn a_job_that_panics_ends_as_failed() {
        let (events, heard) = channel();
        Jobs::default()
            .run(task(), events, |_, _| async move { panic!("on purpose") })
            .await;
        assert_eq!(names(&heard), ["started", "failed"]);
        assert_eq!(heard.lock().unwrap()[1]["data"]["code"], "defect");
    }

    #[tokio::test]
    async fn all_jobs_are_stopped_and_their_ends_waited_for() {
        let jobs = Arc::new(Jobs::default());
        let (events, heard) = channel();
        let running = jobs.run(task(), events, |_, cancel| async move {
            cancel.cancelled().await;
            tokio::task::yield_now().await;
            Ok(Outcome::Cancelled)
        });
        tokio::join!(running, async {
            assert_eq!(jobs.count(), 1);
            jobs.stop_all().await;
            assert_eq!(jobs.count(), 0);
        });
        assert_eq!(names(&heard), ["started", "cancelled"]);
    }

    #[test]
    fn cancelling_a_job_that_has_ended_does_nothing() {
        Jobs::default().cancel("gone");
    }
}
