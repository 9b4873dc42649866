//! The tour that `make run` gives where there is no display, on a demo of its own.

use std::path::Path;

use crate::person::{Said, home, program};

/// Stops the demo, however the test ends.
struct Down<'a>(&'a Path);

impl Drop for Down<'_> {
    fn drop(&mut self) {
        drop(program(self.0).args(["demo", "down"]).output());
    }
}

#[test]
fn the_tour_does_the_main_job_from_end_to_end() {
    let home = home();
    let run = |arguments: &[&str]| {
        let output = program(home.path()).args(arguments).output().unwrap();
        Said::of(arguments, output)
    };
    assert!(run(&["demo", "status"]).out.contains("absent"));
    let down = Down(home.path());
    let tour = run(&["tour"]);
    assert_eq!(tour.code, 0, "{}", tour.all());
    let steps: Vec<&str> = tour
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("$ snapback "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    let expected = [
        "demo",
        "companies",
        "contents",
        "create",
        "list",
        "show",
        "verify",
        "demo",
        "restore",
        "restore",
        "review",
        "revert",
        "restore",
        "keep",
        "diff",
    ];
    assert_eq!(steps, expected);
    assert!(tour.out.contains("Nothing differs."), "{}", tour.all());

    let url = run(&["demo", "url"]);
    assert!(url.out.starts_with("postgres://"), "{}", url.err);
    let reset = run(&["demo", "reset", "--scale", "0.2"]);
    assert_eq!(reset.code, 21, "{}", reset.all());
    drop(down);
    let status = run(&["demo", "status", "--json"]).document();
    assert_eq!(status["server"], "down");
}
