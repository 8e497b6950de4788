//! [`Config`]: the policy file, found, read and checked. One file holds, never merged with another.

mod discovery;
mod host_name;
mod log;
mod server;
mod tls;

use std::path::{Path, PathBuf};

use mantlet_core::Policy;
use mantlet_core::policy::{DEFAULT_TOML, MAX_FILE_SIZE, PolicyError, PolicyErrors, PolicyFile};
use serde::de::DeserializeOwned;

pub(crate) use self::discovery::{FILE_NAME, Source};
pub(crate) use self::host_name::HostName;
pub(crate) use self::log::LogSection;
pub(crate) use self::server::{ServerSection, UpstreamUrl};
pub(crate) use self::tls::{TlsMode, TlsSection, TlsVersion};
use crate::failure::{EXIT_USAGE, Failure};
use crate::read_file;

/// The built-in policy, written out: the guards' part and ours. It is what `mantlet init` writes, and a test holds it to
/// the built-in values.
pub(crate) fn default_text() -> String {
    format!("{DEFAULT_TOML}\n{}", include_str!("default.toml"))
}

/// Everything that a policy file says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// Where it comes from.
    pub(crate) source: Source,
    /// As it was read: any other text is a change.
    pub(crate) text: String,
    /// The guards'.
    pub(crate) policy: Policy,
    /// `[server]`.
    pub(crate) server: ServerSection,
    /// `[tls]`.
    pub(crate) tls: TlsSection,
    /// `[log]`.
    pub(crate) log: LogSection,
}

impl Config {
    /// Finds the file that holds and reads it.
    ///
    /// # Errors
    /// When it cannot be read or does not hold.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, Failure> {
        match discovery::discover(named).map_err(|failure| failure.exit(EXIT_USAGE))? {
            Source::BuiltIn => Self::parse("", Source::BuiltIn),
            Source::File(path) => Self::read(&path),
        }
    }

    /// Reads one file.
    ///
    /// # Errors
    /// When it cannot be read or does not hold.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text = read_file::text(path, MAX_FILE_SIZE)
            .map_err(|problem| Failure::new(format!("cannot read {}: {problem}", short(path).display())))
            .map_err(|failure| failure.exit(EXIT_USAGE))?;
        Self::parse(&text, Source::File(path.to_owned()))
    }

    fn parse(text: &str, source: Source) -> Result<Self, Failure> {
        let name = match &source {
            Source::File(path) => short(path).display().to_string(),
            Source::BuiltIn => "built-in policy".to_owned(),
        };
        let file = PolicyFile::parse(text).map_err(|errors| invalid(&name, errors))?;
        let mut wrong = Vec::new();
        let server: ServerSection = section(&file, "server", &mut wrong);
        let mut tls: TlsSection = section(&file, "tls", &mut wrong);
        let log = section(&file, "log", &mut wrong);
        if !wrong.is_empty() {
            return Err(invalid(&name, wrong.into_iter().collect()));
        }
        tls.cert = source.resolve(&tls.cert);
        tls.key = source.resolve(&tls.key);
        Ok(Self { policy: file.policy().clone(), server, tls, log, text: text.to_owned(), source })
    }

    /// What the site may be asked for by, where it is not developed.
    pub(crate) fn served_names(&self) -> &[HostName] {
        if self.server.allowed_hosts.is_empty() { &self.tls.names } else { &self.server.allowed_hosts }
    }

    /// What the user calls it.
    pub(crate) fn source_name(&self) -> String {
        match &self.source {
            Source::File(path) => short(path).display().to_string(),
            Source::BuiltIn => format!("built-in, no {FILE_NAME}"),
        }
    }
}

/// One of our sections, or its default after noting what is wrong with it. Nothing comes of a file with a mistake in it.
fn section<T: DeserializeOwned + Default>(file: &PolicyFile, name: &str, wrong: &mut Vec<PolicyError>) -> T {
    file.section(name).unwrap_or_else(|errors| {
        wrong.extend(errors);
        T::default()
    })
}

/// All mistakes of a file as one failure: `mantlet.toml:31: unknown key …`.
fn invalid(name: &str, errors: PolicyErrors) -> Failure {
    let lines: Vec<String> = errors.into_iter().map(|error| format!("{name}:{error}")).collect();
    Failure::new(lines.join("\nerror: ")).exit(EXIT_USAGE)
}

/// A path as the user would write it: below the working folder without that folder.
pub(crate) fn short(path: &Path) -> PathBuf {
    let folder = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(folder).unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Failure> {
        Config::parse(text, Source::File("mantlet.toml".into()))
    }

    #[test]
    fn the_default_text_says_what_is_built_in() {
        let (written, built_in) = (parse(&default_text()).unwrap(), parse("").unwrap());
        assert_eq!(written.policy, built_in.policy);
        assert_eq!((written.tls, written.log), (built_in.tls, built_in.log));
        // These two cannot be written: their default depends on the rest.
        let server = ServerSection { listen: None, shutdown_grace: None, ..written.server };
        assert_eq!(server, built_in.server);
    }

    #[test]
    fn every_default_has_its_reason() {
        const PAGE: &str = include_str!("../../../../docs/defaults.md");
        for section in ["server", "tls", "log"] {
            let error = parse(&format!("[{section}]\nxxxxxxxxxxxxxxxxxxxxxxxx = 1")).unwrap_err().to_string();
            let (_, known) = error.split_once("known here: ").expect(&error);
            let (_, page) = PAGE.split_once(&format!("\n## `[{section}]`\n")).expect(section);
            let page = page.split("\n## ").next().unwrap();
            for key in known.split(", ") {
                assert!(page.contains(key), "{key} of [{section}]");
            }
        }
    }

    #[test]
    fn mistakes_are_told_with_file_line_and_remedy() {
        for (name, text, expected) in [
            ("guard", "\n[csrf]\nmod = 1", "mantlet.toml:3: unknown key `mod` in [csrf]\n  did you mean `mode`?"),
            (
                "server",
                "[server]\nlisten_on = 1",
                "mantlet.toml:2: unknown key `listen_on` in [server]\n  did you mean `listen`?",
            ),
            ("upstream", "[server]\nupstream = 'https://a'", "mantlet.toml:2: "),
            ("contradiction", "[tls]\ncert = 'a'", "mantlet.toml:1: "),
            ("size", "[server]\nmax_header_size = 32", "mantlet.toml:2: "),
            (
                "no head",
                "[server]\nmax_header_size = '0B'",
                "mantlet.toml:2: `max_header_size`: 0B is no size for a head: 1KiB to 1MiB",
            ),
            ("any head", "[server]\nmax_header_size = '2GiB'", "mantlet.toml:2: `max_header_size`: 2GiB is no size"),
            (
                "nothing at all",
                "[server]\nmax_requests = 0",
                "mantlet.toml:2: `max_requests` takes a whole number above 0, not 0",
            ),
            (
                "a port alone",
                "[server]\nlisten = '8443'",
                "mantlet.toml:2: `listen`: not an address with its port: \"8443\"\n  fix: listen = \"127.0.0.1:8443\"",
            ),
            (
                "no time to wait",
                "[server]\nbody_timeout = '0s'",
                "mantlet.toml:2: `body_timeout`: whatever does not come at once would be refused\n  fix: a time such as \"30s\"",
            ),
            ("log", "[log]\nformat = 'xml'", "mantlet.toml:2: "),
            (
                "threads without number",
                "[server]\nthreads = 100000",
                "mantlet.toml:2: `threads`: 100000 threads are too many: 1024 at most\n  fix: threads = 0, which is one for each CPU",
            ),
            (
                "all at once",
                "[log]\nformat = 'xml'\n[tls]\nmode = 'on'\n[server]\nthreads = 'a'\nbody_timeout = '0s'\nx = 1\n[tls.y]",
                "mantlet.toml:2: `format` is not \"xml\"\n  it is one of \"text\", \"json\"\nerror: mantlet.toml:4: ",
            ),
        ] {
            let failure = parse(text).unwrap_err().to_string();
            assert!(failure.starts_with(expected), "{name}: {failure}");
            if name == "all at once" {
                assert_eq!(failure.matches("mantlet.toml:").count(), 6, "{failure}");
            }
        }
    }
}
