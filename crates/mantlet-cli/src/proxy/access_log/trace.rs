//! The trace that a request belongs to, if somebody before us says so (W3C Trace Context, section 3.2).

use mantlet_core::fields::{Fields, Known};

/// 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TraceId([u8; 32]);

impl TraceId {
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The trace id of a request. `None`: there is none, or not exactly one.
pub(super) fn id(fields: &Fields) -> Option<TraceId> {
    parse(fields.only(Known::Traceparent)?)
}

/// `00-TRACE-PARENT-FLAGS`. Versions to come may say more behind a further hyphen.
fn parse(value: &[u8]) -> Option<TraceId> {
    let mut parts = value.split(|byte| *byte == b'-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &[u8]| part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_set = |part: &[u8]| part.iter().any(|byte| *byte != b'0');
    let has_shape = version.len() == 2 && parent.len() == 16 && flags.len() == 2;
    let is_valid = has_shape
        && version != b"ff"
        && [version, trace, parent, flags].into_iter().all(is_hex)
        && is_set(trace)
        && is_set(parent)
        && (version != b"00" || parts.next().is_none());
    trace.try_into().ok().filter(|_| is_valid).map(TraceId)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn only_what_the_specification_calls_valid_is_a_trace() {
        for (name, value, valid) in [
            ("its own example", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("a version to come", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes", true),
            ("more than version 0 has", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", false),
            ("the version that is none", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("upper case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("no trace", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("no parent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("too short", "00-4bf92f3577b34da6-00f067aa0ba902b7-01", false),
            ("log_forging", "00-\"}{\"a\":\"92f3577b34da6a3ce929d0e0-00f067aa0ba902b7-01", false),
            ("nothing", "", false),
        ] {
            assert_eq!(
                parse(value.as_bytes()).map(|id| id.as_str().to_owned()),
                valid.then(|| TRACE.to_owned()),
                "{name}"
            );
        }
    }

    #[test]
    fn two_traces_are_none() {
        let value = format!("00-{TRACE}-00f067aa0ba902b7-01");
        let mut fields = Fields::from_pairs([("traceparent", &value)]).unwrap();
        assert!(id(&fields).is_some());
        fields.append_value(Known::Traceparent, value.as_bytes()).unwrap();
        assert_eq!(id(&fields), None);
    }
}
