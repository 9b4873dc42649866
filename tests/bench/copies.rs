//! A new company from the backup of a large one, beside loading the same rows.

use std::time::Duration;

use snapback_demo::Role;
use snapback_engine::archive::Reader;

use crate::clock::{Run, median, run};
use crate::table::Line;
use crate::{Bench, FEW_TIMES};

/// How many bytes a row may cost beside what a company without rows needs.
const BYTES_A_ROW: f64 = 150.0;

impl Bench<'_> {
    /// The company is copied within its database; the copies stay, nobody else's rows are in the way.
    pub(crate) async fn copied(&mut self) {
        eprintln!("New companies from the backup …");
        let owner = self.place.somebody().await;
        let archive = self.archive("the backup");
        let rows = Reader::open(archive.as_ref()).unwrap().manifest().row_count;
        let new = |name: &str, source: &[&str]| {
            let arguments = ["new", "--name", name, "--owner", &owner, "--yes"];
            let arguments = [arguments.as_slice(), source].concat();
            run(&mut self.place.snapback_anywhere(Role::Superuser, &arguments))
        };
        let blank = new("Blank", &["--blank"]);
        let copies: Vec<Run> = (1..=FEW_TIMES)
            .map(|number| new(&format!("Copy {number}"), &["--from", &archive]))
            .collect();
        self.lines.push(Line::ratio(
            "new company from the backup",
            median(|run: &Run| run.elapsed, &copies).elapsed,
            "psql: the same rows by \\copy, replica role",
            self.load.unwrap_or(Duration::MAX),
            Some(1.3),
        ));
        let peak = copies.iter().map(|run| run.peak_bytes).max().unwrap_or(0);
        let figure = peak.saturating_sub(blank.peak_bytes) as f64 / rows as f64;
        self.lines.push(Line {
            what: "new company: memory beside a blank one's",
            ours: format!("{figure:.0} bytes a row"),
            against: "—",
            theirs: "—".to_owned(),
            figure,
            unit: "bytes",
            limit: Some(BYTES_A_ROW),
        });
    }
}
