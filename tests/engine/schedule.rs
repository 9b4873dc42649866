//! Schedules: when backups are due over two years of clocks, sleep and crashes, and which of them go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use snapback_engine::Code;
use snapback_engine::archive::{Kind, Summary};
use snapback_engine::library::{Content, Entry, Library};
use snapback_engine::model::{Company, CompanyId};
use snapback_engine::schedule::{
    Book, Due, Fate, Rhythm, Schedule, Standing, Whose, judge, protection,
};
use uuid::Uuid;

use crate::archive_sample as sample;

/// Zones with an hour, half an hour and no change of clocks, on both halves of the earth.
const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Every moment from `first` to `last` at which a clock on the wall, or one that nobody has set forward
/// yet, shows that time for the first time of its day: found by looking at it every half hour.
fn on_the_wall(zone: &TimeZone, time: Time, first: Timestamp, last: Timestamp) -> Vec<Timestamp> {
    let step = SignedDuration::from_mins(30);
    let mut found = Vec::new();
    let mut days = BTreeSet::new();
    let mut now = first - hours(48);
    // How far the last change set the clock forward, and until when one that was not set differs by that.
    let mut late = (SignedDuration::ZERO, first);
    while now <= last {
        let (wall, before) = (
            now.to_zoned(zone.clone()),
            (now - step).to_zoned(zone.clone()),
        );
        let forward = i64::from(wall.offset().seconds()) - i64::from(before.offset().seconds());
        if forward > 0 {
            let forward = SignedDuration::from_secs(forward);
            late = (forward, now + forward);
        }
        let unset = wall.datetime() - late.0;
        let is_time = wall.time() == time || (now < late.1 && unset.time() == time);
        if is_time && days.insert(wall.date()) && now >= first {
            found.push(now);
        }
        now += step;
    }
    found
}

#[test]
fn daily_backups_are_due_when_the_clock_on_the_wall_says_so_for_two_years() {
    let (first, last) = (at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z"));
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for time in ["02:00", "02:30", "00:00", "23:30"] {
            let rhythm: Rhythm = format!("daily@{time}").parse().unwrap();
            let wanted = on_the_wall(&zone, Time::strptime("%H:%M", time).unwrap(), first, last);
            let mut found = Vec::new();
            let mut now = first - SignedDuration::from_secs(1);
            loop {
                now = rhythm.next(&zone, now).unwrap();
                if now > last {
                    break;
                }
                found.push(now);
                assert_eq!(rhythm.last(&zone, now).unwrap(), now);
                let later = now + SignedDuration::from_mins(7);
                assert_eq!(rhythm.last(&zone, later).unwrap(), now);
            }
            let differs = found.iter().zip(&wanted).find(|(one, other)| one != other);
            assert_eq!(differs, None, "{name} {time}");
            assert_eq!(found.len(), wanted.len(), "{name} {time}");
        }
    }
}

#[test]
fn a_time_that_the_clocks_leave_out_comes_later_and_one_that_they_have_twice_comes_once() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let rhythm: Rhythm = "daily@02:30".parse().unwrap();
    let next = |now| rhythm.next(&berlin, at(now)).unwrap();
    assert_eq!(next("2026-03-28T12:00:00Z"), at("2026-03-29T01:30:00Z"));
    assert_eq!(next("2026-10-24T12:00:00Z"), at("2026-10-25T00:30:00Z"));
    assert_eq!(next("2026-10-25T00:30:00Z"), at("2026-10-26T01:30:00Z"));
}

#[test]
fn weekly_backups_come_on_their_day_and_hours_whatever_the_clocks_do() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let sunday: Rhythm = "sunday@03:00".parse().unwrap();
    let mut now = at("2026-01-01T00:00:00Z");
    for _ in 0..104 {
        let next = sunday.next(&zone, now).unwrap();
        let wall = next.to_zoned(zone.clone());
        assert_eq!(wall.strftime("%A %H:%M").to_string(), "Sunday 03:00");
        assert!(next.duration_since(now) <= sunday.longest_gap() + hours(72));
        now = next;
    }
    let five: Rhythm = "5h".parse().unwrap();
    let first = five.next(&zone, now).unwrap();
    assert_eq!(
        five.next(&zone, first).unwrap().duration_since(first),
        hours(5)
    );
}

#[test]
fn a_rhythm_is_read_as_it_is_written_and_nothing_else_is() {
    for text in [
        "1h",
        "6h",
        "168h",
        "daily@02:00",
        "sunday@23:59",
        "monday@00:00",
    ] {
        assert_eq!(text.parse::<Rhythm>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "h",
        "0h",
        "169h",
        "-1h",
        "daily",
        "daily@",
        "daily@24:00",
        "someday@02:00",
        "6",
        "daily@2",
    ] {
        let refused = text.parse::<Rhythm>().unwrap_err();
        assert_eq!(refused.code(), Code::Usage, "{text}");
    }
}

fn schedule(rhythm: &str, zone: &str, since: Timestamp) -> Schedule {
    Schedule {
        number: 0,
        whose: Whose::One {
            id: "acme".to_owned(),
            name: "Acme".to_owned(),
        },
        rhythm: rhythm.to_owned(),
        zone: zone.to_owned(),
        keep_days: 7,
        files: false,
        connection: None,
        database: "db:5432/erp".to_owned(),
        profile: None,
        since,
        handing: None,
    }
}

#[test]
fn what_was_handed_over_goes_when_its_days_are_over_but_for_the_newest_and_what_was_changed() {
    let (folder, library) = library();
    let begun: Timestamp = "2026-05-04T02:00:00Z".parse().unwrap();
    let day = |days: i64| begun + jiff::SignedDuration::from_hours(24 * days);
    let schedule = schedule("daily@02:00", "UTC", begun);
    let file = |number: i64| folder.path().join(format!("{number}.zip"));
    for number in 0..4 {
        std::fs::write(file(number), "rows").unwrap();
        let written = (file(number), 4);
        snapback_engine::schedule::note_handed(&library, &schedule, "acme", written, day(number))
            .unwrap();
    }
    std::fs::write(file(1), "somebody's own notes").unwrap();
    let remove = |now| snapback_engine::schedule::remove_handed(&library, now).unwrap();
    assert_eq!(remove(day(6)), Vec::<std::path::PathBuf>::new());
    assert_eq!(remove(day(7)), [file(0)]);
    // A year later: the changed one and the newest are there.
    assert_eq!(remove(day(365)), [file(2)]);
    assert_eq!(remove(day(366)), Vec::<std::path::PathBuf>::new());
    assert!(file(1).exists() && file(3).exists());
}

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::open(&folder.path().join("library")).unwrap();
    (folder, library)
}

/// A computer sleeps for minutes to weeks, and now and then it goes down while a backup is made.
#[test]
fn no_backup_is_passed_over_or_made_twice_in_two_years_of_sleep_and_crashes() {
    for (seed, rhythm) in ["6h", "daily@02:30", "sunday@03:00"]
        .into_iter()
        .enumerate()
    {
        let (_folder, library) = library();
        let mut random = ChaCha8Rng::seed_from_u64(seed as u64);
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let begun = at("2026-01-01T00:00:00Z");
        Book::open(&library)
            .unwrap()
            .add(schedule(rhythm, "Europe/Berlin", begun))
            .unwrap();
        let rhythm: Rhythm = rhythm.parse().unwrap();
        let mut made: Vec<Timestamp> = Vec::new();
        let mut now = begun;
        while now < at("2028-01-01T00:00:00Z") {
            let slept = match random.random_range(0..20) {
                0 => 60 * 24 * random.random_range(1..20),
                1..5 => 60 * random.random_range(1..30),
                _ => random.random_range(5..60 * 5),
            };
            now += SignedDuration::from_mins(slept);
            // Each time as a program that has just been started.
            let mut book = Book::open(&library).unwrap();
            let schedule = book.schedule(1).unwrap().clone();
            let due = book.due(&schedule, &["acme".to_owned()], now).unwrap();
            let last = rhythm.last(&zone, now).unwrap();
            let is_wanted = last > begun && made.last() != Some(&last);
            assert_eq!(due.len(), usize::from(is_wanted), "at {now}");
            for due in due {
                assert_eq!(due.moment, last);
                match random.random_range(0..10) {
                    0 => {}
                    1 => book.note_failed(&due, "connect_failed").unwrap(),
                    _ => {
                        made.push(due.moment);
                        book.note_done(&due, now).unwrap();
                    }
                }
            }
        }
        assert!(made.len() > 50, "{}", made.len());
        assert!(made.is_sorted_by(|one, next| one < next));
    }
}

#[test]
fn what_was_due_before_the_schedule_was_there_is_not_made_up_for() {
    let schedule = schedule("6h", "UTC", at("2026-05-01T05:00:00Z"));
    assert_eq!(
        schedule.due(None, at("2026-05-01T05:59:59Z")).unwrap(),
        None
    );
    let due = schedule.due(None, at("2026-05-01T06:00:00Z")).unwrap();
    assert_eq!(due, Some(at("2026-05-01T06:00:00Z")));
}

#[test]
fn a_clock_that_was_ahead_does_not_keep_backups_from_being_made() {
    let (_folder, library) = library();
    let mut book = Book::open(&library).unwrap();
    let schedule = book
        .add(schedule("6h", "UTC", at("2026-05-01T00:00:00Z")))
        .unwrap()
        .clone();
    let due = |moment| Due {
        schedule: 1,
        company: "acme".to_owned(),
        moment,
    };
    let ahead = at("2031-01-01T00:00:00Z");
    book.note_done(&due(ahead), ahead).unwrap();
    let now = at("2026-05-02T12:30:00Z");
    assert_eq!(
        book.due(&schedule, &["acme".to_owned()], now).unwrap(),
        [due(at("2026-05-02T12:00:00Z"))]
    );
    // Set back by minutes, it makes none twice.
    let noon = at("2026-05-02T12:00:00Z");
    book.note_done(&due(noon), noon).unwrap();
    let before = noon - SignedDuration::from_mins(2);
    assert_eq!(
        book.due(&schedule, &["acme".to_owned()], before).unwrap(),
        []
    );
}

#[test]
fn one_at_a_time_runs_what_is_due_in_a_library() {
    let (folder, library) = library();
    let held = Book::hold_runs(&library).unwrap().unwrap();
    let other = Library::open(&folder.path().join("library")).unwrap();
    assert!(Book::hold_runs(&other).unwrap().is_none());
    drop(held);
    // A program that another test is just starting has the open file for a moment longer.
    let begun = Instant::now();
    while Book::hold_runs(&other).unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(5), "nobody holds it");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_number_means_one_schedule_for_ever() {
    let (_folder, library) = library();
    let mut book = Book::open(&library).unwrap();
    let since = at("2026-05-01T00:00:00Z");
    for expected in 1..=2 {
        assert_eq!(
            book.add(schedule("6h", "UTC", since)).unwrap().number,
            expected
        );
    }
    let due = Due {
        schedule: 2,
        company: "acme".to_owned(),
        moment: since,
    };
    book.note_done(&due, since).unwrap();
    book.remove(2).unwrap();
    assert_eq!(book.remove(2).unwrap_err().code(), Code::NoSuchSchedule);
    let mut again = Book::open(&library).unwrap();
    assert_eq!(again.schedules().len(), 1);
    assert_eq!(again.add(schedule("6h", "UTC", since)).unwrap().number, 3);
    for wrong in [
        schedule("7x", "UTC", since),
        schedule("6h", "Nowhere/At_All", since),
    ] {
        assert_eq!(again.add(wrong).unwrap_err().code(), Code::Usage);
    }
    assert_eq!(Book::open(&library).unwrap().schedules().len(), 2);
}

fn entry(number: u128, company: &str, kind: Kind, snapshot_time: Timestamp) -> Entry {
    let manifest = sample::manifest(Vec::new());
    Entry {
        path: PathBuf::from(format!("/library/{number}.snapback")),
        size_bytes: 1_000,
        modified: None,
        given_name: None,
        content: Content::Complete(Box::new(Summary {
            tool_version: manifest.tool_version,
            id: Uuid::from_u128(number),
            kind,
            profile: manifest.profile,
            company: Company {
                id: CompanyId::new(company),
                name: company.to_owned(),
                group: None,
                alone_in_group: true,
            },
            schema_version: None,
            snapshot_time,
            label: None,
            made_by: manifest.made_by,
            base: None,
            base_state: None,
            encryption: Default::default(),
            row_count: 1,
            byte_count: 1,
            file_count: None,
        })),
    }
}

/// Two years of backups of two companies by three schedules and by hand; each day what goes is taken away.
#[test]
fn what_is_kept_is_what_somebody_would_say_who_looks_at_each_backup() {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut entries: Vec<Entry> = Vec::new();
    let mut standing = Standing::default();
    let (mut number, mut now) = (0, at("2026-01-01T00:00:00Z"));
    // All that was ever made: company, kind, days, when.
    let mut all: BTreeMap<Uuid, (&str, Kind, Option<u32>, Timestamp)> = BTreeMap::new();
    while now < at("2028-01-01T00:00:00Z") {
        for company in ["acme", "bolt"] {
            // Bolt stands still for months.
            let is_still = company == "bolt" && random.random_range(0..4) > 0;
            if is_still || (company == "bolt" && now > at("2026-09-01T00:00:00Z")) {
                continue;
            }
            number += 1;
            let id = Uuid::from_u128(number);
            let (kind, days) = match random.random_range(0..30) {
                0 => (Kind::Manual, None),
                1 => (Kind::Safety, None),
                2 => (Kind::Scheduled, None),
                3..8 => (Kind::Scheduled, Some(30)),
                8 => (Kind::Scheduled, Some(90)),
                _ => (Kind::Scheduled, Some(7)),
            };
            standing.keep_days.extend(days.map(|days| (id, days)));
            match random.random_range(0..60) {
                0 => drop(standing.pinned.insert(id)),
                1 => standing
                    .under_review
                    .push(PathBuf::from(format!("/library/{number}.snapback"))),
                _ => {}
            }
            entries.push(entry(number, company, kind, now));
            all.insert(id, (company, kind, days, now));
        }
        let judged = judge(std::mem::take(&mut entries), &standing, now);
        let stays = judged
            .into_iter()
            .filter(|one| !matches!(one.fate, Fate::Goes(_)));
        entries = stays.map(|one| one.entry).collect();
        let kept: BTreeSet<Uuid> = entries
            .iter()
            .map(|entry| entry.summary().unwrap().id)
            .collect();
        let not_safety = all.values().filter(|(_, kind, ..)| *kind != Kind::Safety);
        // Times only grow, so a later one of the same company takes the place of an earlier one.
        let newest: BTreeMap<&str, Timestamp> = not_safety
            .map(|(company, _, _, made)| (*company, *made))
            .collect();
        let wanted: BTreeSet<Uuid> = all
            .iter()
            .filter(|(id, (company, kind, days, made))| {
                let path = PathBuf::from(format!("/library/{}.snapback", id.as_u128()));
                let is_newest = *kind != Kind::Safety && newest.get(company) == Some(made);
                *kind != Kind::Scheduled
                    || standing.pinned.contains(*id)
                    || standing.under_review.contains(&path)
                    || days.is_none_or(|days| now < *made + hours(24 * i64::from(days)))
                    || is_newest
            })
            .map(|(id, _)| *id)
            .collect();
        assert_eq!(kept, wanted, "at {now}");
        now += hours(random.random_range(3..30));
    }
    // Bolt's last one is there after more than a year.
    let bolts = entries
        .iter()
        .filter(|entry| entry.summary().unwrap().company.name == "bolt");
    assert!(bolts.count() > 0);
}

#[test]
fn an_archive_that_cannot_be_read_never_goes_by_itself() {
    let mut broken = entry(1, "acme", Kind::Scheduled, at("2020-01-01T00:00:00Z"));
    broken.content = Content::Broken {
        code: Code::ArchiveDamaged,
        message: "It is damaged.".to_owned(),
    };
    let mut standing = Standing::default();
    standing.keep_days.insert(Uuid::from_u128(1), 1);
    let judged = judge(vec![broken], &standing, at("2026-01-01T00:00:00Z"));
    assert_eq!(judged[0].fate, Fate::Broken);
}

#[test]
fn a_safety_snapshot_goes_once_its_restore_was_kept_long_ago_and_another_one_came() {
    let made = at("2026-05-01T00:00:00Z");
    let old = entry(1, "acme", Kind::Safety, made);
    let newer = entry(2, "acme", Kind::Safety, at("2026-05-02T00:00:00Z"));
    let other = entry(3, "bolt", Kind::Safety, made);
    let unkept = entry(4, "acme", Kind::Safety, made);
    let mut standing = Standing::default();
    for number in [1, 2, 3] {
        standing.keep_days.insert(Uuid::from_u128(number), 30);
    }
    let fates = |now: &str| {
        let entries = vec![old.clone(), newer.clone(), other.clone(), unkept.clone()];
        let judged = judge(entries, &standing, at(now));
        judged.into_iter().map(|one| one.fate).collect::<Vec<_>>()
    };
    let over = at("2026-05-31T00:00:00Z");
    let later = at("2026-06-01T00:00:00Z");
    assert_eq!(
        fates("2026-05-30T00:00:00Z"),
        [
            Fate::Until(over),
            Fate::Until(later),
            Fate::Until(over),
            Fate::ByHand
        ]
    );
    assert_eq!(
        fates("2026-07-01T00:00:00Z"),
        [Fate::Goes(over), Fate::Newest, Fate::Newest, Fate::ByHand]
    );
}

#[test]
fn a_company_without_a_good_backup_for_longer_than_promised_is_overdue() {
    let (_folder, library) = library();
    let mut book = Book::open(&library).unwrap();
    let since = at("2026-05-01T00:00:00Z");
    book.add(schedule("6h", "UTC", since)).unwrap();
    let of = |book: &Book<'_>, entries: &[Entry], now: &str| {
        protection(book, entries, at(now)).unwrap().remove(0)
    };
    assert!(!of(&book, &[], "2026-05-01T06:59:00Z").is_overdue);
    assert!(of(&book, &[], "2026-05-01T07:01:00Z").is_overdue);
    let backup = entry(1, "acme", Kind::Scheduled, at("2026-05-01T06:00:00Z"));
    let safety = entry(2, "acme", Kind::Safety, at("2026-05-01T13:30:00Z"));
    let entries = [safety, backup];
    let found = of(&book, &entries, "2026-05-01T12:30:00Z");
    assert!(!found.is_overdue);
    assert_eq!((found.backup_count, found.total_bytes), (1, 2_000));
    assert_eq!(found.newest.unwrap().at, at("2026-05-01T06:00:00Z"));
    // A safety snapshot is no backup that a person can rely on.
    assert!(of(&book, &entries, "2026-05-01T13:31:00Z").is_overdue);
}

#[test]
fn pins_and_days_are_remembered_with_the_library() {
    let (folder, library) = library();
    let id = Uuid::from_u128(7);
    assert!(library.pin(id, true).unwrap());
    assert!(!library.pin(id, true).unwrap());
    let again = Library::open(&folder.path().join("library")).unwrap();
    assert!(again.pinned().unwrap().contains(&id));
    assert!(again.pin(id, false).unwrap());
    assert!(library.pinned().unwrap().is_empty());
    // Of an archive that this library has not made nothing is noted, so it never goes.
    library.note_kept_for(id, 7).unwrap();
    assert_eq!(library.kept_for(id).unwrap(), None);
}
