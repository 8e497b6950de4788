//! A GET that a framework takes for a form sent back, so that it runs what a button of it does.

use crate::{percent, query};

/// The query parameters by which ASP.NET and Faces know that a page sends its form back, and run what its buttons do. They ask
/// for no method. In lower case.
const POSTBACK: [&[u8]; 3] = [b"__eventtarget", b"javax.faces.viewstate", b"jakarta.faces.viewstate"];

/// To ASP.NET, `__VIEWSTATEFIELDCOUNT=1` does the same, and so does whatever begins like that and has no value
/// (`?__VIEWSTATEx&a=1`).
const VIEW_STATE: &[u8] = b"__viewstate";

/// Whether the query makes a form of a GET, so that some framework would run what a button of it does.
pub(crate) fn sends_form(query: &str) -> bool {
    query::pairs(query).any(|(name, _)| {
        // Few begin like that, and each that does is copied.
        name.starts_with(['_', '%', 'j', 'J'])
            && is_postback(&percent::decode_with_u(name.as_bytes()).to_ascii_lowercase())
    })
}

fn is_postback(name: &[u8]) -> bool {
    name.starts_with(VIEW_STATE) || POSTBACK.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_found_in_queries() {
        for (query, expected) in [
            ("__VIEWSTATE=x", true),
            ("a=1&__EVENTTARGET=btn", true),
            ("__viewstatefieldcount=2", true),
            ("javax.faces.ViewState=stateless", true),
            ("jakarta.faces.ViewState=x", true),
            ("__VIEWSTATEx&btn=btn", true),
            ("__VIEWSTATE", true),
            ("%5f_VIEWSTATE=x", true),
            ("%u005f_EVENTTARGET=btn", true),
            ("%u005F%u005Fviewstate=", true),
            ("javax%2Efaces%u002eViewState=x", true),
            ("q=__VIEWSTATE", false),
            ("__VIEW=x", false),
            ("__EVENTTARGETS=x", false),
            ("javax.faces.ViewStates=x", false),
        ] {
            assert_eq!(sends_form(query), expected, "{query}");
        }
    }
}
