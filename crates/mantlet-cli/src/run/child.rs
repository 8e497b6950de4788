//! The app as a child: told where to listen, in a process group of its own, and its end passed on.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, Command};

use crate::failure::{EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND, Failure};
use crate::tls::local_ca;

/// What is started.
#[derive(Debug, Clone)]
pub(super) struct App {
    /// Program and arguments, `{port}` not yet filled in.
    pub(super) command: Vec<OsString>,
    /// Where it is told to listen, on 127.0.0.1.
    pub(super) port: u16,
    /// `--env`; these win over ours.
    pub(super) variables: Vec<(String, String)>,
    /// How long it may take to open its port.
    pub(super) ready_timeout: Duration,
    /// The shield's own address.
    pub(super) url: String,
    /// Whether its certificate is our own authority's.
    pub(super) has_local_authority: bool,
}

impl App {
    /// The command as it was typed.
    pub(super) fn typed(&self) -> String {
        let words: Vec<_> = self.command.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    /// The command as it runs, with its port.
    pub(super) fn shown(&self) -> String {
        let words: Vec<_> = self.arguments().map(|word| word.to_string_lossy().into_owned()).collect();
        words.join(" ")
    }

    /// Starts it.
    ///
    /// # Errors
    /// 127 when there is no such command, 126 when it cannot be executed.
    pub(super) fn start(&self) -> Result<Running, Failure> {
        let mut words = self.arguments();
        let program = words.next().unwrap_or_default();
        let child = Command::new(&program)
            .args(words)
            .envs(self.environment(std::env::var_os("GUNICORN_CMD_ARGS").as_deref()))
            .envs(self.variables.iter().map(|(key, value)| (key, self.fill_in(value))))
            // Signals reach the group through us, in order and once: not from the terminal as well.
            .process_group(0)
            // A process group that is not the terminal's own is stopped when it reads from it.
            .stdin(if io::stdin().is_terminal() { Stdio::null() } else { Stdio::inherit() })
            .spawn()
            .map_err(|error| not_started(&program, &error))?;
        let pid = child.id().unwrap_or_default();
        Ok(Running { child, pid })
    }

    fn arguments(&self) -> impl Iterator<Item = OsString> {
        self.command.iter().map(|word| match word.to_str() {
            Some(word) => OsString::from(self.fill_in(word)),
            None => word.clone(),
        })
    }

    fn fill_in(&self, text: &str) -> String {
        text.replace("{port}", &self.port.to_string())
    }

    /// Whether .NET's tool starts it. `dotnet run` puts what the project's launch profile says into `ASPNETCORE_URLS`, and a setting
    /// called `urls` counts for more. Others may mean something else by it.
    fn is_dotnet(&self) -> bool {
        let program = self.command.first().and_then(|program| Path::new(program).file_stem());
        program.is_some_and(|name| name == "dotnet")
    }

    /// One variable for each server that reads one. Each of them binds loopback only: around the shield nobody gets in.
    fn environment(&self, gunicorn: Option<&OsStr>) -> Vec<(&'static str, OsString)> {
        const HOST: &str = "127.0.0.1";
        let port = || OsString::from(self.port.to_string());
        let address = || OsString::from(format!("http://{HOST}:{}", self.port));
        let mut gunicorn = gunicorn.map(OsStr::to_owned).unwrap_or_default();
        if !gunicorn.is_empty() {
            gunicorn.push(" ");
        }
        gunicorn.push(format!("--bind {HOST}:{}", self.port));
        let mut variables = vec![
            ("PORT", port()),
            ("HOST", HOST.into()),
            ("FLASK_RUN_PORT", port()),
            ("FLASK_RUN_HOST", HOST.into()),
            ("UVICORN_PORT", port()),
            ("UVICORN_HOST", HOST.into()),
            ("GRANIAN_PORT", port()),
            ("GRANIAN_HOST", HOST.into()),
            // gunicorn reads PORT as well, but then binds every interface.
            ("GUNICORN_CMD_ARGS", gunicorn),
            ("SERVER_PORT", port()),
            ("ASPNETCORE_URLS", address()),
            // Without it ASP.NET Core tells logins elsewhere to come back to http://.
            ("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true".into()),
            ("MOJO_LISTEN", address()),
            // Without it Mojolicious writes http:// into its forms.
            ("MOJO_REVERSE_PROXY", "1".into()),
            ("MANTLET_URL", self.url.clone().into()),
        ];
        if self.is_dotnet() {
            variables.push(("URLS", address()));
        }
        // Servers built on wsgiref (Django's runserver) learn from it that browsers come over TLS. Without it Django takes
        // its own pages for another origin's.
        if self.url.starts_with("https://") {
            variables.push(("HTTPS", "on".into()));
        }
        // SSL_CERT_FILE is left alone: it would replace the system's roots instead of adding ours.
        if self.has_local_authority
            && std::env::var_os("NODE_EXTRA_CA_CERTS").is_none()
            && let Some(root) = local_ca::root_certificate()
        {
            variables.push(("NODE_EXTRA_CA_CERTS", root.into()));
        }
        variables
    }
}

fn not_started(program: &OsStr, error: &io::Error) -> Failure {
    let name = program.to_string_lossy();
    let failure = match error.kind() {
        io::ErrorKind::NotFound => Failure::new(format!("there is no command {name}")).exit(EXIT_NOT_FOUND),
        _ => Failure::new(format!("cannot execute {name}: {error}")).exit(EXIT_NOT_EXECUTABLE),
    };
    if name.contains(' ') && !Path::new(program).exists() {
        return failure
            .fix(format!("write it without quotes: mantlet run -- {name}"))
            .fix("have a shell read it: sh -c '…'");
    }
    match error.kind() {
        io::ErrorKind::NotFound => failure.fix("install it, activate its environment, or write the whole path to it"),
        _ => failure.fix(format!("chmod +x {name}, or name what reads it: mantlet run -- python {name}")),
    }
}

/// The app, running.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pub(super) pid: u32,
}

impl Running {
    /// Waits for its end. May be dropped and called again.
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// The app and what it starts, unless that takes a session of its own.
    pub(super) fn group(&self) -> ProcessGroup {
        ProcessGroup(i32::try_from(self.pid).ok().and_then(Pid::from_raw))
    }
}

/// The app's process group. It may outlive the app.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// Sends a signal to all of it.
    pub(super) fn signal(self, signal: Signal) {
        if let Some(group) = self.0 {
            // Gone already: that is what the signal is for.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Whether anybody of it is left, the app included until its end was waited for.
    pub(super) fn is_any_left(self) -> bool {
        self.0.is_some_and(|group| test_kill_process_group(group).is_ok())
    }
}

/// The code that says how the app ended: its own, or 128 and the signal.
pub(super) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| Some(status.signal()?.saturating_add(128)));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(command: &[&str]) -> App {
        App {
            command: command.iter().map(OsString::from).collect(),
            port: 4711,
            variables: Vec::new(),
            ready_timeout: Duration::from_secs(60),
            url: "https://shop.localhost:8443".to_owned(),
            has_local_authority: false,
        }
    }

    #[test]
    fn the_port_is_filled_in_wherever_it_stands() {
        let app = app(&["vite", "--port", "{port}", "--url=http://127.0.0.1:{port}/{x}"]);
        assert_eq!(app.shown(), "vite --port 4711 --url=http://127.0.0.1:4711/{x}");
    }

    #[test]
    fn every_variable_binds_loopback() {
        let variables = app(&["true"]).environment(Some(OsStr::new("--workers 2")));
        let value = |key| variables.iter().find(|(name, _)| *name == key).unwrap().1.to_str().unwrap();
        assert_eq!(value("PORT"), "4711");
        assert_eq!(value("GUNICORN_CMD_ARGS"), "--workers 2 --bind 127.0.0.1:4711");
        assert_eq!(value("ASPNETCORE_URLS"), "http://127.0.0.1:4711");
        assert_eq!(value("MOJO_LISTEN"), "http://127.0.0.1:4711");
        assert_eq!(value("HTTPS"), "on", "wsgiref's way to say that the browser came over TLS");
        assert_eq!(value("ASPNETCORE_FORWARDEDHEADERS_ENABLED"), "true");
        for host in ["HOST", "FLASK_RUN_HOST", "UVICORN_HOST", "GRANIAN_HOST"] {
            assert_eq!(value(host), "127.0.0.1", "{host}");
        }
    }

    #[test]
    fn what_stands_above_a_launch_profile_is_for_dotnet_only() {
        for (program, expected) in [
            ("dotnet", Some("http://127.0.0.1:4711")),
            ("/usr/share/dotnet/dotnet", Some("http://127.0.0.1:4711")),
            ("flask", None),
        ] {
            let variables = app(&[program, "run"]).environment(None);
            let urls = variables.iter().find(|(name, _)| *name == "URLS").map(|(_, value)| value.to_str().unwrap());
            assert_eq!(urls, expected, "{program}");
        }
    }

    #[test]
    fn ends_become_exit_codes_as_shells_have_them() {
        for (name, raw, expected) in [("success", 0, 0), ("code", 3 << 8, 3), ("SIGTERM", 15, 143), ("SIGKILL", 9, 137)]
        {
            assert_eq!(exit_code(ExitStatus::from_raw(raw)), expected, "{name}");
        }
    }
}
