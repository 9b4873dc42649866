//! The table that is printed.

use std::time::Duration;

use crate::clock::Pair;

/// One line: what was measured, against what, and what it must be.
pub(crate) struct Line {
    pub(crate) what: &'static str,
    pub(crate) ours: String,
    pub(crate) against: &'static str,
    pub(crate) theirs: String,
    pub(crate) figure: f64,
    pub(crate) unit: &'static str,
    /// `None` where the figure is for scale alone.
    pub(crate) limit: Option<f64>,
}

impl Line {
    /// How many times as long ours took.
    pub(crate) fn ratio(
        what: &'static str,
        ours: Duration,
        against: &'static str,
        theirs: Duration,
        limit: Option<f64>,
    ) -> Self {
        Self {
            what,
            ours: seconds(ours),
            against,
            theirs: seconds(theirs),
            figure: ours.as_secs_f64() / theirs.as_secs_f64(),
            unit: "×",
            limit,
        }
    }

    /// The same of what was measured in turn: the middle one of the turns' ratios, which need not be that of the
    /// middle times.
    pub(crate) fn in_turn(
        what: &'static str,
        pair: &Pair,
        against: &'static str,
        limit: Option<f64>,
    ) -> Self {
        Self {
            figure: pair.ratio(),
            ..Self::ratio(what, pair.ours(), against, pair.theirs(), limit)
        }
    }

    fn is_met(&self) -> bool {
        self.limit.is_none_or(|limit| self.figure <= limit)
    }
}

pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// The lines as a table of Markdown, and whether every limit is met.
pub(crate) fn render(lines: &[Line]) -> (String, bool) {
    let mut text =
        "| what | ours | against | theirs | figure | must be | |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
    for line in lines {
        let limit = line.limit.map_or_else(
            || "for scale".to_owned(),
            |limit| format!("≤ {limit} {}", line.unit),
        );
        let met = match (line.limit, line.is_met()) {
            (None, _) => "",
            (Some(_), true) => "met",
            (Some(_), false) => "MISSED",
        };
        text.push_str(&format!(
            "| {} | {} | {} | {} | {:.2} {} | {limit} | {met} |\n",
            line.what, line.ours, line.against, line.theirs, line.figure, line.unit
        ));
    }
    (text, lines.iter().all(Line::is_met))
}
