//! What the tests need beside Rust: installed when it is missing, by name and version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::workspace::{check, root, target};

/// How to see that something is there, and the Debian package that brings it.
const PACKAGES: &[(&str, &str)] = &[
    ("command -v c++", "g++"),
    ("command -v chromium", "chromium"),
    ("command -v chromedriver", "chromium-driver"),
    ("command -v certutil", "libnss3-tools"),
    ("command -v node", "nodejs"),
    ("command -v npm", "npm"),
    ("python3 -c 'import venv, ensurepip'", "python3-venv"),
];

/// Installs what is missing.
pub(crate) fn install() -> Result<()> {
    install_packages(PACKAGES)?;
    install_python()?;
    install_node()
}

/// Installs the Debian packages that are missing.
pub(crate) fn install_packages(packages: &[(&str, &str)]) -> Result<()> {
    let missing: Vec<&str> = packages.iter().filter(|(test, _)| !is_there(test)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("    installing {}", missing.join(" "));
    let by_hand = || format!("install them by hand: apt-get install {}", missing.join(" "));
    ensure!(is_there("command -v apt-get"), "this is no Debian; {}", by_hand());
    let is_root = is_there("test \"$(id -u)\" = 0");
    ensure!(is_root || is_there("command -v sudo"), "neither root nor sudo; {}", by_hand());
    let apt = |arguments: &[&str]| -> Result<()> {
        let mut command = if is_root { Command::new("env") } else { Command::new("sudo") };
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]).args(arguments);
        check(command.stdout(Stdio::null())).with_context(by_hand)
    };
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], &missing[..]].concat())?;
    for (test, package) in packages {
        ensure!(is_there(test), "{package} is installed, and yet this fails: {test}");
    }
    Ok(())
}

/// A virtual environment with the applications and the browser's driver.
fn install_python() -> Result<()> {
    let wanted = root().join("e2e/requirements.txt");
    let venv = folder().join("venv");
    once(&wanted, &folder().join("requirements.txt"), || {
        println!("    installing e2e/requirements.txt");
        check(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut pip = Command::new(python());
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--requirement"]);
        check(pip.arg(&wanted))
    })
}

/// The parsers from npm, and Express.
fn install_node() -> Result<()> {
    let wanted = root().join("e2e/package.json");
    let node = folder().join("node");
    once(&wanted, &node.join("package.json.installed"), || {
        println!("    installing e2e/package.json");
        fs::create_dir_all(&node)?;
        fs::copy(&wanted, node.join("package.json"))?;
        check(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(&node))
    })
}

/// Does something once for each content of `wanted`; what was done last is remembered in `done`.
fn once(wanted: &Path, done: &Path, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let content = fs::read(wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    if fs::read(done).is_ok_and(|done| done == content) {
        return Ok(());
    }
    fs::create_dir_all(folder())?;
    install()?;
    Ok(fs::write(done, content)?)
}

fn is_there(test: &str) -> bool {
    let output = Command::new("sh").args(["-c", test]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    output.is_ok_and(|status| status.success())
}

/// Where everything that is installed for the tests is kept.
pub(crate) fn folder() -> PathBuf {
    target().join("e2e")
}

/// The interpreter of the virtual environment.
pub(crate) fn python() -> PathBuf {
    folder().join("venv/bin/python")
}

/// The packages from npm.
pub(crate) fn node_modules() -> PathBuf {
    folder().join("node/node_modules")
}
