//! That people are told when backups fail, once, and once more when it is over.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::person::{Person, assert_words};

/// A server of this computer that takes everything and remembers it.
struct Sink {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    fn new(answer: fn(TcpStream) -> std::io::Result<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = Arc::clone(&heard);
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if let Ok(said) = answer(stream) {
                    ear.lock().unwrap().push(said);
                }
            }
        });
        Self { port, heard }
    }

    /// What was heard since the last time.
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

/// Takes one request: its first line and its content.
fn http(stream: TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let line = line.trim().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut content = vec![0; length];
    reader.read_exact(&mut content)?;
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    reader.get_mut().write_all(answer)?;
    Ok(format!("{first}{}", String::from_utf8_lossy(&content)))
}

/// Takes one letter without any protection, and whatever else is said.
fn smtp(stream: TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    reader.get_mut().write_all(b"220 sink\r\n")?;
    let (mut said, mut is_letter) = (String::new(), false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(said);
        }
        said.push_str(&line);
        let answer: &[u8] = match (is_letter, line.trim_end()) {
            (true, ".") => {
                is_letter = false;
                b"250 taken\r\n"
            }
            (true, _) => continue,
            (false, "DATA") => {
                is_letter = true;
                b"354 go on\r\n"
            }
            (false, "QUIT") => b"221 bye\r\n",
            (false, _) => b"250 fine\r\n",
        };
        reader.get_mut().write_all(answer)?;
    }
}

/// A document without the line of the request before it.
fn document(said: &str) -> Value {
    serde_json::from_str(said.split_once('\n').unwrap().1).unwrap()
}

fn keys(document: &Value, part: &str) -> Vec<String> {
    let alerts = document[part].as_array().unwrap().iter();
    let key = |alert: &Value| alert["key"].as_str().or(alert.as_str()).unwrap().to_owned();
    alerts.map(key).collect()
}

#[tokio::test]
async fn a_failure_is_told_once_to_everybody_and_once_more_when_it_is_over() {
    let mut person = Person::new().await;
    person.says("NO_PROXY", "127.0.0.1");
    assert_words("alert-none", &person.done(&["alert", "list"]).all());
    let (hook, check, post) = (Sink::new(http), Sink::new(http), Sink::new(smtp));
    let hook_at = format!("http://127.0.0.1:{}/hook/secret", hook.port);
    let check_at = format!("ping+http://127.0.0.1:{}/check/secret", check.port);
    let post_at = format!(
        "smtp://127.0.0.1:{}?from=snapback@example.com&to=it@example.com,boss@example.com",
        post.port
    );
    for address in [&hook_at, &check_at, &post_at] {
        let added = person.done(&["alert", "add", address]);
        assert!(!added.out.contains("secret"), "{}", added.all());
    }
    assert_words("alert-list", &person.done(&["alert", "list"]).all());
    assert_eq!(person.run(&["alert", "add", &hook_at]).code, 2);
    person.done(&["alert", "test"]);
    assert_eq!(document(&hook.heard()[0])["is_test"], true);
    assert!(check.heard()[0].starts_with("GET /check/secret HTTP"));
    let letter = post.heard().concat();
    for part in [
        "RCPT TO:<it@example.com>",
        "RCPT TO:<boss@example.com>",
        "Subject: Snapback on ",
        "alerts arrive here",
    ] {
        assert!(letter.contains(part), "{part} in {letter}");
    }

    // All is well: only the check is asked.
    person.done(&["run-due"]);
    assert_eq!(
        (hook.heard().len(), check.heard().len(), post.heard().len()),
        (0, 1, 0)
    );

    // The disk of the second place is not there: said once, however often it fails.
    person.backup();
    let disk = person.home().join("disk");
    std::fs::create_dir(&disk).unwrap();
    person.done(&["place", "add", disk.to_str().unwrap()]);
    std::fs::remove_dir(&disk).unwrap();
    let failed = person.run(&["run-due"]);
    assert_eq!(failed.code, 3, "{}", failed.all());
    assert!(!failed.all().contains("secret"), "{}", failed.all());
    person.run(&["run-due"]);
    let told = hook.heard();
    assert_eq!(told.len(), 1, "{told:?}");
    let told = document(&told[0]);
    assert_eq!(keys(&told, "begun").len(), 1);
    assert_eq!(told["begun"][0]["kind"], "place_behind");
    let checks = check.heard();
    assert!(
        checks
            .iter()
            .all(|said| said.starts_with("POST /check/secret/fail "))
    );
    assert_eq!(checks.len(), 2);
    assert_eq!(post.heard().concat().matches("Subject:").count(), 1);
    let (code, status) = person.json(&["status"]);
    assert_eq!(
        (code, &status["channels"][0]["standing_count"]),
        (3, &1.into())
    );
    assert_eq!(status["alerts"][0]["kind"], "place_behind");

    // It is there again.
    std::fs::create_dir(&disk).unwrap();
    person.done(&["run-due"]);
    person.done(&["run-due"]);
    let told = hook.heard();
    assert_eq!(told.len(), 1, "{told:?}");
    let told = document(&told[0]);
    assert_eq!(
        (&told["is_well"], keys(&told, "ended").len()),
        (&true.into(), 1)
    );
    assert!(
        check
            .heard()
            .iter()
            .all(|said| said.starts_with("GET /check/secret "))
    );
    assert_eq!(
        post.heard().concat().matches("all is well again").count(),
        1
    );
    person.done(&["alert", "remove", "1", "--yes"]);
    assert_eq!(person.run(&["alert", "test", "1"]).code, 10);
}

#[tokio::test]
async fn a_channel_that_does_not_answer_is_tried_again_and_no_password_goes_in_the_clear() {
    let mut person = Person::new().await;
    person.says("NO_PROXY", "127.0.0.1");
    person.says("SNAPBACK_SMTP_PASSWORD", "open sesame");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let hook_at = format!("http://127.0.0.1:{port}/hook/secret");
    let post = Sink::new(smtp);
    let post_at = format!(
        "smtp://me@127.0.0.1:{}?from=a@example.com&to=b@example.com",
        post.port
    );
    person.done(&["alert", "add", &hook_at]);
    person.done(&["alert", "add", &post_at]);
    let refused = person.run(&["alert", "test", "1"]);
    assert_words("error-send-failed", &refused.all());
    // The server offers no TLS, and gets no password.
    let refused = person.run(&["alert", "test", "2"]);
    assert_eq!(refused.code, 1, "{}", refused.all());
    let heard = post.heard().concat();
    assert!(
        !heard.contains("AUTH") && !heard.contains("DATA"),
        "{heard}"
    );

    person.done(&[
        "schedule",
        "add",
        "--company",
        "acme",
        "--every",
        "6h",
        "--zone",
        "UTC",
    ]);
    let schedules = person.library().join("state/schedules.json");
    let mut written: Value = serde_json::from_slice(&std::fs::read(&schedules).unwrap()).unwrap();
    written[0]["since"] = "2025-01-01T00:00:00Z".into();
    std::fs::write(&schedules, written.to_string()).unwrap();
    let database = person.database.url();
    person.says("SNAPBACK_DATABASE_URL", &format!("{database}_not_there"));
    let (code, due) = person.json(&["run-due"]);
    assert_eq!(
        (code, &due["alerts"][0]["error"]["code"]),
        (3, &"send_failed".into())
    );
    let (_, channels) = person.json(&["alert", "list"]);
    assert_eq!(channels["channels"][0]["failures"], 1);
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let listening = std::thread::spawn(move || http(listener.accept().unwrap().0).unwrap());
    person.run(&["run-due"]);
    let told = document(&listening.join().unwrap());
    let mut begun = keys(&told, "begun");
    begun.sort();
    assert_eq!(begun, ["failed:acme", "overdue:acme"]);
    let (_, channels) = person.json(&["alert", "list"]);
    assert_eq!(channels["channels"][0]["last_failure"], Value::Null);
    assert_eq!(
        person
            .run(&["alert", "add", "http://example.com/secret"])
            .code,
        2
    );
}
