//! A person who is asked: `script` gives the command a terminal.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::person::{DAMAGE, PRICES, Person, Said};

/// Runs a command at a terminal and types that.
fn typed(person: &Person, arguments: &[&str], typed: &str) -> Said {
    typed_into(person.command(arguments), typed)
}

/// Runs a program at a terminal, in its folder and with its environment, and types that.
pub(crate) fn typed_into(command: Command, typed: &str) -> Said {
    let words: Vec<String> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut at_terminal = Command::new("script");
    at_terminal
        .args(["--quiet", "--return", "--echo", "never", "--command"])
        .arg(words.join(" "))
        .arg("/dev/null");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => at_terminal.env(name, value),
            None => at_terminal.env_remove(name),
        };
    }
    let mut running = at_terminal
        .current_dir(command.get_current_dir().unwrap())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = running.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    let ended = running.wait_with_output().unwrap();
    drop(stdin);
    Said::of(&[&words.join(" ")], ended)
}

#[tokio::test]
async fn where_rows_go_the_companys_name_is_asked_for() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(DAMAGE).await;
    let restore = ["restore", &archive, "--company", "acme"];
    let made_since = "SELECT count(*) FROM public.customer WHERE id = 'acme-new'";
    for wrong in ["y\n", "acme\n", "\n"] {
        let said = typed(&person, &restore, wrong);
        assert_eq!(said.code, 21, "{}", said.all());
        assert!(
            said.out.contains("Type the company's name"),
            "{}",
            said.all()
        );
        assert_eq!(
            person.database.value(made_since).await.as_deref(),
            Some("1")
        );
    }
    let said = typed(&person, &restore, "Acme Metals\n");
    assert_eq!(said.code, 0, "{}", said.all());
    assert_eq!(
        person.database.value(made_since).await.as_deref(),
        Some("0")
    );
}

#[tokio::test]
async fn where_nothing_is_lost_a_yes_is_enough() {
    let person = Person::new().await;
    let archive = person.backup();
    person.database.run(PRICES).await;
    let restore = ["restore", &archive, "--company", "acme"];
    let said = typed(&person, &restore, "n\n");
    assert_eq!(said.code, 21, "{}", said.all());
    let said = typed(&person, &restore, "y\n");
    assert_eq!(said.code, 0, "{}", said.all());
    let said = typed(&person, &["revert", "--company", "acme"], "y\n");
    assert_eq!(said.code, 0, "{}", said.all());
}
