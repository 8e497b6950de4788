//! What keeps a document apart from those of other origins: `Cross-Origin-Opener-Policy` (HTML),
//! `Cross-Origin-Resource-Policy` (Fetch), `Origin-Agent-Cluster` (HTML).

use super::header_value::{item, ranked, word};

ranked! {
    /// ```text
    /// Cross-Origin-Opener-Policy: same-origin-allow-popups
    /// ```
    ///
    /// The default cuts the page off from whoever opened it and leaves its own pop-ups alone: plain `same-origin` breaks
    /// the pop-ups of OAuth and of payment. One that comes back from there finds its opener only on a page without this.
    OpenerPolicy, field = CrossOriginOpenerPolicy, default = SameOriginAllowPopups, read = item {
        /// Anyone who opened the page keeps a handle on it.
        UnsafeNone = "unsafe-none",
        /// Cut off from openers of other origins, not from own pop-ups.
        SameOriginAllowPopups = "same-origin-allow-popups",
        /// Cut off from every opener, not from own pop-ups. Firefox does not know it, and cuts nobody off.
        NoopenerAllowPopups = "noopener-allow-popups",
        /// Cut off both ways.
        SameOrigin = "same-origin",
    }
}

ranked! {
    /// ```text
    /// Cross-Origin-Resource-Policy: same-site
    /// ```
    ///
    /// The default lets sibling hosts load a site's images and scripts, and nobody else: `same-origin` breaks
    /// `static.example.com`. Pages and files that are meant to be embedded anywhere need `cross-origin` on their route.
    ResourcePolicy, field = CrossOriginResourcePolicy, default = SameSite, read = word {
        /// Anyone may load it.
        CrossOrigin = "cross-origin",
        /// Pages of the same site.
        SameSite = "same-site",
        /// Pages of the same origin.
        SameOrigin = "same-origin",
    }
}

ranked! {
    /// ```text
    /// Origin-Agent-Cluster: ?1
    /// ```
    ///
    /// The default asks for a process of the origin's own and takes `document.domain` away, which old code used to
    /// reach across sibling hosts.
    OriginAgentCluster, field = OriginAgentCluster, default = Keyed, read = item {
        /// By site.
        Shared = "?0",
        /// By origin.
        Keyed = "?1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::SecurityHeader;

    #[test]
    fn values_are_read_as_browsers_do() {
        for (name, text, expected) in [
            ("plain", "same-origin", Some(OpenerPolicy::SameOrigin)),
            ("parameter", "same-origin; report-to=\"x\"", Some(OpenerPolicy::SameOrigin)),
            ("a blank before a parameter voids the field", "same-origin ; report-to=\"x\"", None),
            ("a broken parameter voids the field", "same-origin; Report To", None),
            ("quoted is a string, not a token", "\"same-origin\"", None),
            ("upper case", "Same-Origin", None),
            ("list", "same-origin, same-origin", None),
        ] {
            assert_eq!(OpenerPolicy::parse(text).ok(), expected, "{name}");
        }
        for (name, text, expected) in [
            ("plain", "same-site", Some(ResourcePolicy::SameSite)),
            ("parameter", "same-site; a", None),
            ("list", "same-site, same-site", None),
            ("upper case", "SAME-SITE", None),
            ("a blank beyond ASCII", "same-origin\u{a0}", None),
        ] {
            assert_eq!(ResourcePolicy::parse(text).ok(), expected, "{name}");
        }
        assert_eq!(OriginAgentCluster::parse("?1").ok(), Some(OriginAgentCluster::Keyed));
        assert_eq!(OriginAgentCluster::parse("1").ok(), None);
    }
}
