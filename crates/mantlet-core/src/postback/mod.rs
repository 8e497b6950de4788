//! A GET that a framework takes for a form sent back, so that it runs what a button of it does.
//!
//! It asks for no other method, and the frameworks do not ask for theirs: ASP.NET, Faces, Tapestry, PRADO (PHP), Spring Web Flow,
//! Wicket, Nitrogen (Erlang), and those of Zope and Plone. Nor do those where a form or a script calls a function of the server:
//! SolidStart, TanStack Start until 2025, RedwoodSDK until 2026, Waku before 0.25, Jaxon and Xajax (PHP), Jolokia, aria2, and servers
//! of GraphQL.
//!
//! A framework is here if it runs what a form of a page does, if who writes that page says nowhere by which method it may come, and
//! if no link of anybody's has to name what the framework knows a form by. Where an application gives an action an address, or a
//! parameter that any link may have (`?method=delete`, `action:save` of Struts, the events of Stripes and Grails, an action of
//! a portlet), the method is the application's own promise. What must know a secret of the visitor's session, as the forms of Lift,
//! Seaside, ZK and APEX must, is no forgery.

mod graphql;
mod wicket;

use std::borrow::Cow;

use crate::percent;
use crate::query::{self, Query};

/// The parameters of a query, read one after the other until they make a form.
#[derive(Debug)]
pub(crate) struct Postback<'a> {
    path: &'a str,
    query: &'a Query<'a>,
    seen: Vec<Means>,
    not_at: Vec<Place>,
}

/// What a parameter means to a framework that knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    /// It makes a form by itself.
    Form,
    /// Spring Web Flow: what a button is called.
    Event,
    /// Which page of whose flow it is for. Without one nothing is waiting for an event.
    Flow,
    /// Tapestry 3 and 4: what the fields of a form are called.
    Ids,
    /// Whom Tapestry gives them to: `direct`, `action`, or what somebody derived from these.
    Service,
    /// SolidStart: which function is called; Lighthouse: which document that it has kept. Where the path says that one is.
    Id,
    /// Jolokia: what is done, where the path says that it is asked.
    Operation,
    /// JSON-RPC by GET, as aria2 takes it: which function is called or what it is given, where the path says that one is.
    Call,
    /// What a server of GraphQL runs.
    Document,
    /// What may name a document that the server of GraphQL has kept.
    Extensions,
}

/// Who answers, as the path says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    SolidStart,
    Jolokia,
    JsonRpc,
    GraphQl,
    Tapestry,
}

/// How a framework compares names.
#[derive(Debug, Clone, Copy)]
enum Named {
    /// As they are.
    Exactly(&'static str),
    From(&'static str),
    To(&'static str),
    /// In any case, as ASP.NET does.
    InAnyCase(&'static str),
    InAnyCaseFrom(&'static str),
    /// As PHP spells them.
    InPhp(&'static str),
    InPhpFrom(&'static str),
    /// At the start or behind a dot, and something behind it.
    Within(&'static str),
}
use Named::{Exactly, From, InAnyCase, InAnyCaseFrom, InPhp, InPhpFrom, To, Within};

static PARAMETERS: &[(Named, Means)] = &[
    // ASP.NET. `__VIEWSTATEFIELDCOUNT=1` does the same, and so does whatever begins like that and has no value.
    (InAnyCaseFrom("__viewstate"), Means::Form),
    (InAnyCase("__eventtarget"), Means::Form),
    // Faces: behind `javax` or `jakarta`, and where a page has several views, the name of one (`j_id1:jakarta.faces.ViewState`,
    // `_portlet_:…` in a portal).
    (To(".faces.ViewState"), Means::Form),
    // Tapestry 5, and those before
    (Exactly("t:formdata"), Means::Form),
    (Exactly("formids"), Means::Ids),
    (Exactly("service"), Means::Service),
    // Spring Web Flow, today and in its version 1. The event may have the name of its button behind it.
    (From("_eventId"), Means::Event),
    (Exactly("execution"), Means::Flow),
    (Exactly("_flowExecutionKey"), Means::Flow),
    (InPhp("prado_pagestate"), Means::Form),
    (InPhp("prado_postback_target"), Means::Form),
    // Buttons of z3c.form and of zope.formlib: `form.buttons.save`, or `buttons.login` as Plone calls one
    (Within("buttons."), Means::Form),
    (Within("actions."), Means::Form),
    // The login of Zope and Plone, where no form need be; it may have a type behind it (`__ac_name:string`).
    (From("__ac_name"), Means::Form),
    // SolidStart, and Lighthouse, which has two more names for it
    (InPhp("id"), Means::Id),
    (InPhp("queryid"), Means::Id),
    (InPhp("documentid"), Means::Id),
    // TanStack Start, before it compared the method with the one that its function is for
    (Exactly("createServerFn"), Means::Form),
    // RedwoodSDK, before it compared as well
    (Exactly("__rsc_action_id"), Means::Form),
    // Jaxon (`jxnfun`, `jxncls`, `jxncall`), and Xajax, which it comes from
    (InPhpFrom("jxn"), Means::Form),
    (InPhpFrom("xjx"), Means::Form),
    (InPhpFrom("xajax"), Means::Form),
    // Nitrogen: its own key signs what a button does, and anybody who saw a page can send it in the name of another.
    (Exactly("eventContext"), Means::Form),
    // Jolokia, where the path is no place for it
    (Exactly("p"), Means::Operation),
    // aria2. Several calls at once have no `method`.
    (Exactly("method"), Means::Call),
    (Exactly("params"), Means::Call),
    (InPhp("query"), Means::Document),
    (InPhp("extensions"), Means::Extensions),
];

/// What the path of a function begins with, behind the one of the application: `/_server?id=…`, and `/_serverx?id=…` as well.
const FUNCTIONS: &[u8] = b"/_server";

/// The paths of functions in Waku: `/RSC/F/module/name.txt`. It takes an underscore off the start of what stands behind `/RSC/`.
const WAKU: &[u8] = b"RSC";
const OF_WAKU: [&[u8]; 2] = [b"F", b"_F"];

/// Those of PRADO in a path, as an application may have its addresses: `/page,Pay/PRADO_POSTBACK_TARGET,go`.
const OF_PRADO: [&[u8]; 2] = [b"PRADO_PAGESTATE", b"PRADO_POSTBACK_TARGET"];

/// Where Jolokia is asked, and what it does to the beans of a Java program: `/actuator/jolokia/exec/…`.
const JOLOKIA: &[u8] = b"/jolokia";
const OPERATIONS: [&[u8]; 2] = [b"exec", b"write"];

/// Where a server of GraphQL answers, unless its application says otherwise.
const GRAPHQL: &[u8] = b"graphql";

/// The last word of the path at which aria2 and many others answer calls of JSON-RPC.
const JSON_RPC: &[u8] = b"/jsonrpc";

/// Tapestry's services in a query (`direct/1/Home/form` in version 3) or a path (`/direct.svc`). With another encoding the path
/// names page and component instead: `/Home,form.direct`.
const SERVICES: [&[u8]; 2] = [b"direct", b"action"];

impl<'a> Postback<'a> {
    /// Nothing was read yet of the query that stands behind this path.
    pub(crate) fn new(path: &'a str, query: &'a Query<'a>) -> Self {
        Self { path, query, seen: Vec::new(), not_at: Vec::new() }
    }

    /// Whether the next parameter, with those before it, makes a form of a GET, so that some framework would run what a button of
    /// it does.
    pub(crate) fn is_made_by(&mut self, name: &str, value: &str) -> bool {
        if wicket::is_form(name, value, self.query) {
            return true;
        }
        match meaning(name) {
            None => false,
            Some(Means::Form) => true,
            Some(means @ (Means::Document | Means::Extensions)) => self.changes_something(means, name, value),
            Some(Means::Operation) => {
                is_operation(&percent::decode_form(value.as_bytes())) && self.is_at(Place::Jolokia)
            }
            Some(Means::Call) => self.is_at(Place::JsonRpc),
            Some(Means::Id) => {
                self.is_at(Place::SolidStart)
                    || (graphql::has_hash(&percent::decode_form(value.as_bytes())) && self.is_at(Place::GraphQl))
            }
            Some(Means::Service) if !names_service(&percent::decode(value)) => false,
            Some(means) => {
                // Each is here once.
                if !self.seen.contains(&means) {
                    self.seen.push(means);
                }
                let has = |means| self.seen.contains(&means);
                (has(Means::Event) && has(Means::Flow))
                    || (has(Means::Ids) && (has(Means::Service) || self.is_at(Place::Tapestry)))
            }
        }
    }

    /// Whether the path is of this place. Where it is not, no parameter makes it one: it is looked at once for each place, however
    /// many ask.
    fn is_at(&mut self, place: Place) -> bool {
        if self.not_at.contains(&place) {
            return false;
        }
        let is_there = place.is_in(&percent::decode(self.path));
        if !is_there {
            self.not_at.push(place);
        }
        is_there
    }

    fn changes_something(&mut self, means: Means, name: &str, value: &str) -> bool {
        if means.changes_something(name, value) {
            return true;
        }
        // To most servers a semicolon ends no parameter: a comment may hold one, and so may JSON. A second walk is for all
        // there are.
        let is_first = !self.seen.contains(&Means::Document) && self.query.has_semicolon;
        if is_first {
            self.seen.push(Means::Document);
        }
        is_first
            && self.query.as_str().split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
                value.contains(';') && meaning(name).is_some_and(|means| means.changes_something(name, value))
            })
    }
}

impl Place {
    fn is_in(self, path: &[u8]) -> bool {
        match self {
            Self::SolidStart => contains(path, FUNCTIONS),
            Self::Jolokia => contains(path, JOLOKIA),
            Self::JsonRpc => path.ends_with(JSON_RPC),
            Self::GraphQl => contains(&path.to_ascii_lowercase(), GRAPHQL),
            Self::Tapestry => path.contains(&b',') || names_service(path),
        }
    }
}

impl Means {
    /// Whether a server of GraphQL would change something.
    fn changes_something(self, name: &str, value: &str) -> bool {
        match self {
            Self::Document => graphql::has_mutation(&percent::decode_form(value.as_bytes())),
            Self::Extensions => {
                [name, value].iter().any(|text| graphql::may_name_kept(&percent::decode_form(text.as_bytes())))
            }
            _ => false,
        }
    }
}

/// Whether this is what stands behind the path of Jolokia. It knows its words in any case, and takes what follows an exclamation
/// mark as it is: `/E!xec/`. Its server takes `;x` off a segment.
fn is_operation(path: &[u8]) -> bool {
    let segments = path.split(|byte| *byte == b'/').filter_map(|segment| segment.split(|byte| *byte == b';').next());
    let mut segments = segments.skip_while(|segment| segment.is_empty());
    let word = segments.next().unwrap_or_default().iter().filter(|byte| **byte != b'!').map(u8::to_ascii_lowercase);
    OPERATIONS.iter().any(|operation| word.clone().eq(operation.iter().copied()))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

fn names_service(text: &[u8]) -> bool {
    SERVICES.iter().any(|service| contains(text, service))
}

fn meaning(name: &str) -> Option<Means> {
    // Few begin like that, few are as long as that of Faces, and few have a dot.
    let may_be = name.starts_with([
        '_', '%', '+', '.', '[', ']', '?', 'p', 'P', 't', 'f', 's', 'e', 'E', 'i', 'I', 'c', 'd', 'D', 'j', 'x', 'q',
        'Q', 'm',
    ]) || name.len() > 20
        || memchr::memchr2(b'.', b'%', name.as_bytes()).is_some();
    if !may_be {
        return None;
    }
    let decoded = if name.contains('%') {
        Cow::Owned(percent::decode_with_u(name.as_bytes()))
    } else {
        Cow::Borrowed(name.as_bytes())
    };
    PARAMETERS.iter().find(|(named, _)| named.is(name, &decoded)).map(|(_, means)| *means)
}

impl Named {
    fn is(self, name: &str, decoded: &[u8]) -> bool {
        match self {
            Exactly(known) => decoded == known.as_bytes(),
            From(known) => decoded.starts_with(known.as_bytes()),
            To(known) => decoded.ends_with(known.as_bytes()),
            InAnyCase(known) => decoded.eq_ignore_ascii_case(known.as_bytes()),
            InAnyCaseFrom(known) => {
                decoded.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known.as_bytes()))
            }
            InPhp(known) => query::is_read_as(name.as_bytes(), known.as_bytes()),
            InPhpFrom(known) => decoded
                .iter()
                .position(|byte| !matches!(byte, b' ' | b'+'))
                .is_some_and(|start| decoded.get(start..).is_some_and(|name| name.starts_with(known.as_bytes()))),
            Within(known) => {
                decoded.len() > known.len()
                    && memchr::memmem::find_iter(decoded, known).any(|at| {
                        let (before, behind) = decoded.split_at_checked(at).unwrap_or_default();
                        matches!(before.last(), None | Some(b'.')) && behind.len() > known.len()
                    })
            }
        }
    }
}

/// Whether this is the path of a function in Waku, which runs it with the parameters of the query.
fn is_function_of_waku(path: &[u8]) -> bool {
    let segments = || path.split(|byte| *byte == b'/');
    let is_of_waku = |(before, segment)| before == WAKU && OF_WAKU.contains(&segment);
    path.ends_with(b".txt") && segments().zip(segments().skip(1)).any(is_of_waku)
}

/// Whether the path makes a form of a GET: PRADO and Wicket look for parameters there, too, Jolokia for what is to be done, and Waku
/// for a function.
pub(crate) fn is_in_path(path: &str) -> bool {
    // Few paths have one of these.
    if memchr::memchr3(b'_', b':', b'%', path.as_bytes()).is_none() {
        return is_function_of_waku(path.as_bytes());
    }
    let decoded = if path.contains('%') {
        // PRADO decodes what its server has decoded.
        Cow::Owned(percent::decode(percent::decode(path)))
    } else {
        Cow::Borrowed(path.as_bytes())
    };
    OF_PRADO.iter().any(|name| contains(&decoded, name))
        || wicket::is_in_path(&decoded)
        || is_function_of_waku(&decoded)
        || memchr::memmem::find_iter(&decoded, JOLOKIA)
            .filter_map(|at| decoded.get(at.saturating_add(JOLOKIA.len())..))
            .any(|behind| matches!(behind.first(), Some(b'/' | b';')) && is_operation(behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_made_by(target: &str) -> bool {
        let (path, query) = target.split_once('?').unwrap();
        let query = Query::new(query);
        let mut postback = Postback::new(path, &query);
        query.pairs().any(|(name, value)| postback.is_made_by(name, value))
    }

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
            ("form.buttons.pay=Pay&form.widgets.to=bob", true),
            ("buttons.login=", true),
            ("add%2Eform%2ebuttons.pay", true),
            ("form.actions.pay=Pay", true),
            ("__ac_name%3Astring=ann&__ac_password=x", true),
            ("_serverFn=1&createServerFn", true),
            ("PRADO_PAGESTATE=x", true),
            ("a=1&PRADO.POSTBACK_TARGET=ctl0", true),
            ("%20PRADO_POSTBACK_TARGET=ctl0", true),
            ("__rsc_action_id=%2Factions.ts%23pay&args=[5]", true),
            ("jxnfun=pay&jxnargs[]=N5", true),
            ("jxncall=%7B%22type%22%3A%22func%22%7D", true),
            ("%20xjxfun=pay", true),
            ("+xjxcls=Bank&xjxmthd=pay", true),
            ("xajax=pay&xajaxargs[]=5", true),
            ("pageContext=x&eventContext=y", true),
            ("query=mutation%7Bpay%7D", true),
            ("operationName=A&query=query+B{a}+mutation+A{pay}", true),
            ("QUERY=%6dutation{pay}", true),
            ("query=a&+query=mutation{pay}", true),
            ("?query=mutation{pay}", true),
            ("query=%23;%0Amutation{pay}", true),
            ("a;query=mutation{pay}", true),
            ("query={a};b&query=%23;%0Amutation{pay}", true),
            ("query={a};b&q=%23;%0Amutation{pay}", false),
            ("extensions={%22persistedQuery%22:{%22version%22:1,%22sha256Hash%22:%22x%22}}", true),
            ("operationName=Pay&extensions={%22a%22:%22;%22,%22persistedQuery%22:{}}", true),
            ("query={a};b&extensions={%22a%22:%22;%22,%22persistedQuery%22:{}}", true),
            ("extensions={%22persisted%5Cu0051uery%22:{}}", true),
            ("Extensions%5BpersistedQuery%5D%5Bsha256Hash%5D=x", true),
            ("extensions={%22trace%22:true}", false),
            ("extensions=pdf,png", false),
            ("query={balance}", false),
            ("query=mutation", false),
            ("q=mutation{pay}", false),
            ("p=exec/java.lang:type=Memory/gc", false),
            ("jx=1&xj=1&event=1", false),
            ("page=2", false),
            ("id=5", false),
            ("form.buttons.=x", false),
            ("form.button.Search=x", false),
            ("radiobuttons.a=x", false),
            ("transactions.id=5", false),
            ("execution=e1s1", false),
            ("_eventId=pay", false),
            ("formid=1&filter=a", false),
            ("t=1", false),
            ("PRADO_PAGESTATES=x", false),
            ("q=__VIEWSTATE", false),
            ("__VIEW=x", false),
            ("__EVENTTARGETS=x", false),
            ("javax.faces.ViewStates=x", false),
            ("pluto_shop__1:jakarta.faces.ViewState=x", true),
            ("Zpluto:javax.faces.ViewState=x", true),
            ("formids=email&service=action/1/Home/form", true),
            ("formids=email&service=%64irect", true),
            ("formids=1", false),
            ("formids=1,2&service=page", false),
            ("formIds=1&service=direct", false),
            ("service=direct&page=Home", false),
            ("Execution=e1s1&_eventId=pay", false),
        ] {
            assert_eq!(is_made_by(&format!("/?{query}")), expected, "{query}");
        }
    }

    #[test]
    fn tapestry_finds_its_service_in_paths() {
        for (path, expected) in [
            ("/Home,form.direct", true),
            ("/Home%2Cform.sdirect", true),
            ("/direct.svc", true),
            ("/survey.html", false),
        ] {
            assert_eq!(is_made_by(&format!("{path}?formids=email")), expected, "{path}");
        }
    }

    #[test]
    fn solid_start_finds_its_function_by_path_and_id() {
        for (target, expected) in [
            ("/_server?id=src_pay_1&name=x", true),
            ("/base/_server/?a=1&id=src_pay_1", true),
            ("/%5Fserver?%69d=src_pay_1", true),
            ("/_serverx/y?id=", true),
            ("/_server?page=2", false),
            ("/server?id=src_pay_1", false),
        ] {
            assert_eq!(is_made_by(target), expected, "{target}");
        }
    }

    #[test]
    fn lighthouse_finds_what_it_has_kept_by_path_and_hash() {
        let hash = "0123456789abcdef".repeat(4);
        for (target, expected) in [
            (format!("/graphql?id={hash}"), true),
            (format!("/graphql?ID={hash}"), true),
            (format!("/api/Graph%51L?a=1&queryId={hash}"), true),
            (format!("/graphql?documentid=+{hash}"), true),
            (format!("/graphql?id=x&DocumentId=%30{hash}"), true),
            (format!("/graphql?id={hash}").replace("ef", ""), false),
            (format!("/graphql?q={hash}"), false),
            (format!("/blocks?id={hash}"), false),
            ("/blog/graphql?id=5".to_owned(), false),
        ] {
            assert_eq!(is_made_by(&target), expected, "{target}");
        }
    }

    #[test]
    fn a_path_is_looked_at_once_for_all_parameters() {
        let query = Query::new("id&method&p=exec&formids&id&method&p=exec&formids");
        let mut postback = Postback::new("/a", &query);
        assert!(!query.pairs().any(|(name, value)| postback.is_made_by(name, value)));
        assert_eq!(postback.not_at, [Place::SolidStart, Place::JsonRpc, Place::Jolokia, Place::Tapestry]);
    }

    #[test]
    fn calls_of_json_rpc_are_found_by_path_and_parameter() {
        for (target, expected) in [
            ("/jsonrpc?method=aria2.addUri&id=x&params=W10", true),
            ("/jsonrpc?id=x&method=aria2.shutdown", true),
            ("/jsonrpc?jsoncallback=f&params=W10", true),
            ("/base/%6asonrpc?m%65thod=aria2.shutdown", true),
            ("/jsonrpc?id=x", false),
            ("/jsonrpc/docs?method=add", false),
            ("/delivery?method=post&params=all", false),
        ] {
            assert_eq!(is_made_by(target), expected, "{target}");
        }
    }

    #[test]
    fn jolokia_finds_what_to_do_in_queries() {
        for (target, expected) in [
            ("/jolokia?p=exec/java.lang:type=Memory/gc", true),
            ("/actuator/jolokia/?ignoreErrors=true&p=/write%2Fx:type=Y/Z/5", true),
            ("/%6aolokia?p=E%21xEC/x:type=Y/z", true),
            ("/jolokia?p=executor/x:type=Y/z", false),
            ("/jolokia?p=read/java.lang:type=Memory", false),
            ("/jolokia?p=/read/x:type=exec/exec", false),
            ("/search?p=exec/x", false),
        ] {
            assert_eq!(is_made_by(target), expected, "{target}");
        }
    }

    #[test]
    fn forms_are_found_in_paths() {
        for (path, expected) in [
            ("/jolokia/exec/java.lang:type=Memory/gc", true),
            ("/actuator/jolokia/write/x%3Atype=Y/Z/5", true),
            ("/jolokia/%65xec/x:type=Y/z", true),
            ("/jolokia/E!XEC/x:type=Y/z", true),
            ("/jolokia/!w%21rite/x:type=Y/Z/5", true),
            ("/jolokia;a/;b/exec;c/x:type=Y/z", true),
            ("/jolokia-docs/exec/a:b", false),
            ("/jolokia/read/java.lang:type=Memory/exec/", false),
            ("/jolokia/list/java.lang/type=exec:x", false),
            ("/exec/a:b", false),
            ("/index.php/page,Pay/PRADO_POSTBACK_TARGET,go/", true),
            ("/page/Pay/PRADO_PAGESTATE", true),
            ("/page/Pay/%50RADO%5FPAGESTATE,x", true),
            ("/page/Pay/%2550RADO%255FPAGESTATE,x", true),
            ("/wiki/Category:PRADO_Project", false),
            ("/RSC/F/assets/rsf0-9e78458df/pay.txt", true),
            ("/base/RSC/_F/assets/actions/pay.txt", true),
            ("/RSC/%46/assets/actions/p%61y.t%78t", true),
            ("/RSC/R/shop.txt", false),
            ("/RSC/F/shop.png", false),
            ("/F/shop.txt", false),
            ("/a_b", false),
            ("/", false),
        ] {
            assert_eq!(is_in_path(path), expected, "{path}");
        }
    }
}
