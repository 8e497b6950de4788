//! [`Case`]: one exchange and what must come of it.

use std::fmt;

/// One exchange and what must come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The file, relative to the corpus: `csrf/forms.case`.
    pub file: String,
    /// The line of its name.
    pub line: usize,
    /// Its name, unique in the file.
    pub name: String,
    /// How the browser reaches the site.
    pub listener: Listener,
    /// The policy, as the text of a `mantlet.toml`.
    pub policy: String,
    /// The bytes that the client sends.
    pub request: Vec<u8>,
    /// What must come of it.
    pub expect: Expect,
    /// The codes of the notes that must be told of it, in order: all of them.
    pub notes: Vec<String>,
    /// What the application must have seen; empty when refused.
    pub upstream: Vec<Check>,
    /// The bytes that the application answers.
    pub response: Vec<u8>,
    /// What the client must have got.
    pub client: Vec<Check>,
}

impl Case {
    /// The answer of an application that a case says nothing about.
    pub const DEFAULT_RESPONSE: &'static [u8] =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nok";

    /// The code of the reason for which it must be refused.
    pub fn refused_for(&self) -> Option<&str> {
        match &self.expect {
            Expect::Refuse(code) => Some(code),
            Expect::Pass => None,
        }
    }

    /// Where it stands and what it is called: `csrf/forms.case:12 form_post_from_another_site`.
    pub fn title(&self) -> String {
        format!("{}:{} {}", self.file, self.line, self.name)
    }
}

/// How the browser reaches the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listener {
    /// `https://app.example`
    Https,
    /// `http://app.example`
    Http,
}

/// What must come of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// The application sees it.
    Pass,
    /// The application sees nothing; this is the code of the reason.
    Refuse(String),
}

/// One thing that must be true of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// The status of an answer.
    Status(u16),
    /// A field with exactly this value.
    Has(String, Vec<u8>),
    /// No field of this name; with a value: none with this value.
    Lacks(String, Option<Vec<u8>>),
    /// So many fields of this name.
    Count(String, usize),
    /// The body, byte for byte.
    Body(Vec<u8>),
    /// The fields of the form, in order.
    Fields(Vec<(Vec<u8>, Vec<u8>)>),
    /// The file parts of the form, in order.
    Files(Vec<FilePart>),
}

/// A file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// The name of the form's field.
    pub field: Vec<u8>,
    /// The name of the file.
    pub filename: Vec<u8>,
    /// Its declared type.
    pub content_type: String,
    /// Its length in bytes.
    pub length: usize,
}

/// A line that is no part of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidCase {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for InvalidCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.problem)
    }
}

impl std::error::Error for InvalidCase {}
