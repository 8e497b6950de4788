//! The log: events on stderr, as text or as JSON. The access log is the proxy's own.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::cli::{Globals, LogFormat};

/// Starts logging. `by_policy` counts where no flag says otherwise.
pub(crate) fn start(globals: &Globals, by_policy: LogFormat) {
    let level = match (globals.quiet, globals.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    // Libraries may speak up when something is wrong; what they do all day is for -vv.
    let others = if level == LevelFilter::TRACE { "debug" } else { "warn" };
    let filter =
        if globals.quiet { EnvFilter::new("error") } else { EnvFilter::new(format!("{others},mantlet={level}")) };
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (the demo) keeps the first log.
    let _ = match globals.log_format.unwrap_or(by_policy) {
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogFormat::Text => log.with_ansi(globals.output.colors_stderr()).with_target(false).compact().try_init(),
    };
}
