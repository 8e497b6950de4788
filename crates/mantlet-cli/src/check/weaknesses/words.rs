//! Settings of which one word says that more passes.

use mantlet_core::csrf::{MethodOverride, NoOrigin, Verdict, WebSocket};
use mantlet_core::headers::OnConflict;
use mantlet_core::headers::csp::CspMode;
use mantlet_core::policy::GuardPolicies;
use mantlet_core::session::{PrefixRule, SameSite};
use mantlet_core::upload::{ActiveContent, BodyMode, ContentRule, DoubleExtensions, FilenameRule};

pub(super) fn of_words(guards: &GuardPolicies) -> Vec<String> {
    let (session, csrf, headers, upload) = (&guards.session, &guards.csrf, &guards.headers, &guards.upload);
    let settings = [
        (!session.secure, "[session] Secure = false: cookies may travel over plain HTTP"),
        (!session.http_only, "[session] HttpOnly = false: scripts may read the session cookie"),
        (
            session.same_site == SameSite::None,
            "[session] SameSite = \"None\": cookies go with the requests of every site unless the app says otherwise",
        ),
        (session.prefix == PrefixRule::Off, "[session] prefix = \"off\": a sibling host may plant a session cookie"),
        (
            session.prefix == PrefixRule::Secure,
            "[session] prefix = \"__Secure-\": a sibling host may plant a session cookie",
        ),
        (!session.no_store, "[session] no_store = false: a cache may keep a page that sets the session cookie"),
        (csrf.same_site == Verdict::Allow, "[csrf] same_site = \"allow\": every sibling host may send forms"),
        (
            csrf.method_override == MethodOverride::Allow,
            "[csrf] method_override = \"allow\": the header that asks for another method reaches the app",
        ),
        (csrf.null_origin == Verdict::Allow, "[csrf] null_origin = \"allow\": any page can make its origin null"),
        (csrf.no_origin == NoOrigin::Allow, "[csrf] no_origin = \"allow\": requests need not say where they come from"),
        (
            csrf.websocket == WebSocket::Allow,
            "[csrf] websocket = \"allow\": any site may open one with your users' cookies",
        ),
        (headers.on_conflict == OnConflict::App, "[headers] on_conflict = \"app\": the app may weaken any header"),
        (headers.csp.mode == CspMode::Off, "[headers.csp] mode = \"off\": injected scripts run"),
        (headers.csp.mode == CspMode::Report, "[headers.csp] mode = \"report\": not even the floor is enforced"),
        (upload.body == BodyMode::Opaque, "[uploads] body = \"opaque\": files are not looked at"),
        (upload.content == ContentRule::Ignore, "[uploads] content = \"ignore\": files may be other than they say"),
        (
            upload.double_extensions == DoubleExtensions::Allow,
            "[uploads] double_extensions = \"allow\": some servers run shell.php.png",
        ),
        (
            upload.active_content == ActiveContent::Allow,
            "[uploads] active_content = \"allow\": HTML and SVG run as your site where they are served from it",
        ),
        (upload.filename == FilenameRule::Keep, "[uploads] filename = \"keep\": names reach the app as they came"),
    ];
    settings.into_iter().filter(|(is_set, _)| *is_set).map(|(_, what)| what.to_owned()).collect()
}
