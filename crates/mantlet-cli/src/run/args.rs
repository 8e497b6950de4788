//! The flags of `mantlet run`, as they are typed. What they come to, together with the policy file, is a
//! [`Plan`](super::plan::Plan).

use std::net::SocketAddr;
use std::time::Duration;

use mantlet_core::Mode;

use crate::patience;

/// `mantlet run`.
#[allow(rustdoc::bare_urls, reason = "these comments are the help text on a terminal")]
#[derive(clap::Args)]
#[command(
    after_long_help = "The app is told where to listen by PORT and HOST (and by the variables of Flask, uvicorn, granian, \
gunicorn, Spring and ASP.NET). For one that reads none of them, {port} in its command is replaced:
  mantlet run -- flask run
  mantlet run -- python manage.py runserver {port}
  mantlet run -- php -S 127.0.0.1:{port}
  mantlet run --upstream http://127.0.0.1:5000

Exits with the app's own code (128 + signal when a signal ended it), 125 when Mantlet failed, 126 when the command \
cannot be executed, 127 when there is none."
)]
pub(crate) struct Args {
    /// Shield an app that already runs: http://HOST:PORT or unix:/PATH
    #[arg(long, value_name = "URL", conflicts_with = "command")]
    pub(crate) upstream: Option<String>,
    /// Where to listen [default: 127.0.0.1:8443, or the next free port]
    #[arg(long, value_name = "ADDR", value_parser = parse_listen, env = "MANTLET_LISTEN", hide_env_values = true)]
    pub(crate) listen: Option<SocketAddr>,
    /// Serve https://NAME.localhost [default: the name of this folder]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Plain HTTP on http://localhost:8080: no TLS, no local certificate authority
    #[arg(long)]
    pub(crate) http: bool,
    /// Override the policy's mode for this run; guards that are off stay off
    #[arg(long, value_parser = parse_mode, value_name = "enforce|observe|off", env = "MANTLET_MODE", hide_env_values = true)]
    pub(crate) mode: Option<Mode>,
    /// The port the app is told to listen on [default: a free one]
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..), requires = "command")]
    pub(crate) app_port: Option<u16>,
    /// Set a variable in the app's environment; may be repeated
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = parse_variable, requires = "command")]
    pub(crate) variables: Vec<(String, String)>,
    /// How long the app may take to open its port: seconds, or a time with its unit
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = patience::parse)]
    pub(crate) ready_timeout: Duration,
    /// The app's command, after `--`
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

fn parse_mode(text: &str) -> Result<Mode, String> {
    match text {
        "enforce" => Ok(Mode::Enforce),
        "observe" => Ok(Mode::Observe),
        "off" => Ok(Mode::Off),
        _ => Err("one of enforce, observe, off".to_owned()),
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "write an address and its port, such as 127.0.0.1:8443".to_owned())
}

fn parse_variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && !text.contains('\0') => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write it as KEY=VALUE".to_owned()),
    }
}
