//! `mantlet completions` and `mantlet man`: generated from the description of the command line.

use std::process::ExitCode;

use clap::Command;

use crate::globals::Globals;

/// `mantlet completions`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Prints the completion script of a shell for this command.
pub(crate) fn completions(args: &Args, mut command: Command, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "mantlet", &mut script);
    globals.output.result(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the manual page: the program, then a section for each command with its flags.
pub(crate) fn man(command: &Command, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut page = Vec::new();
    let man = clap_mangen::Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for subcommand in command.get_subcommands() {
        page.extend_from_slice(format!(".SH \"MANTLET {}\"\n", subcommand.get_name().to_uppercase()).as_bytes());
        let part = clap_mangen::Man::new(subcommand.clone().bin_name(format!("mantlet {}", subcommand.get_name())));
        part.render_description_section(&mut page)?;
        part.render_synopsis_section(&mut page)?;
        part.render_options_section(&mut page)?;
    }
    let page = String::from_utf8_lossy(&page).into_owned();
    globals.output.result(&demote_sections(&page))?;
    Ok(ExitCode::SUCCESS)
}

/// The parts of a command's description are sections of their own page; here they stand under their command.
fn demote_sections(page: &str) -> String {
    let mut in_command = false;
    let mut out = String::with_capacity(page.len());
    for line in page.lines() {
        in_command |= line.starts_with(".SH \"MANTLET ");
        match line.strip_prefix(".SH ") {
            Some(title) if in_command && !title.starts_with('"') => {
                out.push_str(".SS ");
                out.push_str(title);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
