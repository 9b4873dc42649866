use uuid::Uuid;

use super::switch::switch;
use super::{Move, Storage, forget_closed};
use crate::archive::Problem;
use crate::company::Opened;
use crate::reporter::Reporter;
use crate::uploads::{self, FileRows, problem};
use crate::{Code, Result};

/// Switches what a commit has written down and looks whether rows and files fit; whatever does not, as
/// problems: the restore itself holds.
pub(in crate::restore) async fn settle_work(
    opened: &mut Opened,
    storage: &Storage,
    (work, moves): (Uuid, &[Move]),
    reporter: &dyn Reporter,
) -> Vec<Problem> {
    let store = storage.store.as_ref();
    let mut problems = match switch(&mut opened.session, store, work, reporter).await {
        Ok(problems) => problems,
        Err(error) => return vec![unfinished(error.code())],
    };
    if let Err(error) = forget_closed(&mut opened.session, work).await {
        problems.push(unfinished(error.code()));
    }
    match misfits(opened, storage, moves).await {
        Ok(found) => problems.extend(found),
        Err(error) => problems.push(problem(
            "file_rows_unknown",
            format!(
                "Whether rows and files fit could not be looked at ({}).",
                error.code()
            ),
        )),
    }
    problems
}

fn unfinished(code: Code) -> Problem {
    problem(
        "files_not_switched",
        format!(
            "The rows are in place, and not every file is in its place yet ({code}). Looking at the review goes on with it, from any computer (`snapback review --storage URL`)."
        ),
    )
}

/// Where the rows that list files say something else of a file that was switched: a service that writes
/// them itself has done so by now.
async fn misfits(opened: &mut Opened, storage: &Storage, moves: &[Move]) -> Result<Vec<Problem>> {
    let mut session = crate::pg::Session::open(&opened.settings).await?;
    session.set_company(opened.company()).await?;
    let rows = FileRows::read(&mut session, opened, &storage.places).await?;
    session.close().await;
    let found = uploads::find(storage.store.as_ref(), &storage.places, &rows).await?;
    let mut problems = found.problems;
    let names: Vec<String> = moves
        .iter()
        .map(|planned| planned.name.to_string())
        .collect();
    problems.retain(|found| {
        names
            .iter()
            .any(|name| found.message.starts_with(&format!("{name} ")))
    });
    Ok(problems)
}
