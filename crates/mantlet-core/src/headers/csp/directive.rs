//! The directives of CSP level 3 and of the specifications that add to it.

/// How a directive is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A list of sources: where something may be loaded from. Falls back to `default-src`.
    Fetch,
    /// A list of sources that stands for itself.
    Sources,
    /// Words of its own, or none.
    Words,
    /// Once known, void today.
    Deprecated,
}

/// Every directive that browsers know or knew.
pub(super) const DIRECTIVES: [(&str, Kind); 34] = [
    ("default-src", Kind::Fetch),
    ("script-src", Kind::Fetch),
    ("script-src-elem", Kind::Fetch),
    ("script-src-attr", Kind::Fetch),
    ("style-src", Kind::Fetch),
    ("style-src-elem", Kind::Fetch),
    ("style-src-attr", Kind::Fetch),
    ("img-src", Kind::Fetch),
    ("font-src", Kind::Fetch),
    ("connect-src", Kind::Fetch),
    ("media-src", Kind::Fetch),
    ("object-src", Kind::Fetch),
    ("frame-src", Kind::Fetch),
    ("fenced-frame-src", Kind::Fetch),
    ("child-src", Kind::Fetch),
    ("worker-src", Kind::Fetch),
    ("manifest-src", Kind::Fetch),
    ("base-uri", Kind::Sources),
    ("sandbox", Kind::Words),
    ("form-action", Kind::Sources),
    ("frame-ancestors", Kind::Sources),
    ("report-to", Kind::Words),
    ("report-uri", Kind::Words),
    ("require-trusted-types-for", Kind::Words),
    ("trusted-types", Kind::Words),
    ("upgrade-insecure-requests", Kind::Words),
    ("webrtc", Kind::Words),
    ("block-all-mixed-content", Kind::Deprecated),
    ("disown-opener", Kind::Deprecated),
    ("navigate-to", Kind::Deprecated),
    ("plugin-types", Kind::Deprecated),
    ("prefetch-src", Kind::Deprecated),
    ("referrer", Kind::Deprecated),
    ("reflected-xss", Kind::Deprecated),
];

/// How a directive is read. `None`: no browser knows it.
pub(super) fn kind(name: &str) -> Option<Kind> {
    DIRECTIVES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// Whether the value is a list of sources.
pub(super) fn takes_sources(name: &str) -> bool {
    matches!(kind(name), Some(Kind::Fetch | Kind::Sources))
}

/// The directives that decide about a request when this one is absent, nearest first (CSP level 3, section 6.8.3).
pub(super) fn fallbacks(name: &str) -> &'static [&'static str] {
    match name {
        "default-src" => &[],
        "script-src-elem" | "script-src-attr" => &["script-src", "default-src"],
        "style-src-elem" | "style-src-attr" => &["style-src", "default-src"],
        "worker-src" => &["child-src", "script-src", "default-src"],
        "frame-src" => &["child-src", "default-src"],
        "fenced-frame-src" => &["frame-src", "child-src", "default-src"],
        _ if kind(name) == Some(Kind::Fetch) => &["default-src"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_lower_case_and_without_repetition() {
        let names: std::collections::BTreeSet<_> = DIRECTIVES.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), DIRECTIVES.len());
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
    }

    #[test]
    fn fallbacks_are_directives() {
        for (name, _) in DIRECTIVES {
            assert!(fallbacks(name).iter().all(|fallback| kind(fallback) == Some(Kind::Fetch)), "{name}");
        }
    }
}
