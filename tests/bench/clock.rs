//! Runs whole commands and says how long they took and how much memory they held at most.

use std::fs;
use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often a command's memory is looked at: seldom, since a core is wanted for it. The kernel keeps the high-water
/// mark, so that only what is taken in the last moment before the end can be missed.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// One run of a command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) elapsed: Duration,
    pub(crate) peak_bytes: u64,
}

/// Runs a command to its end.
///
/// # Panics
/// Where it cannot be started or does not end well: a figure of a failed command says nothing.
pub(crate) fn run(command: &mut Command) -> Run {
    // A file, since nobody reads a pipe meanwhile: who says much would stand still before a full one.
    let mut said = tempfile::tempfile().expect("a temporary file can be made");
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.try_clone().expect("the file can be shared"))
        .spawn()
        .expect("the command can be started");
    let path = format!("/proc/{}/status", child.id());
    let has_ended = AtomicBool::new(false);
    let (status, elapsed, peak_bytes) = thread::scope(|scope| {
        let looking = scope.spawn(|| highest(&path, &has_ended));
        let status = child.wait().expect("the command can be waited for");
        let elapsed = begun.elapsed();
        has_ended.store(true, Ordering::Relaxed);
        let peak_bytes = looking.join().expect("looking does not panic");
        (status, elapsed, peak_bytes)
    });
    // 3: it is done, and there is something to look after.
    if !matches!(status.code(), Some(0 | 3)) {
        let mut words = String::new();
        said.rewind().expect("the file can be read");
        said.read_to_string(&mut words)
            .expect("the file can be read");
        panic!("{:?} failed: {words}", command.get_program());
    }
    Run {
        elapsed,
        peak_bytes,
    }
}

fn highest(status: &str, has_ended: &AtomicBool) -> u64 {
    let mut peak = 0;
    while !has_ended.load(Ordering::Relaxed) {
        peak = high_water(status).unwrap_or(0).max(peak);
        thread::sleep(LOOK_EVERY);
    }
    peak
}

fn high_water(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// The middle one, by what `of` says.
pub(crate) fn median<T: Copy, V: Ord>(of: impl Fn(&T) -> V, runs: &[T]) -> T {
    let mut sorted = runs.to_vec();
    sorted.sort_by_key(of);
    sorted[sorted.len() / 2]
}

/// Several runs of two things, in turn, so that both meet the same machine.
#[derive(Default)]
pub(crate) struct Pair {
    pub(crate) ours: Vec<Run>,
    pub(crate) theirs: Vec<Run>,
}

impl Pair {
    pub(crate) fn in_turn(
        times: usize,
        mut ours: impl FnMut() -> Run,
        mut theirs: impl FnMut() -> Run,
    ) -> Self {
        let mut pair = Self {
            ours: Vec::new(),
            theirs: Vec::new(),
        };
        for turn in 0..times {
            // Neither always finds what the other has left.
            if turn % 2 == 0 {
                pair.theirs.push(theirs());
                pair.ours.push(ours());
            } else {
                pair.ours.push(ours());
                pair.theirs.push(theirs());
            }
        }
        pair
    }

    pub(crate) fn ours(&self) -> Duration {
        median(|run| run.elapsed, &self.ours).elapsed
    }

    pub(crate) fn theirs(&self) -> Duration {
        median(|run| run.elapsed, &self.theirs).elapsed
    }

    /// How many times as long ours took, turn by turn, and of that the middle one: a machine that is slow for a
    /// minute is so to both.
    pub(crate) fn ratio(&self) -> f64 {
        let seconds = |run: &Run| run.elapsed.as_secs_f64();
        let turns = self.ours.iter().zip(&self.theirs);
        let mut ratios: Vec<f64> = turns
            .map(|(ours, theirs)| seconds(ours) / seconds(theirs))
            .collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }

    pub(crate) fn peak_bytes(&self) -> u64 {
        self.ours
            .iter()
            .map(|run| run.peak_bytes)
            .max()
            .unwrap_or(0)
    }
}
