//! Progress on stderr, sampled ten times a second at most.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use snapback_engine::reporter::{Counters, Phase, Reporter, Warning};
use snapback_wire::{JobEvent, Progress as Sample, ProgressUnit};

use crate::args::ProgressMode;
use crate::format::{number, size};
use crate::output;

const INTERVAL: Duration = Duration::from_millis(100);

/// How progress is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Line,
    Json,
    Silent,
}

/// What an operation is at.
struct Current {
    phase: Phase,
    total: Option<u64>,
    counters: Arc<Counters>,
}

type Shared = Arc<Mutex<Option<Current>>>;

/// Shows progress until it is dropped.
pub(crate) struct Progress {
    style: Style,
    current: Shared,
    ticker: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    pub(crate) fn start(mode: ProgressMode) -> Self {
        let style = match mode {
            ProgressMode::Auto if std::io::stderr().is_terminal() => Style::Line,
            ProgressMode::Json => Style::Json,
            ProgressMode::Auto | ProgressMode::None => Style::Silent,
        };
        if style == Style::Json {
            event(&JobEvent::Started);
        }
        let current = Shared::default();
        let ticker = (style != Style::Silent).then(|| {
            let (stop, stopped) = channel();
            let current = Arc::clone(&current);
            let thread = std::thread::spawn(move || {
                let mut last = None;
                while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    show(style, &current, &mut last);
                }
            });
            (stop, thread)
        });
        Self {
            style,
            current,
            ticker,
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.ticker.take() {
            drop(stop);
            // A ticker that died has nothing left to show.
            thread.join().ok();
        }
        match self.style {
            Style::Line => output::prompt("\r\x1b[K"),
            Style::Json => show(Style::Json, &self.current, &mut None),
            Style::Silent => {}
        }
    }
}

impl Reporter for Progress {
    fn phase(&self, phase: Phase, total: Option<u64>, counters: Arc<Counters>) {
        let next = Current {
            phase,
            total,
            counters,
        };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }

    fn warning(&self, warning: Warning) {
        match self.style {
            Style::Json => event(&JobEvent::Warning(warning.into())),
            Style::Line => output::note(&format!("\r\x1b[Kwarning: {}", warning.message)),
            Style::Silent => output::note(&format!("warning: {}", warning.message)),
        }
    }

    fn shows_progress(&self) -> bool {
        self.style != Style::Silent
    }

    #[cfg(all(debug_assertions, unix))]
    fn step(&self, step: snapback_engine::reporter::Step) {
        crate::stops::stop_at(step);
    }
}

fn show(style: Style, current: &Shared, last: &mut Option<Sample>) {
    let held = current.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(now) = held.as_ref() else { return };
    let sample = Sample::sampled(now.phase, now.total, &now.counters);
    drop(held);
    if last.as_ref() == Some(&sample) {
        return;
    }
    if style == Style::Json {
        event(&JobEvent::Progress(sample.clone()));
    } else {
        output::prompt(&format!("\r\x1b[K{}", line(&sample)));
    }
    *last = Some(sample);
}

/// `reading: 12,000 of 40,000 rows, 3.1 MB`
fn line(sample: &Sample) -> String {
    let Sample {
        phase,
        unit,
        done,
        total,
        bytes,
    } = sample;
    if *done == 0 {
        return format!("{phase} ...");
    }
    if *unit == ProgressUnit::Bytes {
        let of = total.map_or_else(String::new, |total| format!(" of {}", size(total)));
        return format!("{phase}: {}{of}", size(*done));
    }
    let of = total.map_or_else(String::new, |total| format!(" of {}", number(total)));
    format!("{phase}: {}{of} rows, {}", number(*done), size(*bytes))
}

fn event(event: &JobEvent<()>) {
    if let Ok(json) = serde_json::to_string(event) {
        output::note(&json);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_that_is_not_known_is_not_made_up() {
        let mut sample = Sample {
            phase: "reading".to_owned(),
            unit: ProgressUnit::Rows,
            done: 12_000,
            total: None,
            bytes: 3_100_000,
        };
        assert_eq!(line(&sample), "reading: 12,000 rows, 3.1 MB");
        sample.total = Some(40_000);
        assert_eq!(line(&sample), "reading: 12,000 of 40,000 rows, 3.1 MB");
        sample.unit = ProgressUnit::Bytes;
        (sample.done, sample.total) = (3_100_000, Some(12_000_000));
        assert_eq!(line(&sample), "reading: 3.1 MB of 12.0 MB");
    }
}
