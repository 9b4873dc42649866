//! How long a start takes: a measurement for `make bench`, not a test.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use thirtyfour::prelude::*;

use crate::driven::{App, Computer};

const STARTS: usize = 5;

#[tokio::test]
#[ignore = "a measurement, made by `make bench` on the released app"]
#[allow(
    clippy::print_stdout,
    reason = "a measurement is there to be read by a person"
)]
async fn how_long_a_warm_start_takes() {
    let computer = Computer::with_demo().await.drawing_as_usual();
    // The first start begins the demo's server, which stays.
    let first = computer.start().await;
    noted(&first, "usable").await.unwrap();
    first.close().await;

    let (mut painted, mut usable) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let app = computer.start().await;
        let began = computer.app_began_at().as_secs_f64() * 1000.0;
        painted.push(noted(&app, "first-contentful-paint").await.unwrap() - began);
        usable.push(noted(&app, "usable").await.unwrap() - began);
        app.close().await;
    }
    println!("start to first paint  {:6.0} ms", median(painted));
    println!("start to usable       {:6.0} ms", median(usable));
}

/// When the page noted that, in milliseconds since 1970. What it has not noted yet is waited for.
async fn noted(app: &App<'_>, name: &str) -> WebDriverResult<f64> {
    let script = "
        const [found] = performance.getEntriesByName(arguments[0]);
        return found ? performance.timeOrigin + found.startTime : null;";
    let begun = Instant::now();
    loop {
        let found = app.execute(script, vec![name.into()]).await;
        if let Ok(Value::Number(moment)) = found {
            return Ok(moment.as_f64().unwrap());
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the page never notes {name}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

impl Computer {
    /// When the app that runs on this computer began, since 1970.
    fn app_began_at(&self) -> Duration {
        let mine = format!("HOME={}", self.home().display());
        let process = fs::read_dir("/proc")
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|process| {
                let is_app = fs::read_to_string(process.join("comm"))
                    .is_ok_and(|name| name.starts_with("snapback-deskt"));
                let environment = fs::read(process.join("environ")).unwrap_or_default();
                is_app && String::from_utf8_lossy(&environment).contains(&mine)
            })
            .expect("the app runs");
        let stat = fs::read_to_string(process.join("stat")).unwrap();
        // After the name in brackets; the 22nd field of all is the start in hundredths of a second.
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap()..].split(' ').collect();
        let began = Duration::from_millis(10 * fields[20].parse::<u64>().unwrap());
        let uptime = fs::read_to_string("/proc/uptime").unwrap();
        let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
        let ago = Duration::from_secs_f64(uptime).saturating_sub(began);
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - ago
    }
}
