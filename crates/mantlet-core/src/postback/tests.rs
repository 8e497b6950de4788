use super::*;

pub(super) fn is_made_by(target: &str) -> bool {
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
        ("ids:list=a&manage_delObjects:method=Delete", true),
        ("manage_delObjects%3Amethod=Delete", true),
        (":action=pay", true),
        ("pay:default_method:utf8=", true),
        ("pay:action.x=1", true),
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
        ("jsonpTransport=a&X-Atmosphere-Post-Body=GET", true),
        ("X-Atmosphere-Post%2DBody=pay", true),
        ("X-Atmosphere-Transport=sse&X-Atmosphere-tracking-id=0", false),
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
        ("ids:list=a&method=pay&action=pay", false),
        ("rate:methods=a&dc:transaction=b&a.method=c", false),
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
    for (path, expected) in
        [("/Home,form.direct", true), ("/Home%2Cform.sdirect", true), ("/direct.svc", true), ("/survey.html", false)]
    {
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
        // Where some servers end the path.
        ("/jsonrpc%3Fx?method=aria2.shutdown", true),
        ("/jsonrpc;x?method=aria2.shutdown", true),
        // Where servlet containers do not.
        ("/app;x/jolokia?p=exec/java.lang:type=Memory/gc", true),
        ("/;/graphql?id=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true),
        ("/jsonrpc?id=x", false),
        ("/jsonrpc/docs?method=add", false),
        ("/delivery?method=post&params=all", false),
    ] {
        assert_eq!(is_made_by(target), expected, "{target}");
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
