//! The access log: one line a request, gathered per worker and written to standard error with each tick.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use http::{HeaderValue, Method, StatusCode, Uri};
use mantlet::{Reference, Refusal};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How and whether requests are logged.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AccessLogSettings {
    pub(crate) enabled: bool,
    /// One JSON object a line, with OpenTelemetry's names; otherwise text.
    pub(crate) json: bool,
    /// Queries can hold what nobody should read: they are left out unless asked for.
    pub(crate) query_strings: bool,
}

/// The log of one worker.
#[derive(Debug)]
pub(crate) struct AccessLog {
    settings: AccessLogSettings,
    lines: RefCell<String>,
    /// The second that all lines of a tick carry.
    now: RefCell<String>,
}

/// Lines are written at the latest when this much has gathered.
const GATHERED: usize = 32 * 1024;

/// What was asked, kept until the answer is known. `None` where nothing is logged.
#[derive(Debug)]
pub(crate) struct Asked {
    method: Method,
    uri: Uri,
    user_agent: Option<HeaderValue>,
    since: Instant,
}

/// How it was answered.
#[derive(Debug)]
pub(crate) struct Answered<'a> {
    pub(crate) client: IpAddr,
    pub(crate) status: StatusCode,
    /// Bytes of the response's body.
    pub(crate) sent: u64,
    pub(crate) refusal: Option<(&'a Refusal, &'a Reference)>,
}

impl AccessLog {
    pub(crate) fn new(settings: AccessLogSettings) -> Self {
        let log = Self { settings, lines: RefCell::default(), now: RefCell::default() };
        log.tick();
        log
    }

    /// A request's head was read.
    pub(crate) fn asked(&self, method: &Method, uri: &Uri, user_agent: Option<&HeaderValue>) -> Option<Asked> {
        self.settings.enabled.then(|| Asked {
            method: method.clone(),
            uri: uri.clone(),
            user_agent: user_agent.filter(|_| self.settings.json).cloned(),
            since: Instant::now(),
        })
    }

    /// A request was answered.
    pub(crate) fn answered(&self, asked: Option<Asked>, answered: &Answered<'_>) {
        let Some(asked) = asked else { return };
        let mut lines = self.lines.borrow_mut();
        // Writing to a string does not fail.
        let _ = if self.settings.json {
            self.json(&mut lines, &asked, answered)
        } else {
            self.text(&mut lines, &asked, answered)
        };
        if lines.len() > GATHERED {
            write_out(&mut lines);
        }
    }

    /// Writes what has gathered, and looks at the clock.
    pub(crate) fn tick(&self) {
        write_out(&mut self.lines.borrow_mut());
        if self.settings.enabled {
            let now = OffsetDateTime::from(SystemTime::now()).replace_nanosecond(0);
            *self.now.borrow_mut() = now.ok().and_then(|now| now.format(&Rfc3339).ok()).unwrap_or_default();
        }
    }

    fn target<'a>(&self, uri: &'a Uri) -> &'a str {
        match uri.path_and_query() {
            Some(target) if self.settings.query_strings => target.as_str(),
            _ => uri.path(),
        }
    }

    fn text(&self, out: &mut String, asked: &Asked, answered: &Answered<'_>) -> std::fmt::Result {
        let Answered { client, status, sent, refusal } = answered;
        // Put together by hand: the machinery of `write!` would cost more than all guards do for a small page.
        let took = u64::try_from(asked.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        out.push_str(&self.now.borrow());
        out.push(' ');
        push_address(out, *client)?;
        for word in [asked.method.as_str(), self.target(&asked.uri), status.as_str()] {
            out.push(' ');
            out.push_str(word);
        }
        let mut digits = itoa::Buffer::new();
        out.push(' ');
        out.push_str(digits.format(*sent));
        out.push(' ');
        out.push_str(digits.format(took));
        out.push_str("us");
        if let Some((refusal, reference)) = refusal {
            write!(out, " {} {reference}", refusal.reason.code())?;
        }
        out.push('\n');
        Ok(())
    }

    fn json(&self, out: &mut String, asked: &Asked, answered: &Answered<'_>) -> std::fmt::Result {
        let Answered { client, status, sent, refusal } = answered;
        write!(out, r#"{{"timestamp":"{}","http.request.method":"{}","url.path":"#, self.now.borrow(), asked.method,)?;
        json_string(out, self.target(&asked.uri).as_bytes());
        write!(
            out,
            r#","http.response.status_code":{},"http.response.body.size":{sent},"client.address":"{client}","duration_ms":{:.3}"#,
            status.as_u16(),
            asked.since.elapsed().as_secs_f64() * 1000.0,
        )?;
        if let Some(user_agent) = &asked.user_agent {
            out.push_str(r#","user_agent.original":"#);
            json_string(out, user_agent.as_bytes());
        }
        if let Some((refusal, reference)) = refusal {
            let code = refusal.reason.code();
            let category = refusal.reason.category();
            write!(
                out,
                r#","security_rule.name":"{code}","security_rule.category":"{category}","reference":"{reference}""#
            )?;
        }
        out.push_str("}\n");
        Ok(())
    }
}

fn push_address(out: &mut String, address: IpAddr) -> std::fmt::Result {
    let IpAddr::V4(address) = address else { return write!(out, "{address}") };
    let mut digits = itoa::Buffer::new();
    let [first, rest @ ..] = address.octets();
    out.push_str(digits.format(first));
    for octet in rest {
        out.push('.');
        out.push_str(digits.format(octet));
    }
    Ok(())
}

/// What a client sent, as a JSON string. Bytes that are not UTF-8 become U+FFFD.
fn json_string(out: &mut String, text: &[u8]) {
    out.push_str(&serde_json::Value::from(String::from_utf8_lossy(text)).to_string());
}

fn write_out(lines: &mut String) {
    if !lines.is_empty() {
        // A log that cannot be written must not stop the shield.
        let _ = std::io::stderr().write_all(lines.as_bytes());
        lines.clear();
    }
}
