//! `test`: what the connection may do, and what its storage holds.

use snapback_engine::{company, uploads};
use snapback_host::profiles;
use snapback_wire::{FoundApplication, RestoreRights, StorageFound, Survey, WireError};

use super::Ending;
use crate::context::Context;
use crate::failure::Result;
use crate::format::{count, size};
use crate::output::printable;

pub(super) async fn run(context: &Context) -> Result<Ending> {
    let settings = context.settings().await?;
    let (profiles, acting_as) = (
        profiles::candidates(context.profile_name()?.as_deref())?,
        context.acting_as()?,
    );
    let found = company::survey(&settings, &profiles, acting_as.as_deref());
    let found = Box::pin(context.stoppable(found)).await?;
    let mut survey = Survey::from(&found);
    if let Some((address, _)) = context.storage_address()? {
        survey.storage = Some(match context.store().await {
            Ok(store) => {
                let target = found.target(&settings, &profiles, acting_as.as_deref());
                let looked = uploads::survey(target.as_ref(), store.as_ref()).await;
                StorageFound::new(address.to_string(), looked)
            }
            Err(failure) => StorageFound::failed(address.to_string(), *failure.error),
        });
    }
    context.show(&survey, || text(&survey));
    Ok(if problems(&survey) {
        Ending::WithProblems
    } else {
        Ending::Done
    })
}

/// Whether there is something that cannot be done.
fn problems(survey: &Survey) -> bool {
    let storage = survey.storage.as_ref();
    let application = survey.application.as_ref();
    application.is_none_or(|found| found.may_back_up == Some(false))
        || storage.is_some_and(|storage| storage.problem.is_some())
}

fn text(survey: &Survey) -> String {
    let Survey {
        server_version,
        role,
        tls_version,
        is_read_only,
        application,
        storage,
    } = survey;
    let mut text = format!("PostgreSQL {server_version}, as {}\n", printable(role));
    text.push_str(&match tls_version {
        Some(version) => format!("The connection is encrypted ({version}).\n"),
        None => "The connection is not encrypted.\n".to_owned(),
    });
    match application {
        Some(found) => text.push_str(&of_application(found, *is_read_only)),
        None => text.push_str(
            "No application that Snapback knows was found in this database; name its profile with --profile.\n",
        ),
    }
    match storage {
        Some(storage) => text.push_str(&of_storage(storage)),
        None => text.push_str("Uploaded files: nobody has said where they are (--storage).\n"),
    }
    text
}

fn of_application(found: &FoundApplication, is_read_only: bool) -> String {
    let FoundApplication {
        profile: _,
        title,
        company_count,
        may_back_up,
        reading_problem,
        restoring,
        has_state_schema,
        state_schema_remedy,
    } = found;
    let companies = company_count.map_or_else(
        || "its companies cannot be read".to_owned(),
        |companies| count(companies, "company", "companies"),
    );
    let mut text = format!("{} was found: {companies}.\n", printable(title));
    match (may_back_up, reading_problem) {
        (Some(true), _) => text.push_str("It may back up: it sees every row.\n"),
        (_, Some(problem)) => text.push_str(&told("It may not back up", problem)),
        _ => {}
    }
    if is_read_only {
        return text + "It may not restore: the connection is set to read only.\n";
    }
    match restoring {
        Some(RestoreRights::Superuser) => {
            text.push_str("It may restore: the role is a superuser.\n");
        }
        Some(RestoreRights::ReplicaRole) => text.push_str(
            "It may restore: the role may write the tables and silence their triggers.\n",
        ),
        Some(RestoreRights::PlainOwner) => {
            text.push_str("It may restore: the role owns the tables.\n");
        }
        Some(RestoreRights::Not { missing, remedy }) => text.push_str(&format!(
            "It may not restore: {}\n  {}\n",
            printable(missing),
            printable(remedy)
        )),
        None => {}
    }
    if let (false, Some(remedy)) = (has_state_schema, state_schema_remedy) {
        text.push_str(&format!(
            "It may not create the schema snapback, which the first restore needs once.\n  {}\n",
            printable(remedy)
        ));
    }
    text
}

fn of_storage(storage: &StorageFound) -> String {
    let StorageFound {
        address,
        problem,
        company,
        file_count,
        byte_count,
        rows_are_hidden,
        problem_count,
    } = storage;
    let address = printable(address);
    if let Some(problem) = problem {
        return told(
            &format!("Uploaded files cannot be had from {address}"),
            problem,
        );
    }
    let Some(company) = company else {
        return format!("Uploaded files: in {address}; there is no company to look for.\n");
    };
    let mut text = format!(
        "Uploaded files: {address} answers; {} has {}, {}.\n",
        printable(company),
        count(*file_count, "file", "files"),
        size(*byte_count)
    );
    if *rows_are_hidden {
        text.push_str("  The rows that list them may not be read, so the two are not compared.\n");
    }
    if *problem_count > 0 {
        text.push_str(&format!(
            "  {} what rows say; a backup lists them.\n",
            count(*problem_count, "file does not fit", "files do not fit")
        ));
    }
    text
}

fn told(what: &str, problem: &WireError) -> String {
    let mut text = format!("{what}: {}\n", printable(&problem.message));
    if let Some(hint) = &problem.hint {
        text.push_str(&format!("  {}\n", printable(hint)));
    }
    text
}
