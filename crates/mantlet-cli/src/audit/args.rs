//! The command line of `mantlet audit`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use mantlet_core::audit::Severity;

use crate::patience;

/// `mantlet audit`. It may hold passwords and cookies, so nothing prints it.
#[derive(Clone, clap::Args)]
#[command(
    after_long_help = "Without --active only pages are read, as a visitor would. With it, forms and files are sent to the \
site, but no form whose words say that it logs out, deletes, pays, writes to somebody or creates an account, unless --form \
names it. What was left there is listed at the end, and what was not tried.

Examples:
  mantlet audit http://localhost:5000 --active
  mantlet audit https://shop.example
  mantlet audit https://staging.shop.example --active --authorize staging.shop.example
  mantlet audit http://localhost:5000 --login /login -d user=ann -d password=env:PW
  mantlet audit https://shop.example --select headers,session --fail-on medium --format json -o audit.json

Exits with 0 when nothing at or above --fail-on is missing, 1 when something is, 2 for wrong usage, 3 when the site could \
not be audited, or not to the end within --max-time, 130 when Ctrl-C ended it: then what was seen is reported all the same."
)]
pub(crate) struct Args {
    /// The site
    #[arg(value_name = "URL")]
    pub(super) url: String,
    /// Also send forms and files
    #[arg(long)]
    pub(super) active: bool,
    /// The host again: needed with --active unless it is this machine
    #[arg(long, value_name = "HOST")]
    pub(super) authorize: Option<String>,
    /// Send this header with every request; repeatable
    #[arg(short = 'H', long = "header", value_name = "K: V")]
    pub(super) headers: Vec<String>,
    /// Send this cookie; repeatable
    #[arg(short = 'b', long = "cookie", value_name = "K=V")]
    pub(super) cookies: Vec<String>,
    /// Log in first: fill and send the login form found there, in two steps if it asks for the name alone; 'POST /api/login' sends
    /// the fields there as JSON, as a script would
    #[arg(long, value_name = "URL|REQUEST")]
    pub(super) login: Option<String>,
    /// A field of the login; env:NAME reads the value from the environment; repeatable
    #[arg(short = 'd', long = "data", value_name = "K=V", requires = "login")]
    pub(super) data: Vec<String>,
    /// This is a session cookie, whatever it looks like; repeatable
    #[arg(long = "session-cookie", value_name = "NAME")]
    pub(super) session_cookies: Vec<String>,
    /// A request that changes something, sent whatever it is for: 'POST /email email=a@b.example', or
    /// 'POST /api/email {"email": "a@b.example"}'; repeatable
    #[arg(long = "form", value_name = "REQUEST")]
    pub(super) forms: Vec<String>,
    /// A request that takes a file, and its field: 'POST /upload file'; repeatable
    #[arg(long = "upload", value_name = "REQUEST")]
    pub(super) uploads: Vec<String>,
    /// Where a stored file is served: '/uploads/{name}'
    #[arg(long, value_name = "PATH")]
    pub(super) upload_view: Option<String>,
    /// How many pages to visit beyond the first
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) crawl: usize,
    /// Never request these paths either, beside those that log out or delete; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Only these checks; prefixes work: csrf,upload
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these checks; prefixes work
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Exit with 1 when something this bad is missing
    #[arg(long, value_name = "LEVEL", value_enum, default_value_t = FailOn::High)]
    pub(super) fail_on: FailOn,
    /// The form of the report [default: by the extension of -o, else text]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(super) format: Option<Format>,
    /// Write the report to this file; repeatable, the format is that of its extension. Text still goes to the terminal
    #[arg(short, long = "output", value_name = "FILE")]
    pub(super) outputs: Vec<PathBuf>,
    /// Trust the authorities in this PEM file as well
    #[arg(long, value_name = "FILE")]
    pub(super) cacert: Option<PathBuf>,
    /// Go on when the certificate is not good; it is reported all the same
    #[arg(long)]
    pub(super) insecure: bool,
    /// Requests a second [default: 10, or 50 when it is this machine]
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<NonZeroU32>,
    /// How long to wait for an answer: seconds, or a time with its unit
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = patience::parse)]
    pub(super) timeout: Duration,
    /// How long the whole audit may take; then what was changed is put back, and what was seen so far is reported
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = patience::parse)]
    pub(super) max_time: Duration,
}

impl Args {
    /// An active audit with everything else as it is by default.
    pub(crate) fn active(url: &str) -> Result<Self, clap::Error> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let line: Line = clap::Parser::try_parse_from(["audit", url, "--active"])?;
        Ok(line.args)
    }
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Only for the worst.
    Critical,
    /// An attack works.
    High,
    /// An attack is helped.
    Medium,
    /// Depth of defence.
    Low,
    /// Not at all.
    Never,
}

impl FailOn {
    /// The severity; `None`: never.
    pub(crate) const fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: schema mantlet.audit/1.
    Json,
}
