//! Plans, differences and archives as text for people.

use snapback_wire::{
    ArchiveDetails, ArchiveKind, AreaChanges, ChangeKind, Counts, Effect, FileChange, FileChanges,
    FilesReport, Finding, MissingRight, OriginCounts, Plan, PlanRights, RestoreRights, RowChange,
    RowOrigin, RowPage, SignOut, SignedOut, Verdict,
};

use crate::format::{Align, Table, cell, count, number, size, time, value};
use crate::output::printable;

pub(crate) fn kind_word(kind: ArchiveKind) -> &'static str {
    match kind {
        ArchiveKind::Manual => "backup",
        ArchiveKind::Scheduled => "scheduled",
        ArchiveKind::Safety => "safety snapshot",
        ArchiveKind::Template => "template",
    }
}

pub(crate) fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ready => "Ready",
        Verdict::RestorableWithChanges => "Restorable with changes",
        Verdict::NotRestorable => "Not restorable",
        Verdict::Incomplete => "Incomplete",
    }
}

/// What is said about an archive that others may have made.
pub(crate) fn origin(made_here: bool) -> &'static str {
    if made_here {
        ""
    } else {
        "This library did not make it: the hashes say that it is whole, and not who made it.\n"
    }
}

/// The verbs of a table of changes.
pub(crate) struct Heads {
    pub(crate) added: &'static str,
    pub(crate) changed: &'static str,
    pub(crate) removed: &'static str,
}

/// What a restore does with rows.
pub(crate) const RESTORING: Heads = Heads {
    added: "come back",
    changed: "change",
    removed: "go",
};

/// What lies between two states.
pub(crate) const COMPARING: Heads = Heads {
    added: "added",
    changed: "changed",
    removed: "removed",
};

/// Areas alone, and the total.
pub(crate) fn changes_by_area(areas: &[AreaChanges], totals: Counts, heads: &Heads) -> String {
    let bare: Vec<AreaChanges> = areas
        .iter()
        .filter(|area| area.counts.differing() > 0)
        .map(|area| AreaChanges {
            tables: Vec::new(),
            ..area.clone()
        })
        .collect();
    changes(&bare, totals, heads)
}

/// Areas with their tables, and the total.
pub(crate) fn changes(areas: &[AreaChanges], totals: Counts, heads: &Heads) -> String {
    let mut table = Table::new(&[
        Align::Left,
        Align::Right,
        Align::Right,
        Align::Right,
        Align::Left,
    ]);
    table.row(["", heads.added, heads.changed, heads.removed, ""]);
    let row = |table: &mut Table, name: &str, counts: Counts, note: &str| {
        let Counts {
            added,
            changed,
            removed,
            same: _,
        } = counts;
        table.row([name, &cell(added), &cell(changed), &cell(removed), note]);
    };
    for area in areas {
        row(&mut table, &area.title, area.counts, "");
        for of_area in &area.tables {
            let note = match of_area.origins {
                _ if !of_area.is_written => "(stays as it is)".to_owned(),
                Some(counts) => origins(counts),
                None => String::new(),
            };
            let label = format!("  {}", of_area.label);
            row(&mut table, &label, of_area.counts, &note);
        }
    }
    row(&mut table, "Total", totals, "");
    table.lines()
}

/// Why rows of a table are among those that are taken back: `1 picked, 3 belong to them`.
fn origins(counts: OriginCounts) -> String {
    let OriginCounts {
        picked,
        belonging,
        needed,
    } = counts;
    let told = [
        (picked, "picked"),
        (belonging, "belonging"),
        (needed, "needed"),
    ];
    let told = told.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, word)| format!("{} {word}", number(*count)))
        .collect();
    told.join(", ")
}

/// The verdict, what would change by area, and what a person should know.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = format!("{}\n", verdict_words(plan.verdict));
    if plan.areas.is_empty() {
        text.push_str("Nothing differs: the company is as the backup has it.\n");
    } else {
        text.push('\n');
        text.push_str(&changes(&plan.areas, plan.totals, &RESTORING));
    }
    if let Some(found) = &plan.files {
        text.push_str(&files(found));
    }
    text.push_str(&findings(&plan.findings));
    text.push_str(&rights(&plan.rights));
    text
}

/// The most files that are listed by name.
const FILES_LISTED: usize = 50;

/// Uploaded files that would change, by name.
fn files(found: &FileChanges) -> String {
    let FileChanges {
        added,
        changed,
        removed,
        same,
        byte_count,
        files,
        written_since,
    } = found;
    let mut text = format!(
        "\nFiles: {} come back, {} change, {} go, {} stay as they are; {} to move\n",
        number(*added),
        number(*changed),
        number(*removed),
        number(*same),
        size(*byte_count)
    );
    text.push_str(&files_listed(
        files,
        ["  comes back", "  changes", "  goes"],
    ));
    for name in written_since {
        text.push_str(&format!(
            "  written to since the restore: {}\n",
            printable(name)
        ));
    }
    text
}

/// The first of those files, by what becomes of them: in words for one that comes back, changes and goes.
fn files_listed(files: &[FileChange], [comes, changes, goes]: [&str; 3]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right]);
    for file in files.iter().take(FILES_LISTED) {
        let what = match file.kind {
            ChangeKind::Added => comes,
            ChangeKind::Changed => changes,
            ChangeKind::Removed => goes,
        };
        table.row([what, &file.name, &size(file.byte_count)]);
    }
    let mut text = table.lines();
    if files.len() > FILES_LISTED {
        let more = (files.len() - FILES_LISTED) as u64;
        text.push_str(&format!("  and {} more\n", number(more)));
    }
    text
}

/// Uploaded files that a restore has changed, by name.
pub(crate) fn files_changed(found: &FileChanges) -> String {
    let FileChanges {
        added,
        changed,
        removed,
        same: _,
        byte_count: _,
        files,
        written_since: _,
    } = found;
    format!(
        "\nFiles: {} came back, {} changed, {} went\n",
        number(*added),
        number(*changed),
        number(*removed)
    ) + &files_listed(files, ["  came back", "  changed", "  went"])
}

/// What became of uploaded files.
pub(crate) fn files_done(report: &FilesReport) -> String {
    let FilesReport {
        added,
        changed,
        removed,
        same,
        byte_count,
        problems,
    } = report;
    let mut text = format!(
        "\nFiles: {} came back, {} changed, {} went, {} stayed as they were; {} moved\n",
        number(*added),
        number(*changed),
        number(*removed),
        number(*same),
        size(*byte_count)
    );
    for problem in problems {
        text.push_str(&format!("problem: {}\n", printable(&problem.message)));
    }
    text
}

/// Whose sessions end, and whose stay.
pub(crate) fn sign_out(found: &SignOut, heading: &str) -> String {
    let SignOut {
        session_count,
        person_count,
        staying,
        staying_count,
        token_minutes,
    } = found;
    let mut text = format!(
        "\n{heading}: {} of {}, who belong to this company alone.\n",
        count(*session_count, "session", "sessions"),
        count(*person_count, "person", "people"),
    );
    if *staying_count > 0 {
        let mut names = printable(&staying.join(", "));
        let more = staying_count.saturating_sub(staying.len() as u64);
        if more > 0 {
            names.push_str(&format!(" and {} more", number(more)));
        }
        text.push_str(&format!(
            "  stay signed in, belonging to other companies too: {names}\n"
        ));
    }
    text.push_str(&format!(
        "  access tokens that were handed out before are good for up to {} more\n",
        count(*token_minutes, "minute", "minutes")
    ));
    text
}

/// Whose sessions were ended, where that was asked for.
pub(crate) fn signed_out(ended: Option<&SignedOut>) -> String {
    match ended {
        None => String::new(),
        Some(SignedOut {
            sessions,
            failure: None,
        }) => sign_out(sessions, "Signed out"),
        Some(SignedOut {
            failure: Some(code),
            ..
        }) => format!(
            "\nproblem: Nobody was signed out ({code}); the restore holds all the same. End the sessions in the application.\n"
        ),
    }
}

/// By which rights it would be written, or what is missing for that.
pub(crate) fn rights(rights: &PlanRights) -> String {
    let PlanRights {
        role,
        path,
        missing,
    } = rights;
    let role = printable(role);
    let way = match path {
        RestoreRights::Superuser => "as superuser; triggers are silent meanwhile",
        RestoreRights::ReplicaRole => {
            "with session_replication_role; triggers are silent meanwhile"
        }
        RestoreRights::PlainOwner => {
            "as owner of the tables; their triggers are disabled by name and set back"
        }
        RestoreRights::Not { .. } => "cannot restore this",
    };
    let mut text = format!("\nRole {role}: {way}.\n");
    for MissingRight { what, remedy } in missing {
        text.push_str(&format!("  missing    {}\n", printable(what)));
        text.push_str(&format!("             {}\n", printable(remedy)));
    }
    text
}

/// What a person should know, gravest first.
pub(crate) fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let mut text = "\nWhat to know:\n".to_owned();
    for finding in findings {
        let Finding {
            effect,
            code: _,
            area: _,
            table: _,
            label,
            column,
            row_count,
            reason,
        } = finding;
        let about = [label.clone(), column.clone()];
        let mut about = about.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if let Some(row_count) = row_count {
            about = format!("{about} ({})", count(*row_count, "row", "rows"));
        }
        text.push_str(&format!(
            "  {:<9}  {}: {}\n",
            effect_word(*effect),
            printable(about.trim()),
            printable(reason)
        ));
    }
    text
}

fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Noted => "note",
        Effect::Defaulted => "default",
        Effect::Discarded => "left out",
        Effect::Lost => "lost",
        Effect::Blocked => "blocked",
    }
}

/// Rows of tables, with old and new values.
pub(crate) fn pages(pages: &[RowPage]) -> String {
    pages.iter().map(page).collect()
}

fn page(page: &RowPage) -> String {
    let mut text = format!(
        "\n{} ({})\n",
        printable(&page.label),
        printable(&page.table)
    );
    for change in &page.rows {
        text.push_str(&row(change));
    }
    let left = page
        .total
        .saturating_sub(page.offset + page.rows.len() as u64);
    if left > 0 {
        text.push_str(&format!("  ... and {} more (--limit)\n", number(left)));
    }
    text
}

fn row(change: &RowChange) -> String {
    let mark = match change.kind {
        ChangeKind::Added => '+',
        ChangeKind::Changed => '~',
        ChangeKind::Removed => '-',
    };
    let shown = |value_of: &Option<String>| value_of.as_deref().map_or("NULL".to_owned(), value);
    let key = change
        .key
        .iter()
        .map(|part| format!("{} {}", printable(&part.column), shown(&part.value)))
        .collect::<Vec<_>>()
        .join(", ");
    let origin = match change.origin {
        Some(RowOrigin::Picked) => "  picked",
        Some(RowOrigin::Belonging) => "  belonging",
        Some(RowOrigin::Needed) => "  needed",
        None => "",
    };
    let mut text = match (&change.name, key.is_empty()) {
        (Some(name), false) => format!("  {mark} {}  [{key}]{origin}\n", value(name)),
        (Some(name), true) => format!("  {mark} {}{origin}\n", value(name)),
        (None, _) => format!("  {mark} [{key}]{origin}\n"),
    };
    if change.kind == ChangeKind::Changed {
        for field in &change.fields {
            let (old, new) = (shown(&field.old), shown(&field.new));
            text.push_str(&format!(
                "      {}: {old} -> {new}\n",
                printable(&field.label)
            ));
        }
    }
    text
}

/// `3 rows came back, 12 changed, 1 went`
pub(crate) fn done(totals: Counts) -> String {
    let Counts {
        added,
        changed,
        removed,
        same: _,
    } = totals;
    format!(
        "{} came back, {} changed, {} went",
        count(added, "row", "rows"),
        number(changed),
        number(removed)
    )
}

/// What an archive says about itself.
pub(crate) fn archive_text(archive: &ArchiveDetails, details: bool) -> String {
    let mut facts = Table::new(&[Align::Left, Align::Left]);
    let by = format!("{} on {}", archive.made_by.os_user, archive.made_by.host);
    let company = format!("{} ({})", archive.company.name, archive.company.id);
    facts.row(["Company", &company]);
    facts.row(["Made", &time(&archive.made_at)]);
    facts.row(["By", &by]);
    facts.row(["Kind", kind_word(archive.kind)]);
    if let Some(label) = &archive.label {
        facts.row(["Label", label]);
    }
    facts.row(["Profile", &archive.profile]);
    if let Some(version) = &archive.schema_version {
        facts.row(["Schema", version]);
    }
    let server = format!("PostgreSQL {}", server_version(&archive.server_version));
    facts.row(["Server", &server]);
    let format = format!(
        "version {}, written by Snapback {}",
        archive.format_version, archive.tool_version
    );
    facts.row(["Format", &format]);
    facts.row(["Id", &archive.id]);
    facts.row(["File", &archive.path]);
    let sizes = format!(
        "{} ({} of rows)",
        size(archive.size_bytes),
        size(archive.byte_count)
    );
    facts.row(["Size", &sizes]);
    let mut text = facts.lines();
    text.push_str(origin(archive.made_here));
    text.push('\n');
    text.push_str(&archive_areas(archive, details));
    text.push_str(&archive_gaps(archive, details));
    text
}

/// The number that the server gives as its version, as people write it.
fn server_version(number: &str) -> String {
    match number.parse::<u32>() {
        Ok(number) if number >= 100_000 => format!("{}.{}", number / 10_000, number % 10_000),
        _ => number.to_owned(),
    }
}

/// An area as `--only` takes it.
pub(crate) fn area_name(short: &str) -> String {
    match short {
        "" => String::new(),
        short => format!("area:{short}"),
    }
}

fn archive_areas(archive: &ArchiveDetails, details: bool) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right]);
    for area in &archive.areas {
        let name = area_name(&area.name);
        table.row([&area.title, &name, &number(area.row_count)]);
        for of_area in area.tables.iter().filter(|_| details) {
            let label = format!("  {}", of_area.label);
            table.row([&label, "", &cell(of_area.row_count)]);
        }
    }
    table.row(["Total", "", &number(archive.row_count)]);
    table.lines() + &archive_files(archive, details)
}

/// The uploaded files inside, where they were asked for.
fn archive_files(archive: &ArchiveDetails, details: bool) -> String {
    let Some(file_count) = archive.file_count else {
        return String::new();
    };
    let byte_count = archive.files.iter().map(|file| file.byte_count).sum();
    let mut text = format!(
        "\n{}, {}",
        count(file_count, "file", "files"),
        size(byte_count)
    );
    if archive.known_file_count > 0 {
        let others = count(archive.known_file_count, "other", "others");
        text.push_str(&format!(
            "; files in part: of {others} it knows what they were"
        ));
    }
    text.push('\n');
    let mut table = Table::new(&[Align::Left, Align::Right]);
    for file in archive.files.iter().filter(|_| details) {
        table.row([
            &format!("  {}/{}", file.bucket, file.key),
            &size(file.byte_count),
        ]);
    }
    text + &table.lines()
}

/// What is not in the archive, and what went wrong.
fn archive_gaps(archive: &ArchiveDetails, details: bool) -> String {
    let secret: u64 = archive
        .secret_columns
        .iter()
        .map(|of_table| of_table.columns.len() as u64)
        .sum();
    let mut text = format!(
        "\nLeft out: {}, {}\n",
        count(archive.excluded.len() as u64, "table", "tables"),
        count(secret, "secret column", "secret columns"),
    );
    if details {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        for left in &archive.excluded {
            let rows = left.row_count.map(cell).unwrap_or_default();
            table.row([&format!("  {}", left.label), &rows, &left.because]);
        }
        text.push_str(&table.lines());
    }
    for skipped in &archive.skipped_rows {
        text.push_str(&format!(
            "Not carried: {} of {}: {}\n",
            count(skipped.row_count, "row", "rows"),
            printable(&skipped.label),
            printable(&skipped.because)
        ));
    }
    for problem in &archive.problems {
        text.push_str(&format!("Problem: {}\n", printable(&problem.message)));
    }
    text
}
