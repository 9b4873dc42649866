//! Completions for shells and the manual page, written from the arguments themselves.

use clap::CommandFactory;
use clap_complete::Shell;
use snapback_engine::Error;
use std::path::Path;

use super::Ending;
use crate::args::Cli;
use crate::failure::Result;
use crate::output;

pub(super) fn completions(shell: Shell) -> Result<Ending> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "snapback", &mut text);
    output::text(&String::from_utf8_lossy(&text));
    Ok(Ending::Done)
}

/// One page with all commands behind one another.
pub(super) fn manual() -> Result<Ending> {
    let mut page = Vec::new();
    let failed =
        |error: std::io::Error| Error::local_file("the manual page", Path::new("stdout"), &error);
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(failed)?;
    let shown = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help");
    for subcommand in shown {
        let man = clap_mangen::Man::new(subcommand.clone());
        man.render_name_section(&mut page).map_err(failed)?;
        man.render_synopsis_section(&mut page).map_err(failed)?;
        man.render_options_section(&mut page).map_err(failed)?;
    }
    output::text(&String::from_utf8_lossy(&page));
    Ok(Ending::Done)
}
