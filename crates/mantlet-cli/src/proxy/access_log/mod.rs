//! The access log: one line a request, with all that is known of it. Nobody else writes about requests.
//!
//! 1. A request that was refused, would have been, or left a note, has a line even where others have none.
//! 2. The line is written when the request ends, however it ends: a client that hangs up does not keep itself out of the log.
//! 3. Nothing a client sends begins a new line or looks like another field: see [`text`] and [`json`].
//!
//! Lines are gathered per worker and handed to [`stderr`] with each tick.

mod clock;
mod json;
mod line;
mod text;
mod trace;

use std::cell::RefCell;
use std::time::{Duration, Instant};

use self::clock::Clock;
pub(crate) use self::line::Line;
use crate::globals::LogFormat;
use crate::stderr;

/// What is logged, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AccessLogSettings {
    pub(crate) lines: Lines,
    pub(crate) format: LogFormat,
    /// Queries can hold what nobody should read: they are left out unless asked for.
    pub(crate) query_strings: bool,
}

/// Which requests have a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Lines {
    #[default]
    None,
    /// Those of which the guards have something to tell.
    Findings,
    All,
}

/// The log of one worker.
#[derive(Debug)]
pub(crate) struct AccessLog {
    settings: AccessLogSettings,
    lines: RefCell<String>,
    clock: RefCell<Clock>,
}

/// When a request ended, and how long it took.
#[derive(Debug, Clone, Copy)]
struct Ended<'a> {
    /// `2026-11-24T18:20:11`
    second: &'a str,
    millisecond: u32,
    took: Duration,
}

/// Lines are written at the latest when this much has gathered.
const GATHERED: usize = 32 * 1024;

impl AccessLog {
    pub(crate) fn new(settings: AccessLogSettings) -> Self {
        Self { settings, lines: RefCell::default(), clock: RefCell::new(Clock::read()) }
    }

    /// Writes what has gathered, and looks at the clock.
    pub(crate) fn tick(&self) {
        write_out(&mut self.lines.borrow_mut());
        if self.settings.lines != Lines::None {
            *self.clock.borrow_mut() = Clock::read();
        }
    }

    /// A request has ended.
    fn add(&self, line: &Line) {
        match self.settings.lines {
            Lines::None => return,
            Lines::Findings if line.findings.is_empty() => return,
            Lines::Findings | Lines::All => {}
        }
        let now = Instant::now();
        let mut clock = self.clock.borrow_mut();
        let millisecond = clock.millisecond(now).unwrap_or_else(|| {
            *clock = Clock::read();
            clock.millisecond(now).unwrap_or_default()
        });
        let took = now.saturating_duration_since(line.since);
        let ended = Ended { second: clock.second(), millisecond, took };
        let mut lines = self.lines.borrow_mut();
        let written = match self.settings.format {
            LogFormat::Json => json::write(&mut lines, ended, line, self.settings.query_strings),
            LogFormat::Text => text::write(&mut lines, ended, line, self.settings.query_strings),
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
        if lines.len() > GATHERED {
            write_out(&mut lines);
        }
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        write_out(&mut self.lines.borrow_mut());
    }
}

fn write_out(lines: &mut String) {
    if !lines.is_empty() {
        stderr::say(lines);
        lines.clear();
    }
}
