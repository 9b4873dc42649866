//! Killed without a warning between any two steps, the process or the server's side of it: the database
//! holds the old company or the restored one, the next start knows which, and a revert works.

#![allow(
    clippy::print_stdout,
    reason = "what is measured, and where a test failed, is told to who runs it"
)]

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;
use snapback_engine::reporter::Step;
use snapback_testkit::{Fingerprint, Reach, TestDatabase, is_long};

use crate::person::{Person, SCHEMA};
use crate::reach::acmes;
use crate::shelf::{Kind, OBJECTS, Shelf};
use crate::stops::{SESSIONS, Stepped, sessions_ended};

/// Rows that change, go and come; one that came has a secret, which is held while a review is open.
const DAMAGE: &str = "UPDATE public.product SET price = price + 1 WHERE \"companyId\" = 'acme';
    DELETE FROM public.\"order\" WHERE \"companyId\" = 'acme' AND id < 20;
    INSERT INTO public.customer (id, \"companyId\", name, \"portalToken\")
        VALUES ('acme-new', 'acme', 'Made since', 'a secret made since') ON CONFLICT DO NOTHING";

/// What is killed at every step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Killing {
    /// `kill -9` of the program.
    Process,
    /// The server ends the program's sessions.
    Sessions,
    /// `kill -9` of one of the server's processes, on which it starts anew.
    Backend,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Restore,
    Keep,
    Revert,
}

/// A company that was backed up and then damaged.
struct Scene {
    person: Person,
    shelf: Shelf,
    archive: String,
    before: State,
    damaged: State,
}

/// The company's rows and its uploaded files.
#[derive(Clone)]
struct State {
    rows: Fingerprint,
    files: BTreeMap<String, Vec<u8>>,
}

impl Scene {
    async fn new(killing: Killing) -> Self {
        Self::with(killing, Kind::Folder).await
    }

    async fn with(killing: Killing, kind: Kind) -> Self {
        let schema = match kind {
            Kind::Folder | Kind::S3 => SCHEMA.to_owned(),
            Kind::Supabase => format!("{SCHEMA}{OBJECTS}"),
        };
        let database = match killing {
            Killing::Process | Killing::Sessions => TestDatabase::with_sql(&schema).await,
            Killing::Backend => TestDatabase::on_own_server(&schema).await,
        };
        let mut person = Person::with(database);
        let shelf = Shelf::new(kind, &mut person).await;
        for (name, content) in [("kept", "1"), ("changed", "before"), ("deleted", "2")] {
            shelf.put(&person, name, content).await;
        }
        let before = State::of(&person, &shelf).await;
        let made = person.run(&["create", "--company", "acme", "--files"]);
        assert_eq!(made.code, 0, "{}", made.all());
        let archive = made.out.lines().last().unwrap().to_owned();
        let mut scene = Self {
            damaged: before.clone(),
            person,
            shelf,
            archive,
            before,
        };
        scene.damage().await;
        scene
    }

    async fn damage(&mut self) {
        let (person, shelf) = (&self.person, &self.shelf);
        person.database.run(DAMAGE).await;
        shelf.put(person, "changed", "damaged").await;
        shelf.put(person, "below/added", "3").await;
        shelf.remove(person, "deleted").await;
        self.damaged = State::of(person, shelf).await;
    }

    fn arguments(&self, operation: Operation) -> Vec<&str> {
        match operation {
            Operation::Create => vec!["create", "--company", "acme", "--files"],
            Operation::Restore => vec![
                "restore",
                &self.archive,
                "--company",
                "acme",
                "--yes",
                "--files",
            ],
            Operation::Keep => vec!["keep", "--company", "acme"],
            Operation::Revert => vec!["revert", "--company", "acme", "--yes"],
        }
    }

    /// Brings everything to where the operation can begin.
    fn make_ready(&self, operation: Operation) {
        if matches!(operation, Operation::Keep | Operation::Revert) {
            self.person.done(&self.arguments(Operation::Restore));
        }
    }

    /// Kills at that step and gives the exit code of a program that lived on.
    async fn kill(&self, operation: Operation, step: Step, killing: Killing) -> Option<i32> {
        let mut stepped = Stepped::begin(&self.person, &self.arguments(operation));
        let stop = stepped.until(step).await;
        match killing {
            Killing::Process => {
                stepped.kill().await;
                drop(stop);
                sessions_ended(&self.person.database).await;
                None
            }
            Killing::Sessions => {
                let sql = format!("SELECT pg_terminate_backend(pid) {SESSIONS}");
                self.person.database.run(&sql).await;
                sessions_ended(&self.person.database).await;
                drop(stop);
                Some(stepped.end().await.1.code)
            }
            Killing::Backend => {
                let pid = format!("SELECT pid {SESSIONS} LIMIT 1");
                let pid = self.person.database.value(&pid).await;
                let killed = Command::new("kill").args(["-9", &pid.unwrap()]).status();
                assert!(killed.unwrap().success());
                self.person.database.wait_for_restart().await;
                drop(stop);
                Some(stepped.end().await.1.code)
            }
        }
    }

    /// What waits for Keep or Revert as the next start finds it, and how what was cut off has ended.
    fn review(&self) -> (bool, Vec<Value>) {
        let (code, document) = self.person.json(&["review", "--company", "acme"]);
        assert_eq!(code, 0, "{document}");
        let company = &document["companies"][0];
        (
            !company["open"].is_null(),
            company["settled"].as_array().unwrap().clone(),
        )
    }

    /// Archives in the library that have their name.
    fn archives(&self) -> usize {
        let files = std::fs::read_dir(self.person.library()).unwrap();
        let named = files.filter(|file| {
            let path = file.as_ref().unwrap().path();
            path.extension()
                .is_some_and(|extension| extension == "snapback")
        });
        named.count()
    }

    async fn assert_state(&self, expected: &State) {
        let found = State::of(&self.person, &self.shelf).await;
        expected.rows.assert_same(&found.rows);
        assert_eq!(found.files, expected.files, "the uploaded files");
    }

    async fn assert_nothing_held(&self) {
        let held = self
            .person
            .database
            .value("SELECT count(*) FROM snapback.held");
        assert_eq!(held.await.as_deref(), Some("0"), "secrets stay held");
    }

    async fn assert_nothing_aside(&self) {
        self.shelf.assert_nothing_aside(&self.person).await;
    }
}

impl State {
    async fn of(person: &Person, shelf: &Shelf) -> Self {
        Self {
            rows: rows(&person.database).await,
            files: shelf.files(person).await,
        }
    }
}

/// Every row that a restore brings back; what planning makes again is left out.
async fn rows(database: &TestDatabase) -> Fingerprint {
    database
        .fingerprint_within(|table| match table.name.as_str() {
            // A file's version has another name each time.
            "forecast" | "objects" => Reach::Nothing,
            _ => acmes(table),
        })
        .await
}

/// The steps of a whole run, each once.
async fn steps_of(scene: &Scene, operation: Operation) -> Vec<Step> {
    scene.make_ready(operation);
    let (steps, said) = Stepped::begin(&scene.person, &scene.arguments(operation))
        .end()
        .await;
    assert_eq!(said.code, 0, "{}", said.all());
    let mut once: Vec<Step> = Vec::new();
    for step in steps {
        if !once.contains(&step) {
            once.push(step);
        }
    }
    once
}

/// Whether what was done holds when it is cut off there.
fn holds(operation: Operation, steps: &[Step], step: Step) -> bool {
    let decisive = match operation {
        Operation::Create => Step::ArchivePublished,
        Operation::Restore | Operation::Keep | Operation::Revert => Step::Committed,
    };
    let place = |wanted| steps.iter().position(|step| *step == wanted).unwrap();
    place(step) >= place(decisive)
}

/// Exit codes of a program that lives on without its sessions.
fn expected_codes(operation: Operation, step: Step, holds: bool) -> &'static [i32] {
    match (operation, step) {
        // What the application derives could not be brought up to date.
        (Operation::Restore | Operation::Revert, _) if holds => &[0, 3],
        (_, _) if holds => &[0],
        // A backup's rows are all read by then.
        (Operation::Create, Step::RowsRead | Step::ArchiveSealed | Step::OriginNoted) => &[0],
        // The server cannot be asked whether it heard the COMMIT.
        (Operation::Restore | Operation::Revert, Step::CommitNoted)
        | (Operation::Keep, Step::ReviewWritten) => &[4],
        _ => &[1],
    }
}

async fn killed_at_every_step(operation: Operation, killing: Killing) {
    killed_at(operation, killing, |_| true).await;
}

async fn killed_at(operation: Operation, killing: Killing, wanted: impl Fn(Step) -> bool) {
    let scene = Scene::new(killing).await;
    killed_in(scene, operation, killing, wanted).await;
}

/// Around what is done to uploaded files.
const MOVES: [Step; 6] = [
    Step::FileStaged,
    Step::FilesStaged,
    Step::CommitNoted,
    Step::Committed,
    Step::FileSwitched,
    Step::FilesSwitched,
];

/// The same with files in a storage of that kind, where they are moved, or everywhere in a long run: what
/// the steps before do has nothing to do with the kind.
async fn killed_over(kind: Kind, operation: Operation) {
    let scene = Scene::with(Killing::Process, kind).await;
    let moves = |step: Step| is_long() || MOVES.contains(&step);
    killed_in(scene, operation, Killing::Process, moves).await;
}

async fn killed_in(
    mut scene: Scene,
    operation: Operation,
    killing: Killing,
    wanted: impl Fn(Step) -> bool,
) {
    let steps = steps_of(&scene, operation).await;
    settle(&mut scene, operation).await;
    assert!(steps.iter().any(|step| wanted(*step)), "{steps:?}");
    for step in steps.iter().copied().filter(|step| wanted(*step)) {
        println!("{operation:?} at {}, {killing:?} killed", step.word());
        scene.make_ready(operation);
        let archives = scene.archives();
        let others = scene.person.canary();
        let code = scene.kill(operation, step, killing).await;
        let mut holds = holds(operation, &steps, step);
        if let Some(code) = code {
            let expected = expected_codes(operation, step, holds);
            assert!(expected.contains(&code), "exit code {code}");
            holds |= code == 0;
            // What did not take place leaves no snapshot, unless nobody knows that yet.
            let made = usize::from(code != 1 && operation != Operation::Keep);
            assert_eq!(scene.archives(), archives + made, "archives in the library");
        }
        others.assert_same(&scene.person.canary());
        match operation {
            Operation::Create => after_create(&scene, archives, holds).await,
            Operation::Restore => after_restore(&scene, step, holds).await,
            Operation::Keep => after_keep(&scene, holds).await,
            Operation::Revert => after_revert(&scene, step, holds).await,
        }
        settle(&mut scene, operation).await;
    }
}

/// Brings the company back to where it was damaged, with no review open.
async fn settle(scene: &mut Scene, operation: Operation) {
    match operation {
        Operation::Create => {}
        Operation::Restore => {
            if scene.review().0 {
                scene.person.done(&scene.arguments(Operation::Revert));
            }
        }
        Operation::Keep => scene.damage().await,
        Operation::Revert => {}
    }
    scene.assert_state(&scene.damaged).await;
}

async fn after_create(scene: &Scene, archives: usize, holds: bool) {
    assert_eq!(scene.archives(), archives + usize::from(holds));
    let (_, listed) = scene.person.json(&["list"]);
    let listed = listed["backups"].as_array().unwrap();
    let whole = listed.iter().filter(|entry| entry["problem"].is_null());
    assert_eq!(whole.count(), scene.archives(), "archives listed as good");
    scene.assert_state(&scene.damaged).await;
    let next = scene
        .person
        .done(&["create", "--company", "acme", "--label", "next"]);
    let path = next.out.lines().last().unwrap();
    scene.person.done(&["verify", path]);
    let spool = scene.person.library().join("spool");
    let left = std::fs::read_dir(spool).unwrap();
    let left = left.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(left.count(), 0, "spill files stay");
}

/// How a restore has ended that this computer had noted and then lost sight of.
fn settled(step: Step) -> Vec<Value> {
    match step {
        Step::CommitNoted => vec!["rolled_back".into()],
        Step::Committed | Step::ReviewNoted => vec!["committed".into()],
        _ => Vec::new(),
    }
}

async fn after_restore(scene: &Scene, step: Step, holds: bool) {
    let (is_open, ended) = scene.review();
    assert_eq!(is_open, holds, "the review");
    assert!(ended.is_empty() || ended == settled(step), "{ended:?}");
    let expected = if holds { &scene.before } else { &scene.damaged };
    scene.assert_state(expected).await;
    if !holds {
        scene.person.done(&scene.arguments(Operation::Restore));
        scene.assert_state(&scene.before).await;
    }
    scene.person.done(&scene.arguments(Operation::Revert));
    scene.assert_state(&scene.damaged).await;
    scene.assert_nothing_held().await;
    scene.assert_nothing_aside().await;
}

async fn after_keep(scene: &Scene, holds: bool) {
    assert_eq!(scene.review(), (!holds, Vec::new()), "the review");
    scene.assert_state(&scene.before).await;
    let again = scene.person.run(&scene.arguments(Operation::Keep));
    assert_eq!(again.code == 0, !holds, "{}", again.all());
    scene.assert_nothing_held().await;
}

async fn after_revert(scene: &Scene, step: Step, holds: bool) {
    let (is_open, ended) = scene.review();
    assert_eq!(is_open, !holds, "the review");
    assert!(ended.is_empty() || ended == settled(step), "{ended:?}");
    let expected = if holds { &scene.damaged } else { &scene.before };
    scene.assert_state(expected).await;
    if !holds {
        scene.person.done(&scene.arguments(Operation::Revert));
        scene.assert_state(&scene.damaged).await;
    }
    scene.assert_nothing_held().await;
    scene.assert_nothing_aside().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_that_is_named_is_taken() {
    let mut scene = Scene::new(Killing::Process).await;
    let mut taken = Vec::new();
    for operation in [
        Operation::Create,
        Operation::Restore,
        Operation::Revert,
        Operation::Keep,
    ] {
        if operation != Operation::Restore {
            settle(&mut scene, Operation::Restore).await;
        }
        taken.extend(steps_of(&scene, operation).await);
    }
    taken.sort();
    taken.dedup();
    assert_eq!(taken, Step::ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_killed_at_any_step_is_whole_or_not_there() {
    killed_at_every_step(Operation::Create, Killing::Process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_killed_at_any_step_is_whole_or_not_at_all() {
    killed_at_every_step(Operation::Restore, Killing::Process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keep_killed_at_any_step_is_done_or_can_be_done_again() {
    killed_at_every_step(Operation::Keep, Killing::Process).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_killed_at_any_step_is_whole_or_can_be_done_again() {
    // A revert goes the way of a restore, which is killed everywhere.
    killed_at(Operation::Revert, Killing::Process, dangerous).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_of_files_in_supabases_folder_killed_at_any_step_is_whole_or_not_at_all() {
    killed_over(Kind::Supabase, Operation::Restore).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_of_files_in_supabases_folder_killed_at_any_step_can_be_done_again() {
    killed_over(Kind::Supabase, Operation::Revert).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_of_files_in_a_service_killed_at_any_step_is_whole_or_not_at_all() {
    killed_over(Kind::S3, Operation::Restore).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_of_files_in_a_service_killed_at_any_step_can_be_done_again() {
    killed_over(Kind::S3, Operation::Revert).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_whose_sessions_end_at_any_step_is_whole_or_not_there() {
    killed_at_every_step(Operation::Create, Killing::Sessions).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_whose_sessions_end_at_any_step_is_whole_or_not_at_all() {
    killed_at(Operation::Restore, Killing::Sessions, dangerous).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keep_whose_sessions_end_at_any_step_is_done_or_can_be_done_again() {
    killed_at_every_step(Operation::Keep, Killing::Sessions).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_whose_sessions_end_at_any_step_is_whole_or_can_be_done_again() {
    killed_at(Operation::Revert, Killing::Sessions, dangerous).await;
}

/// Where it is most dangerous that the server's side dies, or everywhere in a long run.
fn dangerous(step: Step) -> bool {
    let dangerous = [
        Step::TablesLocked,
        Step::TableApplied,
        Step::CommitNoted,
        Step::Committed,
    ];
    is_long() || dangerous.contains(&step)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_whose_server_dies_at_any_step_is_whole_or_not_at_all() {
    killed_at(Operation::Restore, Killing::Backend, dangerous).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revert_whose_server_dies_at_any_step_is_whole_or_can_be_done_again() {
    killed_at(Operation::Revert, Killing::Backend, dangerous).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keep_whose_server_dies_at_any_step_is_done_or_can_be_done_again() {
    let in_the_midst = |step| is_long() || step == Step::ReviewWritten;
    killed_at(Operation::Keep, Killing::Backend, in_the_midst).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_whose_server_dies_at_any_step_is_whole_or_not_there() {
    let in_the_midst = |step| is_long() || step == Step::TableRead;
    killed_at(Operation::Create, Killing::Backend, in_the_midst).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_killed_in_the_midst_of_reading_is_never_listed_as_good() {
    let scene = Scene::new(Killing::Process).await;
    let mut creating = Stepped::begin(&scene.person, &scene.arguments(Operation::Create));
    // The other tables are read on while the first one's end is told.
    drop(creating.until(Step::TableRead).await);
    creating.kill().await;
    sessions_ended(&scene.person.database).await;
    after_create(&scene, 1, false).await;
}
