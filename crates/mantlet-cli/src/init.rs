//! `mantlet init`: writes a commented `mantlet.toml` for the app in this folder.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::config::{FILE_NAME, default_text};
use crate::failure::Failure;
use crate::globals::Globals;

/// `mantlet init`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Overwrite a mantlet.toml that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// Writes the file, and never over one that is there without being told to.
pub(crate) fn run(args: &Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let folder = std::env::current_dir().context("no working folder")?;
    let framework = Framework::detect(&folder);
    write(&folder.join(FILE_NAME), &policy_text(framework), args.force)?;
    globals.output.talk(&format!("wrote {FILE_NAME}"));
    match framework {
        Some(framework) => globals
            .output
            .talk(&format!("this looks like {}; shield it with: mantlet run -- {}", framework.name, framework.command)),
        None => globals.output.talk("shield your app with: mantlet run -- CMD, or mantlet run --upstream URL"),
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    match write_whole(path, text, force) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::new(format!("{} is already there", path.display()))
                .fix("mantlet init --force overwrites it; mantlet check judges it")
                .into())
        }
        written => written.with_context(|| format!("cannot write {}", path.display())),
    }
}

/// All of it or nothing: what a full disk leaves of a policy could be one as well, and another.
fn write_whole(path: &Path, text: &str, force: bool) -> io::Result<()> {
    // A link goes on leading to it.
    let path = if force { fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()) } else { path.to_owned() };
    let found = fs::metadata(&path).ok();
    let permissions = found.as_ref().map_or_else(|| Permissions::from_mode(0o666), fs::Metadata::permissions);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut fresh = tempfile::Builder::new().prefix(".mantlet-").permissions(permissions).tempfile_in(folder)?;
    fresh.write_all(text.as_bytes())?;
    if let Some(found) = found {
        // Of root's, the app's user could read nothing. Others cannot give files away, and what they write may be theirs.
        let _ = fchown(fresh.as_file(), Some(found.uid()), Some(found.gid()));
    }
    fresh.as_file().sync_all()?;
    if force {
        fresh.persist(&path)?
    } else {
        fresh.persist_noclobber(&path)?
    };
    Ok(())
}

/// The built-in policy with every value commented out, so that the file says only what somebody changed.
fn policy_text(framework: Option<&Framework>) -> String {
    let mut text = String::from(
        "# The policy of this app's shield. Every value below is the default; remove the # in front of one to change it.\n\
         # mantlet check judges this file, mantlet explain CODE says what a refusal means.\n",
    );
    if let Some(framework) = framework {
        let _ = writeln!(text, "#\n# {}: mantlet run -- {}", framework.name, framework.command);
        for note in framework.notes {
            let _ = writeln!(text, "# {note}");
        }
    }
    text.push('\n');
    for line in default_text().lines() {
        let is_value = line.contains('=') && !line.starts_with('#');
        let lead = if is_value && !line.starts_with("version") { "# " } else { "" };
        let _ = writeln!(text, "{lead}{line}");
    }
    text
}

/// A framework, by what lies in the folder of its apps.
#[derive(Debug, PartialEq, Eq)]
struct Framework {
    name: &'static str,
    /// A file, and a word in it (empty: any content).
    sign: (&'static str, &'static str),
    /// How its development server starts behind the shield.
    command: &'static str,
    /// What it needs to know.
    notes: &'static [&'static str],
}

/// The first that fits is meant: the more telling signs stand first.
const FRAMEWORKS: [Framework; 16] = [
    Framework {
        name: "Django",
        sign: ("manage.py", "django"),
        command: "python manage.py runserver {port}",
        notes: &[
            "settings.py, for any server but runserver: SECURE_PROXY_SSL_HEADER = (\"HTTP_X_FORWARDED_PROTO\", \"https\")",
        ],
    },
    Framework { name: "Rails", sign: ("config/application.rb", "Rails"), command: "bin/rails server", notes: &[] },
    Framework {
        name: "Laravel",
        sign: ("artisan", ""),
        command: "php artisan serve --port={port}",
        notes: &["bootstrap/app.php: $middleware->trustProxies(at: '127.0.0.1')"],
    },
    Framework { name: "Next.js", sign: ("package.json", "\"next\""), command: "npx next dev", notes: &[] },
    Framework {
        name: "Vite",
        sign: ("package.json", "\"vite\""),
        command: "npx vite --port {port} --strictPort",
        notes: &[],
    },
    Framework {
        name: "Express",
        sign: ("package.json", "\"express\""),
        command: "npm start",
        notes: &["the app must listen on process.env.PORT; app.set(\"trust proxy\", \"loopback\") lets it see HTTPS"],
    },
    Framework { name: "FastAPI", sign: ("requirements.txt", "fastapi"), command: "uvicorn main:app", notes: &[] },
    Framework { name: "FastAPI", sign: ("pyproject.toml", "fastapi"), command: "uvicorn main:app", notes: &[] },
    Framework { name: "Flask", sign: ("requirements.txt", "flask"), command: "flask run", notes: FLASK_NOTES },
    Framework { name: "Flask", sign: ("pyproject.toml", "flask"), command: "flask run", notes: FLASK_NOTES },
    Framework { name: "Flask", sign: ("app.py", "flask"), command: "flask run", notes: FLASK_NOTES },
    Framework { name: "Flask", sign: ("wsgi.py", "flask"), command: "flask run", notes: FLASK_NOTES },
    Framework {
        name: "Spring Boot",
        sign: ("pom.xml", "spring-boot"),
        command: "./mvnw spring-boot:run",
        notes: &["application.properties: server.forward-headers-strategy=native"],
    },
    Framework { name: "ASP.NET Core", sign: ("appsettings.json", ""), command: "dotnet run", notes: &[] },
    Framework {
        name: "axum",
        sign: ("Cargo.toml", "axum"),
        command: "cargo run",
        notes: &["a Rust app can carry the shield inside: the crate mantlet is a tower layer"],
    },
    Framework { name: "PHP", sign: ("index.php", ""), command: "php -S 127.0.0.1:{port}", notes: &[] },
];

const FLASK_NOTES: &[&str] = &["app.wsgi_app = ProxyFix(app.wsgi_app) lets it see HTTPS and the client's address"];

/// No more of a file than this is searched for a sign.
const SEARCHED: u64 = 64 * 1024;

impl Framework {
    fn detect(folder: &Path) -> Option<&'static Self> {
        FRAMEWORKS.iter().find(|framework| {
            let (file, word) = framework.sign;
            head_of(&folder.join(file)).is_some_and(|text| text.to_lowercase().contains(&word.to_lowercase()))
        })
    }
}

fn head_of(path: &Path) -> Option<String> {
    use io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(SEARCHED).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frameworks_are_known_by_their_files() {
        for (file, content, expected) in [
            ("app.py", "from flask import Flask", Some("Flask")),
            ("requirements.txt", "Flask==3.1\n", Some("Flask")),
            ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'x')", Some("Django")),
            ("package.json", r#"{"dependencies": {"express": "5"}}"#, Some("Express")),
            ("index.php", "<?php", Some("PHP")),
            ("appsettings.json", "{\"AllowedHosts\": \"*\"}", Some("ASP.NET Core")),
            ("app.py", "print('hello')", None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(file), content).unwrap();
            assert_eq!(Framework::detect(folder.path()).map(|found| found.name), expected, "{file}: {content}");
        }
    }

    #[test]
    fn a_file_that_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        write(&path, "mine", false).unwrap();
        assert!(write(&path, "theirs", false).unwrap_err().to_string().contains("already there"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
        write(&path, "theirs", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    }

    #[test]
    fn what_is_overwritten_stays_where_it_is_and_for_whom_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (link, real) = (folder.path().join(FILE_NAME), folder.path().join("real.toml"));
        fs::write(&real, "mine").unwrap();
        fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        // Only root can.
        let _ = std::os::unix::fs::chown(&real, Some(1), Some(1));
        let owner = || (fs::metadata(&real).unwrap().uid(), fs::metadata(&real).unwrap().gid());
        let before = owner();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write(&link, "theirs", true).unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "theirs");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(owner(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
    }
}
