//! Reads `corpus/<guard>/<theme>.case`: one file of hostile and honest exchanges, run against every host of the guards.
//!
//! A case says what the client sends, what the policy is, and what must come of it. The same files are run against the
//! core, the tower layer and the real binary, over HTTP/1.1 and, where it can be said there, over HTTP/2; a host that gives
//! another verdict than the others is wrong. Only what is in `corpus/proxy` is for the binary alone: what a proxy decides
//! by itself, such as framing, hops and names.
//!
//! ```text
//! # A comment, outside of blocks.
//! === form_post_from_another_site            a name in snake_case, once per file
//! listener: https                            or http; default https. The site is https://app.example
//! policy:                                    a mantlet.toml; default empty
//!   [csrf]
//!   trusted_origins = ["https://sso.example"]
//! request:
//!   POST /transfer HTTP/1.1
//!   Host: app.example
//!   Content-Type: application/x-www-form-urlencoded
//!   Content-Length: {body}
//!
//!   a=b\
//! expect: refuse csrf.cross-site             or: pass
//! note: session.cookie-too-large             the notes that must be told of it, all of them; only with `pass`
//! upstream:                                  what the application must have seen; only with `pass` and
//!                                            `refuse upstream.*` (its answer is at fault)
//!   has: cookie: session=1
//!   lacks: x-http-method-override
//!   count: cookie 1
//!   body: a=b
//!   form: name=value                         the fields, in order, decoded: all of them
//!   file: field name.png image/png 4         the file parts, in order: all of them
//! response:                                  what the application answers; default 200, text/html, "ok"
//!   HTTP/1.1 200 OK
//!   Content-Length: {body}
//!
//!   hello\
//! client:                                    what the client must have got, also when refused
//!   status: 200
//!   has: set-cookie: __Host-session=1; Path=/
//!   lacks: server
//!   count: set-cookie 1
//!   body: hello
//! ```
//!
//! Blocks are indented by two spaces, which are removed. A line of a request or response ends in CRLF unless it ends in
//! `\`, which is removed together with the line's end. `\xNN \r \n \t \0 \\ \"` are escapes. `{body}` in a head is the
//! length of what follows the first empty line; `{repeat N "text"}` repeats. A line that is wholly empty counts as an
//! empty line of its block, except after the head at the end of a block, where it is layout.

mod case;
mod check;
mod form;
mod message;
mod parse;
mod text;
mod wire;

use std::path::{Path, PathBuf};

pub use case::{Case, Check, Expect, FilePart, InvalidCase, Listener};
pub use check::Outcome;
pub use form::{FormEntry, read_form};
pub use message::{InvalidMessage, Message};
pub use parse::parse;
pub use wire::{read_request, read_response};

/// The corpus of this workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus")
}

/// Reads every `.case` file under a folder, in the order of their paths.
///
/// # Errors
/// A file that cannot be read, or the first line that is not a case.
pub fn load(folder: &Path) -> Result<Vec<Case>, InvalidCase> {
    let mut cases = Vec::new();
    for path in case_files(folder)? {
        let source = std::fs::read_to_string(&path).map_err(|error| InvalidCase {
            file: path.display().to_string(),
            line: 0,
            problem: error.to_string(),
        })?;
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        cases.extend(parse(&name, &source)?);
    }
    Ok(cases)
}

fn case_files(folder: &Path) -> Result<Vec<PathBuf>, InvalidCase> {
    let unreadable = |error: std::io::Error| InvalidCase {
        file: folder.display().to_string(),
        line: 0,
        problem: format!("cannot be listed: {error}"),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            files.extend(case_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "case") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
