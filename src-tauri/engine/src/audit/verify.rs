use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::trail::{Trail, TrailEnd};
use crate::Result;

/// The most faults that are listed.
const MOST_FAULTS: usize = 100;

/// What is wrong with a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The line of that place was changed since it was written, or cannot be read.
    Edited {
        /// Its place, from 1.
        line: u64,
    },
    /// The line of that place does not follow the one before: something was taken out, put in or moved there.
    NotFollowing {
        /// Its place, from 1.
        line: u64,
    },
    /// It ends before the number that it is known to have had.
    CutOff {
        /// The number of the last line that is there.
        last: u64,
        /// The number that is known.
        known: u64,
    },
    /// The line of that number is another than the one that is known: the trail was written anew.
    Rewritten {
        /// The number.
        number: u64,
    },
    /// A trail of this person at this computer that the database knows of is not there.
    Gone {
        /// That trail.
        trail: Uuid,
        /// How many lines it had.
        known: u64,
    },
}

/// What a trail was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many lines it has.
    pub entry_count: u64,
    /// When its first line was written.
    pub first_at: Option<Timestamp>,
    /// When its last line was written.
    pub last_at: Option<Timestamp>,
    /// What is wrong, the first hundred.
    pub faults: Vec<Fault>,
    /// How many there are.
    pub fault_count: u64,
}

impl Trail {
    /// Reads every line and looks whether it is as it was written, and follows the one before. `ends` are those that the
    /// database knows of this person's trails at this computer.
    ///
    /// # Errors
    /// `local_file`.
    pub fn verify(&self, ends: &[TrailEnd]) -> Result<Verification> {
        let beside = self.end()?;
        let mut wanted: BTreeMap<u64, Option<String>> = BTreeMap::new();
        for end in ends.iter().chain(&beside) {
            wanted.insert(end.number, None);
        }
        let mut faults = Vec::new();
        let (mut place, mut number, mut previous) = (0, 0, String::new());
        let (mut first_at, mut last_at, mut trail) = (None, None, None);
        self.each_line(|line| {
            place += 1;
            let entry = line.entry().filter(|_| line.is_as_written());
            match &entry {
                None => faults.push(Fault::Edited { line: place }),
                Some(entry) => {
                    let is_same_trail = trail.is_none_or(|trail| trail == entry.trail);
                    if entry.number != number + 1 || entry.previous != previous || !is_same_trail {
                        faults.push(Fault::NotFollowing { line: place });
                    }
                    trail = Some(entry.trail);
                    first_at = first_at.or(Some(entry.at));
                    last_at = Some(entry.at);
                }
            }
            number = entry.map_or(number + 1, |entry| entry.number);
            previous = line.hash();
            if let Some(found) = wanted.get_mut(&number) {
                *found = Some(previous.clone());
            }
        })?;
        let trail = trail.or(beside.as_ref().map(|end| end.trail));
        for end in ends.iter().chain(&beside) {
            let fault = match wanted.get(&end.number) {
                _ if Some(end.trail) != trail => Fault::Gone {
                    trail: end.trail,
                    known: end.number,
                },
                Some(Some(hash)) if *hash == end.hash => continue,
                Some(Some(_)) => Fault::Rewritten { number: end.number },
                _ if end.number > number => Fault::CutOff {
                    last: number,
                    known: end.number,
                },
                // Taken out of the middle, which is a fault of its own.
                _ => continue,
            };
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        let fault_count = faults.len() as u64;
        faults.truncate(MOST_FAULTS);
        Ok(Verification {
            entry_count: place,
            first_at,
            last_at,
            faults,
            fault_count,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::audit::{Action, Deed};
    use crate::company::Actor;

    fn deed(company: &str) -> Deed {
        let actor = Actor {
            os_user: "ana".to_owned(),
            host: "desk".to_owned(),
            app_user: None,
        };
        Deed {
            company: Some(company.to_owned()),
            ..Deed::of(&actor, "snapback 0.1.0", Action::Create)
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// A trail of six lines with its folder, and what the database knows of it after each.
    fn six() -> (tempfile::TempDir, Trail, Vec<TrailEnd>) {
        let home = tempfile::tempdir().unwrap();
        let trail = Trail::at(home.path().join("audit"));
        let ends = (0..6)
            .map(|number| {
                trail
                    .append(deed(&format!("c{number}")), at(number))
                    .unwrap()
            })
            .collect();
        (home, trail, ends)
    }

    fn faults(trail: &Trail, ends: &[TrailEnd]) -> Vec<Fault> {
        trail.verify(ends).unwrap().faults
    }

    #[test]
    fn a_trail_that_nobody_touched_is_whole() {
        let (_home, trail, ends) = six();
        for known in [&[][..], &ends[2..3], &ends[5..]] {
            let found = trail.verify(known).unwrap();
            assert_eq!((found.entry_count, found.faults), (6, vec![]));
            assert_eq!((found.first_at, found.last_at), (Some(at(0)), Some(at(5))));
        }
        let none = Trail::at("/nonexistent/audit").verify(&[]).unwrap();
        assert_eq!((none.entry_count, none.faults), (0, vec![]));
    }

    #[test]
    fn every_changed_byte_is_found() {
        let (_home, trail, ends) = six();
        let whole = fs::read(trail.path()).unwrap();
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            fs::write(trail.path(), &changed).unwrap();
            assert_ne!(faults(&trail, &[]), [], "byte {place}");
            assert_ne!(faults(&trail, &ends[5..]), [], "byte {place}");
        }
    }

    #[test]
    fn a_line_that_was_taken_out_put_in_or_moved_is_found() {
        let (_home, trail, _) = six();
        let whole = fs::read_to_string(trail.path()).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        let write = |lines: &[&str]| fs::write(trail.path(), lines.join("\n") + "\n").unwrap();
        for gone in 0..5 {
            let mut left = lines.clone();
            left.remove(gone);
            write(&left);
            let fault = Fault::NotFollowing {
                line: gone as u64 + 1,
            };
            assert_eq!(faults(&trail, &[])[0], fault);
        }
        let mut twice = lines.clone();
        twice.insert(3, lines[3]);
        write(&twice);
        assert_eq!(faults(&trail, &[])[0], Fault::NotFollowing { line: 5 });
        let mut moved = lines.clone();
        moved.swap(1, 2);
        write(&moved);
        assert_eq!(faults(&trail, &[])[0], Fault::NotFollowing { line: 2 });
    }

    #[test]
    fn an_edit_with_every_hash_made_anew_is_found_by_what_the_database_knows() {
        let (home, trail, ends) = six();
        let forged = Trail::at(home.path().join("forged"));
        fs::create_dir(home.path().join("forged")).unwrap();
        let beside = home.path().join("audit/audit-end.json");
        // The same trail's id, another story.
        fs::copy(&beside, home.path().join("forged/audit-end.json")).unwrap();
        for number in 0..6 {
            forged.append(deed("another"), at(number)).unwrap();
        }
        assert_eq!(faults(&forged, &[]), []);
        assert_eq!(
            faults(&forged, &ends[5..]),
            [Fault::Rewritten { number: 6 }]
        );
        assert_eq!(faults(&trail, &ends[5..]), []);
    }

    #[test]
    fn a_cut_end_is_found_at_every_length() {
        let (home, trail, ends) = six();
        let whole = fs::read(trail.path()).unwrap();
        let beside = home.path().join("audit/audit-end.json");
        let end = fs::read(&beside).unwrap();
        for length in 0..whole.len() {
            fs::write(&beside, &end).unwrap();
            fs::write(trail.path(), &whole[..length]).unwrap();
            assert_ne!(faults(&trail, &[]), [], "cut at {length}");
            // Whoever cuts it there, too, is told by the database.
            fs::remove_file(&beside).unwrap();
            assert_ne!(faults(&trail, &ends[5..]), [], "cut at {length}");
        }
        fs::write(&beside, &end).unwrap();
        // And whoever goes on after the cut.
        let lines = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let (third, _) = lines.clone().nth(2).unwrap();
        fs::write(trail.path(), &whole[..=third]).unwrap();
        trail.append(deed("later"), at(9)).unwrap();
        assert_eq!(
            faults(&trail, &ends[5..]),
            [Fault::CutOff { last: 4, known: 6 }]
        );
        fs::remove_dir_all(home.path().join("audit")).unwrap();
        trail.append(deed("later"), at(9)).unwrap();
        assert!(matches!(
            faults(&trail, &ends[5..])[..],
            [Fault::Gone { known: 6, .. }]
        ));
    }

    #[test]
    fn a_line_whose_writing_was_cut_off_by_a_kill_goes_when_the_next_is_written() {
        let (_home, trail, ends) = six();
        let whole = fs::read(trail.path()).unwrap();
        let cut = [&whole[..], b"0123 {\"numb"].concat();
        fs::write(trail.path(), cut).unwrap();
        assert_eq!(faults(&trail, &[]), [Fault::Edited { line: 7 }]);
        let next = trail.append(deed("later"), at(9)).unwrap();
        assert_eq!((next.number, next.trail), (7, ends[5].trail));
        assert_eq!(faults(&trail, std::slice::from_ref(&next)), []);
        // One that is known to have been whole does not go.
        let whole = fs::read(trail.path()).unwrap();
        fs::write(trail.path(), &whole[..whole.len() - 20]).unwrap();
        trail.append(deed("last"), at(10)).unwrap();
        assert!(faults(&trail, &[]).contains(&Fault::Edited { line: 7 }));
    }

    #[test]
    fn many_writers_make_one_chain_that_only_its_owner_reads() {
        let (home, trail, _) = six();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let trail = trail.clone();
                scope.spawn(move || {
                    for _ in 0..5 {
                        trail.append(deed(&format!("w{writer}")), at(20)).unwrap();
                    }
                });
            }
        });
        let found = trail.verify(&[]).unwrap();
        assert_eq!((found.entry_count, found.faults), (26, vec![]));
        #[cfg(unix)]
        for path in [home.path().join("audit"), trail.path()] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o077, 0);
        }
        assert!(home.path().exists());
    }

    #[test]
    fn what_may_be_a_connection_string_is_left_out_and_texts_are_bounded() {
        let (_home, trail, _) = six();
        trail
            .append(deed("postgres://ana:secret@db/app"), at(7))
            .unwrap();
        trail.append(deed(&"x".repeat(100_000)), at(8)).unwrap();
        let text = fs::read_to_string(trail.path()).unwrap();
        assert!(!text.contains("secret"));
        assert!(text.len() < 6_000);
        assert_eq!(faults(&trail, &[]), []);
    }
}
