//! Who may import whom, read from the sources and from cargo's own graph.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The engine's modules, each with those that it may name. Everything may name itself.
const ENGINE: &[(&str, &[&str])] = &[
    ("model", &["error", "cancel", "reporter"]),
    ("error", &["model", "cancel", "reporter"]),
    ("cancel", &["model", "error", "reporter"]),
    ("reporter", &["model", "error", "cancel"]),
    ("rows", &["model", "error", "cancel"]),
    ("scope", &["model", "error"]),
    ("rekey", &["model", "error", "rows", "scope"]),
    ("profile", &["model", "error", "cancel"]),
    ("pg", &["model", "error", "cancel"]),
    ("catalog", &["model", "error", "cancel", "pg"]),
    ("archive", &["model", "error", "cancel", "reporter", "rows"]),
    (
        "library",
        &["model", "error", "cancel", "reporter", "archive"],
    ),
    ("schedule", &["model", "error", "archive", "library"]),
    (
        "company",
        &[
            "model", "error", "cancel", "scope", "profile", "pg", "catalog", "archive",
        ],
    ),
    ("files", &["model", "error", "cancel"]),
    (
        "difference",
        &[
            "model", "error", "cancel", "reporter", "rows", "scope", "pg", "archive",
        ],
    ),
    (
        "inspect",
        &[
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "profile",
            "archive",
            "library",
            "difference",
        ],
    ),
    (
        "closure",
        &[
            "model",
            "error",
            "cancel",
            "rows",
            "scope",
            "pg",
            "company",
            "difference",
        ],
    ),
    (
        "uploads",
        &[
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "pg",
            "archive",
            "company",
            "files",
            "difference",
        ],
    ),
    (
        "details",
        &[
            "model",
            "error",
            "cancel",
            "rows",
            "profile",
            "pg",
            "company",
            "difference",
        ],
    ),
    (
        "snapshot",
        &[
            "closure",
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "scope",
            "company",
            "profile",
            "pg",
            "catalog",
            "archive",
            "library",
            "files",
            "uploads",
            "company",
            "difference",
        ],
    ),
    (
        "restore",
        &[
            "closure",
            "inspect",
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "scope",
            "company",
            "profile",
            "pg",
            "catalog",
            "archive",
            "library",
            "files",
            "uploads",
            "company",
            "difference",
        ],
    ),
    (
        "export",
        &[
            "model", "error", "cancel", "reporter", "rows", "profile", "archive", "files",
            "library", "company", "snapshot",
        ],
    ),
    (
        "places",
        &[
            "model", "error", "cancel", "reporter", "archive", "library", "files",
        ],
    ),
    (
        "proof",
        &[
            "model", "error", "cancel", "reporter", "rows", "pg", "archive", "library", "files",
            "uploads",
        ],
    ),
    (
        "carbon_archive",
        &[
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "scope",
            "profile",
            "pg",
            "archive",
            "library",
            "company",
            "difference",
            "snapshot",
        ],
    ),
    (
        "alerts",
        &[
            "model", "error", "archive", "library", "schedule", "places", "proof",
        ],
    ),
    (
        "audit",
        &["model", "error", "pg", "library", "company", "restore"],
    ),
    (
        "new_company",
        &[
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "scope",
            "rekey",
            "profile",
            "pg",
            "catalog",
            "archive",
            "files",
            "company",
            "difference",
            "closure",
            "restore",
        ],
    ),
    (
        "template",
        &[
            "model",
            "error",
            "cancel",
            "reporter",
            "rows",
            "rekey",
            "archive",
            "library",
            "company",
            "snapshot",
            "new_company",
        ],
    ),
    (
        "doctor",
        &[
            "model",
            "error",
            "cancel",
            "reporter",
            "scope",
            "profile",
            "pg",
            "company",
            "library",
            "difference",
            "closure",
            "restore",
        ],
    ),
];

/// Crates that a module of the engine may not name, beside what its row above says.
const FOREIGN: &[(&str, &[&str])] = &[
    ("model", &["sqlx", "tokio", "tar", "zstd"]),
    ("error", &["sqlx", "tokio", "tar", "zstd"]),
    ("scope", &["sqlx", "tokio", "tar", "zstd"]),
    ("profile", &["sqlx", "tokio", "tar", "zstd"]),
    ("rekey", &["sqlx", "tokio", "tar", "zstd"]),
    ("archive", &["sqlx"]),
    ("files", &["sqlx"]),
    ("library", &["sqlx"]),
    ("inspect", &["sqlx", "tokio"]),
];

fn top() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with one of the extensions, sorted, with its text.
fn sources(folder: &Path, extensions: &[&str]) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "node_modules" && name != "target" {
                    folders.push(path);
                }
            } else if extensions.iter().any(|extension| name.ends_with(extension)) {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path, text);
            }
        }
    }
    found
}

/// The text without line comments: a sentence about another module is no import of it.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.find("//").map_or(line, |at| &line[..at]))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names that directly follow `path::` in `code`: one, or those at the top of a braced group.
fn names_after(code: &str, path: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(path) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':' || c == '$') {
            continue;
        }
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(group_names(group)),
            None => names.extend(leading_name(rest)),
        }
    }
    names
}

fn group_names(group: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' => {
                names.extend(leading_name(&group[start..at]));
                break;
            }
            ',' if depth == 0 => {
                names.extend(leading_name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> Option<String> {
    let name: String = text
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The module that a name at the crate's root stands for, re-exports included.
fn module_of(name: &str) -> &str {
    match name {
        "Error" | "Code" | "Result" => "error",
        "CancelToken" | "Outcome" => "cancel",
        module => module,
    }
}

#[test]
fn engine_modules_import_only_what_the_table_allows() {
    let folder = top().join("src-tauri/engine/src");
    let mut wrong = Vec::new();
    for (path, text) in sources(&folder, &[".rs"]) {
        let below = path.strip_prefix(&folder).unwrap();
        let parts: Vec<_> = below
            .iter()
            .map(|part| part.to_string_lossy().replace(".rs", ""))
            .collect();
        if parts == ["lib"] {
            continue;
        }
        let module = parts[0].as_str();
        let Some((_, allowed)) = ENGINE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!(
                "{}: module {module} has no row in the table",
                below.display()
            ));
            continue;
        };
        let code = without_comments(&text);
        let depth = parts.iter().filter(|part| *part != "mod").count();
        let mut names = names_after(&code, "crate::");
        names.extend(names_after(&code, &"super::".repeat(depth)));
        for name in names {
            let imported = module_of(&name);
            let known = ENGINE.iter().any(|(other, _)| *other == imported);
            if known && imported != module && !allowed.contains(&imported) {
                wrong.push(format!(
                    "{}: {module} may not import {imported}",
                    below.display()
                ));
            }
        }
        let foreign = FOREIGN
            .iter()
            .find(|(name, _)| *name == module)
            .map_or(&[][..], |row| row.1);
        for name in foreign
            .iter()
            .filter(|name| !names_after_crate(&code, name).is_empty())
        {
            wrong.push(format!(
                "{}: {module} may not use the crate {name}",
                below.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn names_after_crate(code: &str, name: &str) -> BTreeSet<String> {
    names_after(code, &format!("{name}::"))
}

#[test]
fn only_the_shell_names_tauri() {
    let rust = top().join("src-tauri");
    let shell = [rust.join("src"), rust.join("build.rs")];
    let wrong: Vec<_> = sources(&rust, &[".rs", "Cargo.toml"])
        .into_iter()
        .filter(|(path, _)| !shell.iter().any(|allowed| path.starts_with(allowed)))
        .filter(|(path, text)| {
            if path.ends_with("Cargo.toml") {
                text.lines().any(|line| line.starts_with("tauri"))
            } else {
                let code = without_comments(text);
                !names_after(&code, "tauri::").is_empty() || code.contains("use tauri")
            }
        })
        .map(|(path, _)| path)
        .collect();
    assert!(wrong.is_empty(), "these name tauri: {wrong:?}");
}

#[test]
fn only_one_file_of_the_ui_names_tauri() {
    let ui = top().join("ui/src");
    let wrong: Vec<_> = sources(&ui, &[".ts", ".svelte", ".js"])
        .into_iter()
        .filter(|(path, text)| {
            text.contains("@tauri-apps") && *path != ui.join("lib/backend/tauri.ts")
        })
        .map(|(path, _)| path)
        .collect();
    assert!(wrong.is_empty(), "these name @tauri-apps: {wrong:?}");
}

#[test]
fn the_shell_holds_no_sql_and_no_archive_code() {
    let folder = top().join("src-tauri/src");
    let wrong: Vec<_> = sources(&folder, &[".rs"])
        .into_iter()
        .filter(|(_, text)| {
            let code = without_comments(text);
            ["sqlx", "tar", "zstd"]
                .iter()
                .any(|name| !names_after_crate(&code, name).is_empty())
        })
        .map(|(path, _)| path)
        .collect();
    assert!(wrong.is_empty(), "these do the engine's work: {wrong:?}");
}

/// The names of all crates that `package` links.
fn linked(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(top())
        .args([
            "tree",
            "--offline",
            "--locked",
            "--edges",
            "normal",
            "--prefix",
            "none",
        ])
        .args(["--format", "{p}", "--package", package])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

fn assert_links_none(package: &str, banned: &[&str]) {
    let linked = linked(package);
    assert!(
        linked.contains(package),
        "the tree of {package} was not read"
    );
    let wrong: Vec<_> = linked
        .iter()
        .filter(|name| banned.iter().any(|banned| name.starts_with(banned)))
        .collect();
    assert!(wrong.is_empty(), "{package} links {wrong:?}");
}

#[test]
fn the_engine_links_no_window_no_arguments_and_no_typescript() {
    assert_links_none(
        "snapback-engine",
        &["tauri", "clap", "ts-rs", "gtk", "webkit2gtk"],
    );
}

#[test]
fn the_command_line_links_no_window() {
    assert_links_none(
        "snapback-cli",
        &["tauri", "gtk", "gdk", "webkit2gtk", "wry", "tao"],
    );
}

#[test]
fn the_contract_links_no_window_and_no_arguments() {
    assert_links_none("snapback-wire", &["tauri", "clap"]);
}

#[test]
fn imports_are_read_from_groups_and_from_paths_inside_code() {
    let code =
        "use crate::{pg::{Session, quote}, Error, model::TableName};\nlet x = crate::scope::Scope;";
    let names = names_after(code, "crate::");
    assert_eq!(
        names.into_iter().collect::<Vec<_>>(),
        ["Error", "model", "pg", "scope"]
    );
}
