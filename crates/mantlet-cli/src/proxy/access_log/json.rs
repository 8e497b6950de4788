//! A line for programs: one JSON object, with OpenTelemetry's names where it has one.
//!
//! Strings are pure ASCII, everything else is escaped: a line is safe to look at, too.

use std::fmt::{self, Write as _};

use mantlet::Refusal;

use super::Ended;
use super::line::{Asked, Finding, Line};

pub(super) fn write(out: &mut String, ended: Ended<'_>, line: &Line, with_query: bool) -> fmt::Result {
    let Ended { second, millisecond, took } = ended;
    write!(out, r#"{{"timestamp":"{second}.{millisecond:03}Z","client.address":"{}""#, line.client)?;
    if let Some(asked) = &line.asked {
        push_asked(out, asked, with_query)?;
    }
    if let Some(status) = line.status {
        write!(out, r#","http.response.status_code":{}"#, status.as_u16())?;
    }
    write!(
        out,
        r#","http.request.body.size":{},"http.response.body.size":{},"duration_ms":{:.3}"#,
        line.received(),
        line.sent,
        took.as_secs_f64() * 1000.0,
    )?;
    push_findings(out, &line.findings)?;
    out.push_str("}\n");
    Ok(())
}

fn push_asked(out: &mut String, asked: &Asked, with_query: bool) -> fmt::Result {
    push_member(out, "http.request.method", asked.method.as_str())?;
    push_member(out, "url.path", asked.path())?;
    if let Some(query) = asked.query().filter(|_| with_query) {
        push_member(out, "url.query", query)?;
    }
    if let Some(user_agent) = &asked.user_agent {
        push_member(out, "user_agent.original", &String::from_utf8_lossy(user_agent))?;
    }
    match &asked.trace_id {
        Some(trace_id) => push_member(out, "trace_id", trace_id.as_str()),
        None => Ok(()),
    }
}

fn push_findings(out: &mut String, findings: &[Finding]) -> fmt::Result {
    for finding in findings {
        match finding {
            Finding::Refused(refusal, reference) => {
                out.push(',');
                push_rule(out, refusal)?;
                write!(out, r#","reference":"{reference}""#)?;
            }
            Finding::BrokenOff(refusal) => {
                out.push_str(r#","broken_off":{"#);
                push_rule(out, refusal)?;
                out.push('}');
            }
            Finding::WouldBeRefused(_) | Finding::Noted(_) => {}
        }
    }
    push_list(out, "would_refuse", findings, |finding, out| match finding {
        Finding::WouldBeRefused(refusal) => Some(push_rule(out, refusal)),
        _ => None,
    })?;
    push_list(out, "notes", findings, |finding, out| match finding {
        Finding::Noted(note) => Some(
            write!(out, r#""code":"{}""#, note.kind.code()).and_then(|()| push_member(out, "detail", &note.detail)),
        ),
        _ => None,
    })
}

/// The findings that `push` knows, as a list of objects; nothing if there are none.
fn push_list(
    out: &mut String,
    name: &str,
    findings: &[Finding],
    push: impl Fn(&Finding, &mut String) -> Option<fmt::Result>,
) -> fmt::Result {
    let mut objects = Vec::new();
    for finding in findings {
        let mut object = String::new();
        if let Some(pushed) = push(finding, &mut object) {
            pushed?;
            objects.push(format!("{{{object}}}"));
        }
    }
    if objects.is_empty() { Ok(()) } else { write!(out, r#","{name}":[{}]"#, objects.join(",")) }
}

fn push_rule(out: &mut String, refusal: &Refusal) -> fmt::Result {
    let (code, category) = (refusal.reason.code(), refusal.reason.category());
    write!(out, r#""security_rule.name":"{code}","security_rule.category":"{category}""#)?;
    push_member(out, "detail", &refusal.detail)
}

fn push_member(out: &mut String, name: &str, value: &str) -> fmt::Result {
    write!(out, r#","{name}":""#)?;
    for letter in value.chars() {
        match letter {
            '"' | '\\' => write!(out, "\\{letter}")?,
            ' '..='~' => out.push(letter),
            // RFC 8259, section 7: beyond the first 65,536, a pair of surrogates.
            _ => letter.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?,
        }
    }
    out.push('"');
    Ok(())
}
