//! A line for people: what everybody wants to know in a fixed order, then what was found as `name=value`.
//!
//! `2026-11-24T18:20:11Z 127.0.0.1 POST /email 403 812 1204us refused=csrf.cross-site reference=5ad1c3f2-9b1e detail="…"`:
//! when, who, what, status, bytes sent, how long. `-` stands for what is not known. Words hold nothing but visible ASCII,
//! what is quoted is escaped.

use std::fmt::{self, Write as _};
use std::net::IpAddr;

use super::Ended;
use super::line::{Finding, Line};

pub(super) fn write(out: &mut String, ended: Ended<'_>, line: &Line, with_query: bool) -> fmt::Result {
    // Put together by hand: the machinery of `write!` would cost more than all guards do for a small page.
    out.push_str(ended.second);
    out.push_str("Z ");
    push_address(out, line.client)?;
    out.push(' ');
    match &line.asked {
        Some(asked) => {
            push_word(out, asked.method.as_str())?;
            out.push(' ');
            push_word(out, asked.path())?;
            if let Some(query) = asked.query().filter(|_| with_query) {
                out.push('?');
                push_word(out, query)?;
            }
        }
        None => out.push_str("- -"),
    }
    out.push(' ');
    out.push_str(line.status.as_ref().map_or("-", |status| status.as_str()));
    let mut digits = itoa::Buffer::new();
    out.push(' ');
    out.push_str(digits.format(line.sent));
    out.push(' ');
    out.push_str(digits.format(u64::try_from(ended.took.as_micros()).unwrap_or(u64::MAX)));
    out.push_str("us");
    for finding in &line.findings {
        push_finding(out, finding)?;
    }
    out.push('\n');
    Ok(())
}

fn push_finding(out: &mut String, finding: &Finding) -> fmt::Result {
    let detail = match finding {
        Finding::Refused(refusal, reference) => {
            write!(out, " refused={} reference={reference}", refusal.reason.code())?;
            &refusal.detail
        }
        Finding::WouldBeRefused(refusal) => {
            write!(out, " would_refuse={}", refusal.reason.code())?;
            &refusal.detail
        }
        Finding::Noted(note) => {
            write!(out, " note={}", note.kind.code())?;
            &note.detail
        }
        Finding::BrokenOff(refusal) => {
            write!(out, " broken_off={}", refusal.reason.code())?;
            &refusal.detail
        }
    };
    if detail.is_empty() { Ok(()) } else { push_quoted(out, detail) }
}

fn push_quoted(out: &mut String, detail: &str) -> fmt::Result {
    out.push_str(" detail=\"");
    detail.chars().try_for_each(|letter| match letter {
        // Ends nothing here, and stands in every policy that is quoted.
        '\'' => out.write_char(letter),
        _ => write!(out, "{}", letter.escape_debug()),
    })?;
    out.write_char('"')
}

/// A word that stays one. Hardly any has to be escaped.
fn push_word(out: &mut String, word: &str) -> fmt::Result {
    if word.bytes().all(|byte| byte.is_ascii_graphic()) {
        out.push_str(word);
        return Ok(());
    }
    word.chars().try_for_each(|letter| match letter {
        _ if letter.is_ascii_graphic() => out.write_char(letter),
        _ => write!(out, "{}", letter.escape_unicode()),
    })
}

fn push_address(out: &mut String, address: IpAddr) -> fmt::Result {
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
