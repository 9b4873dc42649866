//! Completions for shells and the manual page, written from the arguments themselves.

use std::io::Write;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;
use snapback_engine::Error;

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
    let failed =
        |error: std::io::Error| Error::local_file("the manual page", Path::new("stdout"), &error);
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .map_err(failed)?;
    let shown = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help");
    for subcommand in shown {
        section(&mut page, subcommand).map_err(failed)?;
    }
    output::text(&String::from_utf8_lossy(&page));
    Ok(Ending::Done)
}

/// A command's own part of the page; what every command takes stands at its beginning.
fn section(page: &mut Vec<u8>, command: &Command) -> std::io::Result<()> {
    let own = command.clone().mut_args(|argument| {
        let is_global = argument.is_global_set();
        argument.hide(is_global)
    });
    let has_subcommands = own.has_subcommands();
    let about = own.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(page, ".SH SNAPBACK {}", own.get_name().to_uppercase())?;
    writeln!(page, "{about}")?;
    let man = Man::new(own);
    let mut parts = Vec::new();
    man.render_synopsis_section(&mut parts)?;
    if has_subcommands {
        man.render_subcommands_section(&mut parts)?;
    } else {
        man.render_options_section(&mut parts)?;
    }
    let parts = String::from_utf8_lossy(&parts).replace(".SH ", ".SS ");
    page.write_all(parts.as_bytes())
}
