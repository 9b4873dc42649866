//! Uploaded files on the command line.

use std::fs;

use crate::person::{Person, assert_words};

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
