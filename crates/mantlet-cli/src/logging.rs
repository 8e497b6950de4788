//! The log: events on stderr, as text or as JSON. Of requests the access log of the proxy tells, and nobody else.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::globals::{Globals, LogFormat};
use crate::stderr::LogWriter;

/// Starts logging, once.
pub(crate) fn start(globals: &Globals, format: LogFormat) {
    let level = match (globals.quiet, globals.verbose) {
        // Warnings are not silenced, as in `Output`.
        (true, _) => LevelFilter::WARN,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    // What libraries warn of is what strangers send them (h2 has a line for each stray PING), and nothing bounds how often:
    // they are silent unless asked.
    let others = match level {
        LevelFilter::TRACE => LevelFilter::DEBUG,
        LevelFilter::DEBUG => LevelFilter::WARN,
        _ => LevelFilter::OFF,
    };
    let filter = Targets::new().with_default(others).with_target("mantlet", level);
    let log = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(|| LogWriter);
    match format {
        LogFormat::Json => {
            log.with(lines.json().flatten_event(true).with_current_span(false).with_span_list(false)).init();
        }
        LogFormat::Text => {
            log.with(lines.with_ansi(globals.output.colors_stderr()).with_target(false).compact()).init();
        }
    }
}
