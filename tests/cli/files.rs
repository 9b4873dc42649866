//! Uploaded files on the command line.

use std::fs;

use crate::person::{Person, Said, assert_words};

/// A person whose storage is a plain folder with two files of Acme and one of Bolt.
async fn with_files() -> (Person, String) {
    let person = Person::new().await;
    let folder = person.home().join("storage/private");
    for (name, content) in [
        ("acme/drawings/bracket.txt", "a bracket\n"),
        ("acme/logo.svg", "<svg/>\n"),
        ("bolt/secret.txt", "bolt's own\n"),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let url = format!("file://{}", person.home().join("storage").display());
    (person, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_files_is_made_shown_and_verified() {
    let (person, storage) = with_files().await;
    let arguments = [
        "create",
        "--company",
        "acme",
        "--files",
        "--storage",
        &storage,
    ];
    let made = person.done(&arguments);
    let archive = made.out.lines().last().unwrap();
    assert!(made.out.contains("and 2 files in"), "{}", made.out);
    let shown = person.done(&["show", archive, "--details"]);
    for line in [
        "2 files, 17 B",
        "private/acme/drawings/bracket.txt",
        "private/acme/logo.svg",
    ] {
        assert!(shown.out.contains(line), "{line}: {}", shown.out);
    }
    assert!(!shown.out.contains("bolt/secret"));
    let verified = person.done(&["verify", archive]);
    assert!(verified.out.contains("and 2 files"), "{}", verified.out);
    let (code, document) = person.json(&["show", archive]);
    assert_eq!((code, &document["file_count"]), (0, &2.into()));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_carried_is_listed_and_the_exit_code_says_so() {
    let (person, storage) = with_files().await;
    let acme = person.home().join("storage/private/acme");
    std::os::unix::fs::symlink("/etc/hostname", acme.join("link")).unwrap();
    fs::write(acme.join("odd:name"), "x").unwrap();
    let arguments = [
        "create",
        "--company",
        "acme",
        "--files",
        "--storage",
        &storage,
    ];
    let said = person.run(&arguments);
    assert_eq!(said.code, 3, "{}", said.all());
    for name in [
        "private/acme/link is a link",
        "private/acme/odd:name is not carried",
    ] {
        assert!(said.out.contains(name), "{name}: {}", said.all());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_is_not_there_or_has_no_bucket_is_told() {
    let person = Person::new().await;
    let empty = format!("file://{}", person.home().display());
    let said = person.run(&[
        "create",
        "--company",
        "acme",
        "--files",
        "--storage",
        &empty,
    ]);
    assert_eq!(said.code, 10, "{}", said.all());
    assert!(said.err.contains("no_such_bucket"), "{}", said.err);
    let said = person.run(&[
        "create",
        "--company",
        "acme",
        "--files",
        "--storage",
        "file:///no/such/folder",
    ]);
    assert_eq!(said.code, 10);
    assert_words("error-no-storage", &said.all());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_says_in_plain_words_what_may_be_done_and_what_the_storage_has() {
    let (person, storage) = with_files().await;
    assert_words("test-with-storage", &person.done(&["test"]).all());
    let (code, document) = person.json(&["test"]);
    assert_eq!((code, &document["storage"]["file_count"]), (0, &2.into()));
    fs::remove_dir_all(storage.trim_start_matches("file://")).unwrap();
    let said = person.run(&["test", "--storage", &storage]);
    assert_eq!(said.code, 3, "{}", said.all());
    assert_words("test-without-its-storage", &said.all());
}

/// A command whose files may not become longer than that many kilobytes, as on a disk that is full.
#[cfg(target_os = "linux")]
fn cramped(person: &Person, kilobytes: u32, arguments: &[&str]) -> Said {
    let command = person.command(arguments);
    let mut shell = std::process::Command::new("bash");
    let limit = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$@\"");
    shell.args(["-c", &limit, "bash"]);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let output = shell.current_dir(person.home()).output().unwrap();
    Said::of(arguments, output)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn where_the_disk_is_full_nothing_is_changed_and_nothing_is_left() {
    let (person, _) = with_files().await;
    let large = person.home().join("storage/private/acme/large.bin");
    // What cannot be pressed together.
    let mut state = 7_u64;
    let content: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(12 << 20)
    .collect();
    fs::write(&large, &content).unwrap();
    let create = ["create", "--company", "acme", "--files"];
    let said = cramped(&person, 4 << 10, &create);
    assert_eq!(said.code, 1, "{}", said.all());
    assert!(said.err.contains("disk_full"), "{}", said.all());
    let archives = || fs::read_dir(person.library()).unwrap().flatten();
    let is_left = |name: &str| name.ends_with(".snapback") || name.ends_with(".partial");
    let left = archives().filter(|entry| is_left(&entry.file_name().to_string_lossy()));
    assert_eq!(left.count(), 0);

    // A storage that is full while files are put aside.
    let made = person.done(&create);
    let archive = made.out.lines().last().unwrap();
    fs::write(&large, "written over").unwrap();
    let restore = ["restore", archive, "--company", "acme", "--files", "--yes"];
    let said = cramped(&person, 4 << 10, &restore);
    assert_eq!(said.code, 1, "{}", said.all());
    assert!(said.err.contains("storage_full"), "{}", said.all());
    assert_eq!(fs::read(&large).unwrap(), b"written over");
    assert!(!large.with_file_name(".snapback").exists());
    person.done(&restore);
    assert!(fs::read(&large).unwrap() == content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_company_gets_its_files_where_it_is_asked_for() {
    let (mut person, storage) = with_files().await;
    person.says("SNAPBACK_STORAGE", &storage);
    let made = person.done(&["create", "--company", "acme", "--files"]);
    let archive = made.out.lines().last().unwrap();
    let new = ["new", "--from", archive, "--name", "Acme Two", "--yes"];
    let shown = person.done(&[new.as_slice(), &["--dry-run"]].concat());
    let left = "Uploaded files: 2 in the backup are not copied.";
    assert!(shown.out.contains(left), "{}", shown.out);
    let with_files = [new.as_slice(), &["--files"]].concat();
    let profile = person.home().join("workshop.toml");
    let safe = fs::read_to_string(&profile).unwrap()
        + "\n[new-company.safe-copy]\nharmless-files = [\"drawings/\"]\n";
    fs::write(&profile, safe).unwrap();
    // One for tests is a safe copy, and has those files alone that tell of nobody.
    let test = [with_files.as_slice(), &["--dry-run", "--kind", "test"]].concat();
    let shown = person.done(&test);
    for line in [
        "A safe copy: addresses of outside parties are replaced, their names stay (--mask-names).",
        "Uploaded files: 1 of 2 come along, 10 B.",
        "1 of the uploaded files are not in a safe copy: nobody can look through them for addresses.",
    ] {
        assert!(shown.out.contains(line), "{line}: {}", shown.all());
    }
    let shown = person.done(&[test.as_slice(), &["--no-safe-copy"]].concat());
    for line in [
        "No safe copy: addresses of outside parties stay",
        "2 of 2 come along",
    ] {
        assert!(shown.out.contains(line), "{line}: {}", shown.all());
    }
    for (arguments, why) in [
        (
            ["--mask-names"].as_slice(),
            "Names are replaced in safe copies alone",
        ),
        (
            &["--safe-copy", "--mask-names"],
            "does not say which columns hold names",
        ),
    ] {
        let refused = person.run(&[new.as_slice(), arguments].concat());
        assert_eq!(refused.code, 2, "{}", refused.all());
        assert!(refused.err.contains(why), "{}", refused.all());
    }
    let said = Said::of(&with_files, person.command(&with_files).output().unwrap());
    for line in [
        "Uploaded files: 2 of 2 come along, 17 B.",
        "2 uploaded files are copied, 17 B.",
    ] {
        assert!(said.out.contains(line), "{line}: {}", said.all());
    }
}
