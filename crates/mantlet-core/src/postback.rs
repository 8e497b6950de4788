//! A GET that a framework takes for a form sent back, so that it runs what a button of it does.
//!
//! It asks for no other method, and the frameworks do not ask for theirs: ASP.NET, Faces, Tapestry, PRADO (PHP), Spring Web Flow
//! and Wicket.
//!
//! A framework is here if it runs what a form of a page does, if who writes that page says nowhere by which method it may come, and
//! if no link of anybody's has to name what the framework knows a form by. Where an application gives an action an address, or a
//! parameter that any link may have (`?method=delete`, `action:save` of Struts, the events of Stripes and Grails, an action of
//! a portlet), the method is the application's own promise. What must know a secret of the visitor's session, as the forms of Lift,
//! Seaside, ZK and APEX must, is no forgery.

use std::borrow::Cow;

use crate::{percent, query};

/// The query parameters by which ASP.NET and Tapestry, 5 and before, know a form, in lower case.
const PARAMETERS: [&[u8]; 3] = [b"__eventtarget", b"t:formdata", b"formids"];

/// How the one of Faces ends. `javax` or `jakarta` stands before it, and where a page has several views, the name of one
/// (`j_id1:jakarta.faces.ViewState`, `_portlet_:…` in a portal).
const OF_FACES: &[u8] = b".faces.viewstate";

/// To ASP.NET, `__VIEWSTATEFIELDCOUNT=1` does the same, and so does whatever begins like that and has no value
/// (`?__VIEWSTATEx&a=1`).
const VIEW_STATE: &[u8] = b"__viewstate";

/// Those of PRADO, which gets its names from PHP.
const OF_PHP: [&[u8]; 2] = [b"prado_pagestate", b"prado_postback_target"];

/// The same in a path, as an application may have its addresses: `/page,Pay/PRADO_POSTBACK_TARGET,go`.
const OF_PRADO: [&[u8]; 2] = [b"PRADO_PAGESTATE", b"PRADO_POSTBACK_TARGET"];

/// What Spring Web Flow calls the event of a button, alone or with its name behind it.
const EVENT: &[u8] = b"_eventId";

/// And what tells it, today and in its version 1, which page of whose it is for. Without one nothing is waiting for an event.
const FLOWS: [&[u8]; 2] = [b"execution", b"_flowexecutionkey"];

/// Until version 1.4 (Gitblit), Wicket names a listener here, or in the path of a page:
/// `/page/wicket:interface/:0:form::IFormSubmitListener::`.
const INTERFACE: &[u8] = b"wicket:interface";

/// How those end that take fields.
const LISTENERS: [&[u8]; 3] = [b"FormSubmitListener", b"BehaviorListener", b"OnChangeListener"];

/// What Wicket called the listener of a form until its version 8, and that of a behaviour, which may send one.
const FORM_LISTENER: &[u8] = b"IFormSubmitListener";
const BEHAVIOUR_LISTENER: &[u8] = b"IBehaviorListener";

/// Whether the query makes a form of a GET, so that some framework would run what a button of it does.
pub(crate) fn is_in_query(query: &str) -> bool {
    query::pairs(query).any(|(name, value)| is_parameter(name) || is_interface_of_wicket(name, value))
        || is_for_form_of_wicket(query)
        || is_for_flow(query)
}

/// The same of a path, where PRADO and Wicket look for parameters, too.
pub(crate) fn is_in_path(path: &str) -> bool {
    // Few paths have one of these.
    if memchr::memchr3(b'_', b':', b'%', path.as_bytes()).is_none() {
        return false;
    }
    let decoded = if path.contains('%') {
        // PRADO decodes what its server has decoded.
        Cow::Owned(percent::decode(percent::decode(path)))
    } else {
        Cow::Borrowed(path.as_bytes())
    };
    let holds = |word: &[u8]| memchr::memmem::find(&decoded, word).is_some();
    (holds(INTERFACE) && names_listener(&decoded)) || OF_PRADO.iter().any(|name| holds(name))
}

fn is_interface_of_wicket(name: &str, value: &str) -> bool {
    name.starts_with(['w', '%']) && percent::decode(name) == INTERFACE && names_listener(&percent::decode(value))
}

fn names_listener(text: &[u8]) -> bool {
    LISTENERS.iter().any(|listener| memchr::memmem::find(text, listener).is_some())
}

/// An event for a page of a flow. Flows have numbers, `e1s1`.
fn is_for_flow(query: &str) -> bool {
    let is_event = |name: &str| name.starts_with(['_', '%']) && percent::decode(name).starts_with(EVENT);
    let is_flow = |name: &str| FLOWS.iter().any(|flow| query::is_read_as(name, flow));
    query::pairs(query).any(|(name, _)| is_event(name)) && query::pairs(query).any(|(name, _)| is_flow(name))
}

fn is_parameter(name: &str) -> bool {
    // Few begin like that, and each that does is copied.
    let decoded = || percent::decode_with_u(name.as_bytes()).to_ascii_lowercase();
    let is_one = |name: &[u8]| name.starts_with(VIEW_STATE) || name.ends_with(OF_FACES) || PARAMETERS.contains(&name);
    (name.starts_with(['_', '%', 'f', 'j', 'J', 't', 'T']) && is_one(&decoded()))
        || OF_PHP.iter().any(|parameter| query::is_read_as(name, parameter))
}

/// To Wicket, a parameter without a value names what is to be run, wherever it stands: `?0-1.-panel-form` is page 0, rendering 1, no
/// behaviour, and the component `panel:form`. Each number may be left out, and since version 8 only that of the page need be
/// one. Until then a form was called `0-1.IFormSubmitListener-panel-form`. Now a link looks the same, and what makes it a form
/// is that fields stand beside it.
fn is_for_form_of_wicket(query: &str) -> bool {
    let has_fields = query.contains('&');
    query::pairs(query).any(|(name, value)| value.is_empty() && is_form_listener(name, has_fields))
}

fn is_form_listener(name: &str, has_fields: bool) -> bool {
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.contains(['-', '%']) {
        return false;
    }
    let name = percent::decode(name);
    let mut parts = name.splitn(3, |byte| *byte == b'-');
    let (Some(page), Some(listener), Some(component)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let names = |interface| memchr::memmem::find(listener, interface).is_some();
    let is_any = || {
        listener.is_empty() || listener.iter().filter(|byte| **byte == b'.').count() == 1 || names(BEHAVIOUR_LISTENER)
    };
    !page.iter().any(u8::is_ascii_alphabetic)
        && !component.is_empty()
        && (names(FORM_LISTENER) || (has_fields && is_any()))
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
            ("j_id1:jakarta.faces.ViewState=x", true),
            ("_portlet_WAR_shop_:javax.faces.ViewState=x", true),
            ("t:formdata=x&a=1", true),
            ("t%3Aformdata=x", true),
            ("service=direct&formids=email", true),
            ("execution=e1s1&_eventId=pay", true),
            ("_eventId_pay.x=1&execution=e1s1", true),
            ("%5FeventId_pay=&%65xecution=e1s1", true),
            ("_flowExecutionKey=_c1_k1&_eventId=pay", true),
            ("wicket:interface=:0:form::IFormSubmitListener::", true),
            ("wicket%3Ainterface=%3A0%3Aform%3Abutton%3A%3AIActivePageBehaviorListener%3A0%3A1&email=x", true),
            ("PRADO_PAGESTATE=x", true),
            ("a=1&PRADO.POSTBACK_TARGET=ctl0", true),
            ("%20PRADO_POSTBACK_TARGET=ctl0", true),
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
            ("page=2", false),
            ("execution=e1s1", false),
            ("_eventId=pay", false),
            ("wicket:interface=:0:show::ILinkListener::", false),
            ("wicket:interface=:3:::", false),
            ("formid=1&filter=a", false),
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

    #[test]
    fn forms_are_found_in_paths() {
        for (path, expected) in [
            ("/index.php/page,Pay/PRADO_POSTBACK_TARGET,go/", true),
            ("/page/Pay/PRADO_PAGESTATE", true),
            ("/page/Pay/%50RADO%5FPAGESTATE,x", true),
            ("/page/Pay/%2550RADO%255FPAGESTATE,x", true),
            ("/pay/wicket:interface/:0:form::IFormSubmitListener::", true),
            ("/pay/wicket%3Ainterface/%3A0%3Aform%3A%3AIFormSubmitListener%3A%3A/", true),
            ("/pay/wicket:interface/:0:show::ILinkListener::", false),
            ("/docs/IFormSubmitListener.html", false),
            ("/wiki/Category:PRADO_Project", false),
            ("/a_b", false),
            ("/", false),
        ] {
            assert_eq!(is_in_path(path), expected, "{path}");
        }
    }
}
