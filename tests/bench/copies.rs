//! A new company from the backup of a large one, beside loading the same rows by hand: each into a database of its
//! own that is as the demo's, so that neither finds room, or crowds, that the other left behind.

use std::fs;

use snapback_demo::Role;
use snapback_engine::archive::Reader;

use crate::clock::{Pair, run};
use crate::table::Line;
use crate::{Bench, LOADED_TIMES, statements};

/// How many bytes a row may cost beside what a company without rows needs.
const BYTES_A_ROW: f64 = 150.0;
/// The database that a company is made or loaded in.
const TWIN: &str = "twin";

impl Bench<'_> {
    /// The company is copied within its database, and the rows of such a copy are loaded.
    pub(crate) async fn copied(&mut self) {
        eprintln!("New companies from the backup …");
        let place = self.place;
        let owner = place.somebody().await;
        let archive = self.archive("the backup");
        let rows = Reader::open(archive.as_ref()).unwrap().manifest().row_count;
        let new = |source: &[&str]| {
            let arguments = ["new", "--name", "Copy", "--owner", &owner, "--yes"];
            let arguments = [arguments.as_slice(), source].concat();
            let mut command = place.snapback_anywhere(Role::Superuser, &arguments);
            let twin = place.connection(Role::Superuser).with_database(TWIN);
            run(command.env("SNAPBACK_DATABASE_URL", twin.url()))
        };
        place.make_twin(TWIN).await;
        new(&["--from", &archive]);
        let saved = place.folder().join("saved copy");
        fs::create_dir(&saved).unwrap();
        let copy = place.open_company(TWIN, "Copy").await;
        // What a company has for itself alone is made with it.
        let is_there = |table: &_| self.opened.schema.tables.contains_key(table);
        let save = statements::save(&copy, &saved, is_there);
        let load = statements::load(&copy, &saved, is_there);
        let load = statements::silently(&copy, &load);
        copy.session.close().await;
        run(place.psql("save the copy", &save).env("PGDATABASE", TWIN));
        place.make_twin(TWIN).await;
        let blank = new(&["--blank"]);
        let mut made = Pair::default();
        for _ in 0..LOADED_TIMES {
            place.make_twin(TWIN).await;
            let by_hand = run(place.psql("load the copy", &load).env("PGDATABASE", TWIN));
            made.theirs.push(by_hand);
            place.make_twin(TWIN).await;
            made.ours.push(new(&["--from", &archive]));
        }
        self.lines.push(Line::in_turn(
            "new company from the backup",
            &made,
            "psql: the same rows by \\copy, replica role",
            Some(1.3),
        ));
        let peak = made.peak_bytes();
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
