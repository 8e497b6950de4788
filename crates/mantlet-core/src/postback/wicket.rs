//! Wicket: what it is asked to run has the name of a component, not of a parameter.

use crate::percent;
use crate::query::Query;

/// Until version 1.4 (Gitblit), Wicket names a listener here, or in the path of a page:
/// `/page/wicket:interface/:0:form::IFormSubmitListener::`.
const INTERFACE: &[u8] = b"wicket:interface";

/// How those end that take fields.
const LISTENERS: [&[u8]; 3] = [b"FormSubmitListener", b"BehaviorListener", b"OnChangeListener"];

/// What Wicket called the listener of a form until its version 8, and that of a behaviour, which may send one.
const FORM_LISTENER: &[u8] = b"IFormSubmitListener";
const BEHAVIOUR_LISTENER: &[u8] = b"IBehaviorListener";

/// Whether a parameter names a form of a page, or what may send one.
pub(super) fn is_form(name: &str, value: &str, query: &Query<'_>) -> bool {
    if name.starts_with(|c: char| c.is_ascii_alphabetic() && c != 'w') {
        return false;
    }
    is_interface(name, value) || (value.is_empty() && is_form_listener(name, query.has_ampersand))
}

/// The same of a path, decoded.
pub(super) fn is_in_path(path: &[u8]) -> bool {
    memchr::memmem::find(path, INTERFACE).is_some() && names_listener(path)
}

fn is_interface(name: &str, value: &str) -> bool {
    percent::decode(name) == INTERFACE && names_listener(&percent::decode(value))
}

fn names_listener(text: &[u8]) -> bool {
    LISTENERS.iter().any(|listener| memchr::memmem::find(text, listener).is_some())
}

/// A parameter without a value names what is to be run, wherever it stands: `?0-1.-panel-form` is page 0, rendering 1, no
/// behaviour, and the component `panel:form`. Each number may be left out, and since version 8 only that of the page need be
/// one. Until then a form was called `0-1.IFormSubmitListener-panel-form`. Now a link looks the same, and what makes it a form
/// is that fields stand beside it.
fn is_form_listener(name: &str, has_fields: bool) -> bool {
    if name.starts_with('w') || !name.contains(['-', '%']) {
        return false;
    }
    let name = percent::decode(name);
    let mut parts = name.splitn(3, |byte| *byte == b'-');
    let (Some(page), Some(listener), Some(component)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let names = |interface| memchr::memmem::find(listener, interface).is_some();
    !page.iter().any(u8::is_ascii_alphabetic)
        && !component.is_empty()
        && (names(FORM_LISTENER) || (has_fields && (names(BEHAVIOUR_LISTENER) || is_listener(page, listener))))
}

/// What may stand between page and component since version 8. With a behaviour (`1.0`) the page is one that keeps a state, unless
/// its author says otherwise, and no visitor has come to a thousand of those: a larger number is that of an article
/// (`?344839-4.0-released&p=2`).
fn is_listener(page: &[u8], listener: &[u8]) -> bool {
    let mut parts = listener.split(|byte| *byte == b'.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some([]), None, _) => true,
        (Some(_), Some(behaviour), None) => !is_number(behaviour) || !is_above_999(page),
        _ => false,
    }
}

/// Java takes a plus before a number, zeros at its start, and digits of other alphabets.
fn is_above_999(page: &[u8]) -> bool {
    let digits = page.strip_prefix(b"+").unwrap_or(page);
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    is_number(digits) && digits.len().saturating_sub(zeros) > 3
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_found_in_queries() {
        for (query, expected) in [
            ("wicket:interface=:0:form::IFormSubmitListener::", true),
            ("wicket%3Ainterface=%3A0%3Aform%3Abutton%3A%3AIActivePageBehaviorListener%3A0%3A1&email=x", true),
            ("0-1.IFormSubmitListener-form", true),
            ("0-1.-panel-form&email=x", true),
            ("-1.-form&email=x", true),
            ("-.-form&email=x", true),
            ("0--form&email=x", true),
            ("0-x.y-form=&email=x", true),
            ("email=x&0-1.-form", true),
            ("&0-1.-form&email=x", true),
            ("\u{660}-1.-form&email=x", true),
            ("0-IFormSubmitListener-form", true),
            ("%30%2D1%2E-form&email=x", true),
            ("3-1.0-form-button&email=x", true),
            ("3-1.IBehaviorListener.0-form-button&email=x", true),
            ("999-1.0-form&email=x", true),
            ("2024--form&email=x", true),
            ("2024-1.-form&email=x", true),
            ("2024-x.y-form&email=x", true),
            ("0000999-1.0-form&email=x", true),
            ("%2B00999-1.0-form&email=x", true),
            ("\u{662}\u{660}\u{662}\u{664}-1.0-form&email=x", true),
            ("2024-1.\u{660}-form&email=x", true),
            ("2024-1.5-rc1&email=x", false),
            ("344839-4.0-Gold-Released&p=2", false),
            ("0-1.-panel-link", false),
            ("0", false),
            ("0-1", false),
            ("0&a=1", false),
            ("2024-01-02&a=1", false),
            ("-1.5&a=1", false),
            ("1-2.5-&a=1", false),
            ("a=0-1.-form&b=1", false),
            ("0-1.-form=x&b=1", false),
            ("a-1.-form&b=1", false),
            ("2024-1.2.3-beta&b=1", false),
            ("550e8400-e29b-41d4-a716-446655440000&b=1", false),
            ("wicket:interface=:0:show::ILinkListener::", false),
            ("wicket:interface=:3:::", false),
        ] {
            let query = Query::new(query);
            let is_form = |(name, value)| is_form(name, value, &query);
            assert_eq!(query.pairs().any(is_form), expected, "{query:?}");
        }
    }

    #[test]
    fn forms_are_found_in_paths() {
        for (path, expected) in [
            ("/pay/wicket:interface/:0:form::IFormSubmitListener::", true),
            ("/pay/wicket%3Ainterface/%3A0%3Aform%3A%3AIFormSubmitListener%3A%3A/", true),
            ("/pay/wicket:interface/:0:show::ILinkListener::", false),
            ("/docs/IFormSubmitListener.html", false),
        ] {
            assert_eq!(crate::postback::is_in_path(path), expected, "{path}");
        }
    }
}
