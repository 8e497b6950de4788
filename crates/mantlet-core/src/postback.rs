//! A GET that a framework takes for a form sent back, so that it runs what a button of it does.
//!
//! It asks for no other method, and the frameworks do not ask for theirs: ASP.NET, Faces, Tapestry, PRADO (PHP) and Wicket.

use crate::{percent, query};

/// The query parameters by which ASP.NET, Faces and Tapestry know a form, in lower case.
const PARAMETERS: [&[u8]; 4] = [b"__eventtarget", b"javax.faces.viewstate", b"jakarta.faces.viewstate", b"t:formdata"];

/// To ASP.NET, `__VIEWSTATEFIELDCOUNT=1` does the same, and so does whatever begins like that and has no value
/// (`?__VIEWSTATEx&a=1`).
const VIEW_STATE: &[u8] = b"__viewstate";

/// Those of PRADO, which gets its names from PHP.
const OF_PHP: [&[u8]; 2] = [b"prado_pagestate", b"prado_postback_target"];

/// What Wicket's listener for forms was called until its version 8.
const FORM_LISTENER: &[u8] = b"IFormSubmitListener";

/// Whether the query makes a form of a GET, so that some framework would run what a button of it does.
pub(crate) fn is_in_query(query: &str) -> bool {
    query::pairs(query).any(|(name, _)| is_parameter(name)) || is_for_form_of_wicket(query)
}

fn is_parameter(name: &str) -> bool {
    // Few begin like that, and each that does is copied.
    let decoded = || percent::decode_with_u(name.as_bytes()).to_ascii_lowercase();
    let is_one = |name: &[u8]| name.starts_with(VIEW_STATE) || PARAMETERS.contains(&name);
    (name.starts_with(['_', '%', 'j', 'J', 't', 'T']) && is_one(&decoded()))
        || OF_PHP.iter().any(|parameter| query::is_read_as(name, parameter))
}

/// Wicket calls a listener of a page by what the query begins with: `?0-1.-panel-form`, the numbers of page and rendering, that
/// of a behaviour or nothing, and the way to the component. Links have listeners, too. Since version 8 only the fields of a
/// form tell them apart.
fn is_for_form_of_wicket(query: &str) -> bool {
    let (listener, fields) = query.split_once('&').unwrap_or((query, ""));
    // No other query begins so.
    if !listener.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '%')) {
        return false;
    }
    let listener = percent::decode(listener);
    let behind_numbers = |text: &[u8]| text.iter().position(|byte| !byte.is_ascii_digit());
    let called = || {
        let rest = listener.get(behind_numbers(&listener)?..)?.strip_prefix(b"-")?;
        let rest = rest.get(behind_numbers(rest)?..)?.strip_prefix(b".")?;
        let end = rest.iter().position(|byte| *byte == b'-')?;
        rest.split_at_checked(end)
    };
    called().is_some_and(|(interface, path)| {
        path.len() > 1
            && (interface == FORM_LISTENER
                || (!fields.is_empty() && interface.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')))
    })
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
            ("t:formdata=x&a=1", true),
            ("t%3Aformdata=x", true),
            ("PRADO_PAGESTATE=x", true),
            ("a=1&PRADO.POSTBACK_TARGET=ctl0", true),
            ("%20PRADO_POSTBACK_TARGET=ctl0", true),
            ("0-1.IFormSubmitListener-form", true),
            ("0-1.-panel-form&email=x", true),
            ("-1.-form&email=x", true),
            ("-.-form&email=x", true),
            ("%30%2D1%2E-form&email=x", true),
            ("3-1.0-form-button&email=x", true),
            ("3-1.IBehaviorListener.0-form-button&email=x", true),
            ("0-1.-panel-link", false),
            ("0", false),
            ("0-1", false),
            ("0&a=1", false),
            ("2024-01-02&a=1", false),
            ("-1.5&a=1", false),
            ("1-2.5-&a=1", false),
            ("a=0-1.-form&b=1", false),
            ("page=2", false),
            ("t=1", false),
            ("PRADO_PAGESTATES=x", false),
            ("q=__VIEWSTATE", false),
            ("__VIEW=x", false),
            ("__EVENTTARGETS=x", false),
            ("javax.faces.ViewStates=x", false),
        ] {
            assert_eq!(is_in_query(query), expected, "{query}");
        }
    }
}
