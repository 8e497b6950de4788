//! `mantlet trust`: puts the local authority's certificate into trust stores, or takes it out again.
//!
//! Nothing is done behind the user's back: the system's store needs root, and without it the commands are printed, or
//! run through `sudo` when that was asked for on a terminal. A step is a command line, so what is printed is what runs.

mod nss;
mod system;

use std::fmt;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;

use crate::failure::Failure;
use crate::globals::Globals;
use crate::tls::local_ca::LocalCa;
use crate::tls::state::StateFolder;

/// `mantlet trust`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Take it out again
    #[arg(long)]
    pub(crate) remove: bool,
    /// Only the system's store
    #[arg(long, conflicts_with = "nss")]
    pub(crate) system: bool,
    /// Only the stores of your browsers (Chromium, Firefox); needs no root
    #[arg(long)]
    pub(crate) nss: bool,
}

impl Args {
    fn change(&self) -> Change {
        if self.remove { Change::Remove } else { Change::Add }
    }
}

/// What becomes of the certificate in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

impl Change {
    /// What was done to a store.
    fn done(self) -> &'static str {
        match self {
            Self::Add => "trusted by",
            Self::Remove => "removed from",
        }
    }

    /// What to tell where no browser's store was changed. Browsers look into the system's on macOS, but not on Linux.
    fn left_out(self, databases: &[PathBuf]) -> Option<&'static str> {
        let is_left_out = self == Self::Add && databases.is_empty() && !cfg!(target_os = "macos");
        is_left_out.then_some(
            "Chromium and Firefox have stores of their own, and will still warn until you run: mantlet trust --nss",
        )
    }

    /// What is typed for it, behind `mantlet trust`.
    fn flag(self) -> &'static str {
        match self {
            Self::Add => "",
            Self::Remove => " --remove",
        }
    }
}

/// The certificate to be trusted.
pub(crate) struct Root {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Tells the authorities of several users of one machine apart.
    pub(crate) id: String,
}

/// Changes the stores that were asked for.
pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    refuse_sudo(args)?;
    let authority = LocalCa::open_or_create(StateFolder::locate()?)?;
    let root = Root { path: authority.certificate_path(), id: authority.id() };
    let change = args.change();
    if !args.nss {
        let store = system::Store::detect().ok_or_else(|| {
            Failure::new("this system's trust store is not one that mantlet knows")
                .fix(format!("add {} to it by hand", root.path.display()))
        })?;
        if change == Change::Remove && !store.may_hold(&root) {
            globals.output.talk(&format!("was not in {}", store.name));
        } else {
            change_system(&store.steps(&root, change), args)?;
            globals.output.talk(&format!("{} {}", change.done(), store.name));
        }
    }
    let wanted = if args.nss { nss::Wanted::ByName } else { nss::Wanted::IfAny };
    let databases = if args.system { Vec::new() } else { nss::change(&root, change, wanted)? };
    for database in &databases {
        globals.output.talk(&format!("{} {}", change.done(), database.display()));
    }
    if let Some(note) = change.left_out(&databases) {
        globals.output.talk(note);
    }
    authority.set_trusted(change == Change::Add)?;
    Ok(ExitCode::SUCCESS)
}

/// Under sudo, home may be root's: another authority would be trusted than the one that `mantlet run` uses.
fn refuse_sudo(args: &Args) -> Result<(), Failure> {
    if !is_root() || std::env::var_os("SUDO_UID").is_none_or(|uid| uid == "0") {
        return Ok(());
    }
    let flag = args.change().flag();
    Err(Failure::new("the local certificate authority belongs to the user who shields apps, not to root")
        .fix(format!("run it as yourself: mantlet trust{flag} --system   (it asks sudo for what it needs)")))
}

fn change_system(steps: &[Step], args: &Args) -> anyhow::Result<()> {
    if is_root() {
        return steps.iter().try_for_each(Step::run);
    }
    let with_sudo: Vec<Step> = steps.iter().map(Step::with_sudo).collect();
    let may_ask = args.system && std::io::stdin().is_terminal() && std::env::var_os("CI").is_none();
    if may_ask {
        return with_sudo.iter().try_for_each(Step::run);
    }
    let flag = args.change().flag();
    let commands: Vec<String> = with_sudo.iter().map(Step::to_string).collect();
    Err(Failure::new("cannot write to the system trust store: needs root")
        .seen(format!("would run: {}", commands.join(" && ")))
        .fix(format!("mantlet trust{flag} --system on a terminal, or only your browsers: mantlet trust{flag} --nss"))
        .exit(1)
        .into())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// One command, printed and run alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    program: String,
    args: Vec<String>,
}

impl Step {
    pub(crate) fn new(program: &str, args: &[&str]) -> Self {
        Self { program: program.to_owned(), args: args.iter().map(|&arg| arg.to_owned()).collect() }
    }

    fn with_sudo(&self) -> Self {
        let mut args = vec![self.program.clone()];
        args.extend(self.args.iter().cloned());
        Self { program: "sudo".to_owned(), args }
    }

    /// Runs it and waits for it.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let done = Command::new(&self.program)
            .args(&self.args)
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {}", self.program))?;
        if done.success() { Ok(()) } else { Err(Failure::new(format!("failed ({done}): {self}")).into()) }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.program)?;
        for arg in &self.args {
            if arg.contains(|c: char| c.is_whitespace() || "'\"$\\".contains(c)) {
                write!(f, " '{}'", arg.replace('\'', r"'\''"))?;
            } else {
                write!(f, " {arg}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_trusts_in_no_browser_is_told_that_browsers_will_warn() {
        let changed = [PathBuf::from("nssdb")];
        for (name, change, databases, is_told) in [
            ("none", Change::Add, &[][..], !cfg!(target_os = "macos")),
            ("one", Change::Add, &changed, false),
            ("taken out", Change::Remove, &[], false),
        ] {
            assert_eq!(change.left_out(databases).is_some(), is_told, "{name}");
        }
    }
}
