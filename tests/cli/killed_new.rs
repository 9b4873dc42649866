//! `snapback new` killed without a warning between any two steps: there is a whole company or none, and
//! whoever comes next finishes its uploaded files or takes away what waits for them.

use std::fs;
use std::path::Path;

use snapback_engine::reporter::Step;
use snapback_testkit::is_long;

use crate::person::{Person, Said};
use crate::shelf::{Kind, Shelf};
use crate::stops::{Stepped, sessions_ended};

/// Where it is most dangerous, or everywhere in a long run.
const DANGEROUS: [Step; 6] = [
    Step::FileStaged,
    Step::FilesStaged,
    Step::TableApplied,
    Step::ReferencesChecked,
    Step::Committed,
    Step::FileSwitched,
];

/// Acme's backup with files, and copies of it.
struct Copying {
    person: Person,
    archive: String,
}

impl Copying {
    async fn new() -> Self {
        let mut person = Person::new().await;
        let shelf = Shelf::new(Kind::Folder, &mut person).await;
        for (name, content) in [("logo.svg", "<svg/>"), ("below/drawing", "a drawing")] {
            shelf.put(&person, name, content).await;
        }
        let made = person.done(&["create", "--company", "acme", "--files"]);
        let archive = made.out.lines().last().unwrap().to_owned();
        Self { person, archive }
    }

    fn arguments<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let from = ["new", "--from", &self.archive, "--name", name];
        [from.as_slice(), &["--files", "--yes"]].concat()
    }

    async fn ask(&self, sql: &str) -> String {
        self.person.database.value(sql).await.unwrap_or_default()
    }

    /// Makes sure that the company has every row and every file that Acme has, and nothing waits.
    async fn assert_whole(&self, name: &str) {
        let id = format!("SELECT id FROM public.company WHERE name = '{name}'");
        let id = self.ask(&id).await;
        for table in ["customer", "product", "order", "orderLine", "journal"] {
            let rows = async |company: &str| {
                let sql = format!(
                    "SELECT count(*) FROM public.\"{table}\" WHERE \"companyId\" = '{company}'"
                );
                self.ask(&sql).await
            };
            assert_eq!(rows(&id).await, rows("acme").await, "{table} of {name}");
        }
        let storage = self.person.home().join("storage/private");
        let files = files_below(&storage.join(&id));
        assert_eq!(files, files_below(&storage.join("acme")), "files of {name}");
        let waiting = files_below(&storage);
        let waiting: Vec<_> = waiting
            .iter()
            .filter(|path| path.contains(".snapback"))
            .collect();
        assert!(waiting.is_empty(), "{waiting:?}");
    }
}

/// The files in a folder and below, by their paths in it.
fn files_below(root: &Path) -> Vec<String> {
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path.strip_prefix(root).unwrap().display().to_string()),
            }
        }
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_company_killed_at_any_step_is_whole_or_not_there() {
    let copying = Copying::new().await;
    let (taken, said) = Stepped::begin(&copying.person, &copying.arguments("Acme Two"))
        .end()
        .await;
    assert_eq!(said.code, 0, "{}", said.all());
    copying.assert_whole("Acme Two").await;
    let mut steps: Vec<Step> = Vec::new();
    for step in taken {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let place = |wanted: Step| steps.iter().position(|step| *step == wanted).unwrap();
    for step in DANGEROUS {
        place(step);
    }
    let killed = steps
        .iter()
        .filter(|step| is_long() || DANGEROUS.contains(step));
    for step in killed.copied() {
        let name = format!("Acme killed at {}", step.word());
        let arguments = copying.arguments(&name);
        let before = copying.person.canary();
        let mut stepped = Stepped::begin(&copying.person, &arguments);
        let stop = stepped.until(step).await;
        stepped.kill().await;
        drop(stop);
        sessions_ended(&copying.person.database).await;
        let there = format!("SELECT count(*) FROM public.company WHERE name = '{name}'");
        let is_there = place(step) >= place(Step::Committed);
        assert_eq!(
            copying.ask(&there).await,
            u8::from(is_there).to_string(),
            "{name}"
        );
        if is_there {
            copying.person.done(&["review", "--company", &name]);
        } else {
            before.assert_same(&copying.person.canary());
            let again = copying.person.command(&arguments).output().unwrap();
            let again = Said::of(&arguments, again);
            assert_eq!(again.code, 0, "{}", again.all());
        }
        copying.assert_whole(&name).await;
    }
}
