//! Backups in a second place.

use std::fs;

use snapback_testkit::S3Server;

use crate::person::{PRICES, Person, assert_words};

#[tokio::test]
async fn every_backup_is_copied_and_restored_from_there() {
    let person = Person::new().await;
    assert_words("place-none", &person.done(&["place", "list"]).all());
    let disk = person.home().join("disk");
    let place = disk.to_str().unwrap();
    let refused = person.run(&["place", "add", place]);
    assert_eq!(refused.code, 10, "{}", refused.all());
    fs::create_dir(&disk).unwrap();
    // Columns are as wide as the folder's name, which is another one each time.
    let at_home = |text: String| {
        let text = text.replace(&person.home().display().to_string(), "HOME");
        let lines = text.lines().map(|line| line.split_whitespace());
        lines
            .map(|words| words.collect::<Vec<_>>().join(" ") + "\n")
            .collect::<String>()
    };
    let added = person.done(&["place", "add", place]);
    assert_words("place-add", &at_home(added.all()));
    let backup = person.backup();
    let name = backup.rsplit('/').next().unwrap();
    let (code, status) = person.json(&["status"]);
    assert_eq!(
        (code, &status["places"][0]["waiting_count"]),
        (0, &1.into())
    );
    let synced = person.done(&["place", "sync"]);
    assert_words("place-sync", &at_home(synced.all()));
    let copy = disk.join(name);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&backup).unwrap());

    // The first disk is lost: the copy is looked into and restored from where it is, and comes home again.
    fs::remove_file(&backup).unwrap();
    person.database.run(PRICES).await;
    let there = format!("place:1/{name}");
    let rows = person.done(&["rows", &there, "product", "--limit", "1"]);
    assert!(rows.out.contains("P-1"), "{}", rows.all());
    person.done(&["diff", &there, "live", "--company", "acme"]);
    person.done(&["restore", &there, "--company", "acme", "--yes"]);
    let price = "SELECT price FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-1'";
    assert_eq!(person.database.value(price).await.unwrap(), "1.25");
    person.done(&["keep", "--company", "acme"]);
    assert!(
        !fs::exists(&backup).unwrap(),
        "it became none of the library's"
    );
    let spilled = fs::read_dir(person.library().join(".spool")).map_or(0, |left| {
        let folders = left.filter(|entry| entry.as_ref().unwrap().path().is_dir());
        folders.count()
    });
    assert_eq!(spilled, 0, "what was brought here is gone");
    // There nothing is changed, and what is named must be there and whole.
    for (arguments, code) in [
        (["delete", &there, "--yes"], 2),
        (["show", "place:1/no-such.snapback", "--json"], 10),
        (["show", "place:7/a.snapback", "--json"], 10),
        (["show", "place:here", "--json"], 2),
    ] {
        let refused = person.run(&arguments);
        assert_eq!(refused.code, code, "{}", refused.all());
    }
    let whole = fs::read(&copy).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() / 3;
    damaged[middle] ^= 0x55;
    fs::write(&copy, &damaged).unwrap();
    let refused = person.run(&["restore", &there, "--company", "acme", "--yes"]);
    assert_eq!(refused.code, 20, "{}", refused.all());
    fs::write(&copy, &whole).unwrap();
    let there = person.done(&["place", "list", "--there", "1"]);
    assert!(there.out.contains(name), "{}", there.all());
    person.done(&["place", "fetch", "1", name]);
    assert!(fs::exists(&backup).unwrap());

    // The second one is not connected for a week, and comes back.
    let away = person.home().join("away");
    fs::rename(&disk, &away).unwrap();
    person.backup_called("later");
    for _ in 0..2 {
        let failed = person.run(&["run-due"]);
        assert_eq!(failed.code, 3, "{}", failed.all());
    }
    let (code, status) = person.json(&["status"]);
    assert_eq!((code, &status["places"][0]["failures"]), (3, &2.into()));
    assert_eq!(status["places"][0]["last_failure"], "no_such_storage");
    fs::rename(&away, &disk).unwrap();
    let (code, due) = person.json(&["run-due"]);
    assert_eq!(
        (code, due["places"][0]["copied"].as_array().unwrap().len()),
        (0, 1)
    );
    let (code, status) = person.json(&["status"]);
    assert_eq!((code, &status["places"][0]["copied_count"]), (0, &2.into()));
    person.done(&["place", "remove", "1", "--yes"]);
    assert!(copy.exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_of_another_computer_is_reached_by_the_system_s_ssh() {
    use snapback_testkit::{HostKey, SshServer};

    let mut person = Person::new().await;
    let mut server = SshServer::start();
    let far = person.home().join("far away");
    let far = far.to_str().unwrap().replace(' ', "-");
    let place = format!("sftp://{}{far}", server.alias());
    let backup = person.backup();
    let name = backup.rsplit('/').next().unwrap();

    let stranger = server.client(HostKey::Unknown).display().to_string();
    person.says("SNAPBACK_SSH", &stranger);
    let (code, refused) = person.json(&["place", "add", &place]);
    assert_eq!((code, &refused["code"]), (12, &"unknown_host_key".into()));
    person.says("SNAPBACK_SSH", &server.stranger().display().to_string());
    let (code, refused) = person.json(&["place", "add", &place]);
    assert_eq!((code, &refused["code"]), (12, &"storage_refused".into()));
    let client = server.client(HostKey::Known).display().to_string();
    person.says("SNAPBACK_SSH", &client);
    let (code, refused) = person.json(&["place", "add", &place]);
    assert_eq!((code, &refused["code"]), (10, &"no_such_storage".into()));
    fs::create_dir(&far).unwrap();
    person.done(&["place", "add", &place]);
    person.done(&["place", "sync"]);
    let copy = std::path::Path::new(&far).join(name);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&backup).unwrap());
    assert_eq!(
        fs::read_dir(&far).unwrap().count(),
        1,
        "nothing is left over"
    );

    // It comes home again.
    fs::remove_file(&backup).unwrap();
    let there = person.done(&["place", "list", "--there", "1"]);
    assert!(there.out.contains(name), "{}", there.all());
    person.done(&["verify", &format!("place:1/{name}")]);
    person.done(&["place", "fetch", "1", name]);
    assert!(fs::exists(&backup).unwrap());
    assert_eq!(
        person
            .run(&["place", "fetch", "1", "no-such.snapback"])
            .code,
        10
    );

    // What is there under that name is left alone.
    let later = person.backup_called("later");
    let taken = std::path::Path::new(&far).join(later.rsplit('/').next().unwrap());
    fs::write(&taken, "another file").unwrap();
    let refused = person.run(&["place", "sync"]);
    assert_eq!(refused.code, 3, "{}", refused.all());
    assert!(
        refused.out.contains("archive_mismatch"),
        "{}",
        refused.all()
    );
    assert_eq!(fs::read(&taken).unwrap(), b"another file");

    // The network goes away, and comes back.
    fs::remove_file(&taken).unwrap();
    server.stop();
    let away = person.run(&["run-due"]);
    assert_eq!(away.code, 3, "{}", away.all());
    assert!(away.out.contains("storage_unreachable"), "{}", away.all());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_in_a_bucket_is_looked_into_and_restored_from_there() {
    let mut person = Person::new().await;
    let server = S3Server::start(&["backups"]).await;
    let place = format!("s3://backups/acme?endpoint={}&timeout=2", server.endpoint());
    let (code, refused) = person.json(&["place", "add", &place]);
    assert_eq!(
        (code, &refused["code"]),
        (12, &"storage_keys_needed".into()),
        "{refused}"
    );
    let keys = server.keys();
    person.says("AWS_ACCESS_KEY_ID", &keys.access_key_id);
    person.says("AWS_SECRET_ACCESS_KEY", &keys.secret_access_key);
    person.done(&["place", "add", &place]);
    let backup = person.backup();
    let name = backup.rsplit('/').next().unwrap();
    person.done(&["place", "sync"]);
    let copy = server.folder().join("backups/acme").join(name);
    assert_eq!(fs::read(&copy).unwrap(), fs::read(&backup).unwrap());

    // This computer's copy is lost.
    fs::remove_file(&backup).unwrap();
    person.database.run(PRICES).await;
    let there = format!("place:1/{name}");
    let listed = person.done(&["place", "list", "--there", "1"]);
    assert!(listed.out.contains(name), "{}", listed.all());
    let rows = person.done(&["rows", &there, "product", "--limit", "1"]);
    assert!(rows.out.contains("P-1"), "{}", rows.all());
    let changed = person.done(&["diff", &there, "live", "--company", "acme"]);
    assert!(changed.out.contains("changed"), "{}", changed.all());
    person.done(&["restore", &there, "--company", "acme", "--yes"]);
    let price = "SELECT price FROM public.product WHERE \"companyId\" = 'acme' AND code = 'P-1'";
    assert_eq!(person.database.value(price).await.unwrap(), "1.25");
    assert!(
        !fs::exists(&backup).unwrap(),
        "it became none of the library's"
    );

    // A copy that was damaged there is told from a whole one, and a service that does not answer from both.
    let mut damaged = fs::read(&copy).unwrap();
    let middle = damaged.len() / 3;
    damaged[middle] ^= 0x55;
    fs::write(&copy, &damaged).unwrap();
    let (code, refused) = person.json(&["verify", &there]);
    assert_eq!(code, 20, "{refused}");
    server.stop();
    let (_, refused) = person.json(&["verify", &there]);
    assert_eq!(refused["code"], "storage_unreachable", "{refused}");
}
