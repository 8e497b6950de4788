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

mod wicket;

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

/// Whether the query makes a form of a GET, so that some framework would run what a button of it does.
pub(crate) fn is_in_query(query: &str) -> bool {
    query::pairs(query).any(|(name, _)| is_parameter(name)) || is_for_flow(query) || wicket::is_in_query(query)
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
    OF_PRADO.iter().any(|name| memchr::memmem::find(&decoded, name).is_some()) || wicket::is_in_path(&decoded)
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
            ("PRADO_PAGESTATE=x", true),
            ("a=1&PRADO.POSTBACK_TARGET=ctl0", true),
            ("%20PRADO_POSTBACK_TARGET=ctl0", true),
            ("page=2", false),
            ("execution=e1s1", false),
            ("_eventId=pay", false),
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
            ("/wiki/Category:PRADO_Project", false),
            ("/a_b", false),
            ("/", false),
        ] {
            assert_eq!(is_in_path(path), expected, "{path}");
        }
    }
}
