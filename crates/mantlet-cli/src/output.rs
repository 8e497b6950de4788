//! [`Output`]: results on stdout, talk on stderr, and words before colours.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

use crate::stderr;

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also into pipes and files.
    Always,
    /// Not at all.
    Never,
}

/// The colours we use. Each only repeats what a word beside it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    /// Bad: `error`, `high`.
    Red,
    /// To be looked at: `warning`, `medium`.
    Yellow,
    /// Good: `ok`.
    Green,
    /// Beside the point.
    Dim,
    /// A heading.
    Bold,
}

impl Color {
    const fn code(self) -> &'static str {
        match self {
            Self::Red => "\x1b[31m",
            Self::Yellow => "\x1b[33m",
            Self::Green => "\x1b[32m",
            Self::Dim => "\x1b[2m",
            Self::Bold => "\x1b[1m",
        }
    }
}

/// How this process speaks to the one who started it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    color_stdout: bool,
    color_stderr: bool,
    quiet: bool,
}

impl Output {
    pub(crate) fn new(color: ColorChoice, quiet: bool) -> Self {
        Self {
            color_stdout: wants_color(color, io::stdout().is_terminal()),
            color_stderr: wants_color(color, io::stderr().is_terminal()),
            quiet,
        }
    }

    /// Writes a result to stdout, as it is.
    ///
    /// # Errors
    /// When stdout is gone; a broken pipe ends the program quietly.
    pub(crate) fn result(&self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(|error| {
            // Nobody else would know which of all files has no room.
            io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))
        })
    }

    /// How many columns the terminal has that results go to. `None`: they go elsewhere, where lines stay whole.
    pub(crate) fn columns(&self) -> Option<usize> {
        let stdout = io::stdout();
        let size = rustix::termios::tcgetwinsize(&stdout).ok().filter(|_| stdout.is_terminal())?;
        Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
    }

    /// Colours a word of a result, if stdout shows colours.
    pub(crate) fn paint(&self, color: Color, word: &str) -> String {
        paint(self.color_stdout, color, word)
    }

    /// Says a line on stderr; `-q` silences it.
    pub(crate) fn talk(&self, line: &str) {
        if !self.quiet {
            say(line);
        }
    }

    /// Colours a word of the talk, if stderr shows colours.
    pub(crate) fn paint_talk(&self, color: Color, word: &str) -> String {
        paint(self.color_stderr, color, word)
    }

    /// Whether stderr shows colours.
    pub(crate) fn colors_stderr(&self) -> bool {
        self.color_stderr
    }

    /// Something to look at; `-q` does not silence it.
    pub(crate) fn warning(&self, what: &dyn fmt::Display) {
        say(&format!("{} {what}", self.paint_talk(Color::Yellow, "warning:")));
    }

    /// What ended the program.
    pub(crate) fn error(&self, what: &dyn fmt::Display) {
        say(&format!("{} {what}", self.paint_talk(Color::Red, "error:")));
    }
}

fn wants_color(choice: ColorChoice, is_terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        // https://no-color.org: set and not empty.
        ColorChoice::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}

fn paint(on: bool, color: Color, word: &str) -> String {
    if on { format!("{}{word}\x1b[0m", color.code()) } else { word.to_owned() }
}

fn say(line: &str) {
    stderr::say(&format!("{line}\n"));
}
