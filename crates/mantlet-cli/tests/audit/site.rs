//! [`Site`]: a small site on this machine whose one form is protected in one way or another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, Request, State};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Router, http};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use tokio::runtime::Runtime;

pub(crate) const EMAIL: &str = "ann@shop.example";
pub(crate) const PASSWORD: &str = "correct-horse";
/// As right, but the site believes that it is on plain HTTP, and keeps its Secure cookie back.
pub(crate) const WITHHELD: &str = "right, without TLS";

/// Wrong, and answered with 200 and a sentence.
pub(crate) const WRONG_AND_SAID_SO: &str = "wrong, in words";

/// Links and forms that say by their address, their button or their fields that nobody should press them who only looks.
const LEAVING: &str = "<a href=/logout>out</a><a href=/leave/1>Log <b>out</b></a><a href=/users/sign_out>out</a>\
    <form method=post action=/leave/2><button>Sign out</button></form>\
    <form method=post action=/leave/3><input type=hidden name=_method value=delete><button>x</button></form>\
    <form method=post action=/leave/4><input type=submit name=do value=delete_account></form>\
    <form method=post action=/leave/5><button>Pay now</button></form>\
    <form method=post action=/leave/6><input name=text><button>Send message</button></form>\
    <form method=post action=/leave/register><input name=user><input type=password name=password></form>\
    <form method=post action=/leave/8><button>Cancel order</button></form>";

/// What keeps other sites from sending the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    None,
    /// A token per session.
    Token,
    /// A token per session, which the page's scripts send in a header field.
    TokenInHeader,
    /// A token that the page's scripts read from a cookie and send in a header field.
    TokenInCookie,
    /// An Origin that begins like the site's; none at all will do as well.
    OriginPrefix,
    /// As a token, and who is refused sees once what they typed.
    TokenAndOldInput,
    /// A token that is anybody's.
    TokenOfAnybody,
    /// A hidden value of four digits, another in each session.
    ShortToken,
    /// The site's name somewhere in the Referer.
    RefererHolds,
    /// As a token, but a link may name its method.
    BelievesMethod,
    /// Nothing, and another form on the same page leads to the same address.
    NoneOfTwo,
    /// Nothing, and its one form shows a page that a link shows as well.
    ShowsOnly,
    /// Nothing, but only those who are logged in get that far.
    Login,
    /// A token for those who are logged in.
    LoginAndToken,
    /// As `Login`, which asks for the name first.
    LoginInTwoSteps,
    /// The same, but it asks for nothing else however often it is told a name.
    LoginThatSticks,
    /// As `Login`, for everybody once.
    LoginOnce,
    /// As `Login`, and no link leads to what it lets in to.
    LoginUnlinked,
    /// As `Login`, for people only.
    LoginWithCaptcha,
    /// As `Login`, which a script sends, as it does all else; it believes JSON of whatever type.
    Scripted,
    /// The same, and it must be said to be JSON.
    ScriptedAndTyped,
    /// Nothing, and each time there is one more in the basket.
    Adds,
    /// Nothing, and whatever is sent leads back to the page, which shows nothing of it.
    Silent,
    /// Nothing, on a page in an encoding of the last century.
    Latin,
}

impl Protection {
    fn is_bare_login(self) -> bool {
        use Protection::{Login, LoginInTwoSteps, LoginOnce, LoginThatSticks, LoginUnlinked, LoginWithCaptcha};
        matches!(self, Login | LoginInTwoSteps | LoginThatSticks | LoginOnce | LoginUnlinked | LoginWithCaptcha)
    }
}

/// A running site; it ends with the test.
pub(crate) struct Site {
    pub(crate) url: String,
    state: Arc<Kept>,
    _runtime: Runtime,
}

struct Kept {
    protection: Protection,
    elsewhere: String,
    email: Mutex<String>,
    /// What somebody typed who was refused.
    old_input: Mutex<String>,
    requests: Mutex<Vec<String>>,
}

type Shared = State<Arc<Kept>>;

impl Site {
    pub(crate) fn start(protection: Protection) -> Self {
        Self::run(protection, String::new())
    }

    /// A site full of links, forms and redirects to somebody else.
    pub(crate) fn linking_to(elsewhere: &str) -> Self {
        Self::run(Protection::None, elsewhere.to_owned())
    }

    fn run(protection: Protection, elsewhere: String) -> Self {
        let state = Arc::new(Kept {
            protection,
            elsewhere,
            email: Mutex::new(EMAIL.to_owned()),
            old_input: Mutex::default(),
            requests: Mutex::new(Vec::new()),
        });
        let app = Router::new()
            .route("/", get(home))
            .route("/away", get(|State(kept): Shared| async move { Redirect::to(&kept.elsewhere) }))
            .route("/email", get(show).post(change))
            .route("/pay", get(show).post(change))
            .route("/list", get(list).post(list))
            .route("/login", get(login_page).post(login))
            .route("/api/login", post(login_by_script))
            .route("/api/email", post(change_by_script))
            .route("/logout", post(StatusCode::NO_CONTENT).get(StatusCode::NO_CONTENT))
            .layer(middleware::from_fn_with_state(Arc::clone(&state), note))
            .with_state(Arc::clone(&state));
        let (url, runtime) = serve(app);
        Self { url, state, _runtime: runtime }
    }

    /// What the form has changed.
    pub(crate) fn email(&self) -> String {
        self.state.email.lock().unwrap().clone()
    }

    /// Method, path and whether the body was only announced or not at all, of every request.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }
}

/// Serves it on a port of its own, as long as the runtime lives.
pub(crate) fn serve(app: Router) -> (String, Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(async move { axum::serve(listener, app).await });
    (url, runtime)
}

impl Kept {
    fn asks_to_log_in(&self) -> bool {
        use Protection::{LoginAndToken, Scripted, ScriptedAndTyped};
        self.protection.is_bare_login() || matches!(self.protection, LoginAndToken | Scripted | ScriptedAndTyped)
    }
}

async fn note(State(kept): Shared, request: Request, next: Next) -> Response {
    let announced = match request.headers() {
        headers if headers.contains_key(header::EXPECT) => " Expect",
        headers if request.method() == Method::POST && !headers.contains_key(header::CONTENT_LENGTH) => {
            " of any length"
        }
        _ => "",
    };
    kept.requests.lock().unwrap().push(format!("{} {}{announced}", request.method(), request.uri()));
    // Whoever wants no page is a program, and gets none.
    match request.headers().get(header::ACCEPT) {
        Some(accept) if accept.to_str().unwrap().starts_with("text/html") => next.run(request).await,
        Some(accept) if accept.to_str().unwrap().starts_with("application/json") => next.run(request).await,
        _ => StatusCode::NOT_ACCEPTABLE.into_response(),
    }
}

async fn home(State(kept): Shared) -> Response {
    let away = &kept.elsewhere;
    let links = if away.is_empty() {
        String::new()
    } else {
        format!(
            "<a href={away}/>a</a><a href=/away>b</a><img src={away}/i.png><script src={away}/s.js></script>\
             <iframe src={away}/f></iframe><form method=post action={away}/post><input name=email></form>"
        )
    };
    if kept.protection == Protection::ShowsOnly {
        return page(
            "<form method=post action=/list><input type=hidden name=do value=revisions><button>Old</button></form>",
        );
    }
    let login = if kept.asks_to_log_in() { "<a href=/login>login</a>" } else { "" };
    let email = if kept.protection == Protection::LoginUnlinked { "" } else { "<a href=/email>e-mail</a> " };
    page(&format!("{email}{LEAVING}{login}{links}"))
}

async fn show(State(kept): Shared, uri: Uri, request: HeaderMap) -> Response {
    let query: Option<Query<BTreeMap<String, String>>> = Query::try_from_uri(&uri).ok();
    if let (Protection::BelievesMethod, Some(Query(fields))) = (kept.protection, query)
        && let (Some("POST"), Some(email)) = (fields.get("_method").map(String::as_str), fields.get("email"))
    {
        kept.email.lock().unwrap().clone_from(email);
    }
    if kept.asks_to_log_in() && !is_ann(&request) {
        return Redirect::to("/login").into_response();
    }
    // A session's token is its id: a token that differs between sessions is all that counts here.
    let id = session(&request).map_or_else(new_session, str::to_owned);
    let token = match kept.protection {
        Protection::Token | Protection::TokenAndOldInput | Protection::BelievesMethod | Protection::LoginAndToken => {
            format!("<input type=hidden name=t value=tok-{id}>")
        }
        Protection::TokenOfAnybody => format!("<input type=hidden name=t value=any-{}>", new_session()),
        Protection::ShortToken => format!("<input type=hidden name=t value={}>", short(&id)),
        _ => String::new(),
    };
    let head = match kept.protection {
        Protection::TokenInHeader => format!("<meta name=csrf-token content=tok-{id}>"),
        _ => String::new(),
    };
    let other = match kept.protection {
        Protection::NoneOfTwo => {
            "<form method=post><input type=hidden name=language value=en><button>ok</button></form>"
        }
        _ => "",
    };
    match kept.protection {
        Protection::Latin => {
            return Html(b"<form method=post><input name=email value=Jos\xe9></form>".to_vec()).into_response();
        }
        Protection::Silent => {
            return page("<form method=post><input name=note><input name=of value=7 type=hidden></form>");
        }
        Protection::Adds => return page("<form method=post><input type=number name=pieces value=1></form>"),
        Protection::Scripted | Protection::ScriptedAndTyped => return page("<script>fetch('/api/email')</script>"),
        _ => {}
    }
    let old_input = std::mem::take(&mut *kept.old_input.lock().unwrap());
    let form = format!(
        "{head}{other}{old_input}<form method=post>{token}<input type=email name=email value=\"{}\"><button>Save</button></form>",
        kept.email.lock().unwrap()
    );
    let mut response = page(&form);
    let cookies = match kept.protection {
        Protection::TokenInCookie => {
            &[format!("session={id}; Path=/; HttpOnly"), format!("XSRF-TOKEN=tok-{id}%3D; Path=/")][..]
        }
        _ => &[format!("session={id}; Path=/")],
    };
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie.parse().unwrap());
    }
    response
}

async fn change(State(kept): Shared, request: HeaderMap, Form(fields): Form<BTreeMap<String, String>>) -> Response {
    let origin = request.get(header::ORIGIN).map(|value| value.to_str().unwrap());
    let is_allowed = match kept.protection {
        Protection::None | Protection::NoneOfTwo | Protection::ShowsOnly | Protection::Latin => true,
        protection if protection.is_bare_login() => is_ann(&request),
        Protection::Scripted | Protection::ScriptedAndTyped => false,
        Protection::Adds => return Redirect::to("/email").into_response(),
        Protection::Silent if fields.contains_key("of") => return Redirect::to("/email").into_response(),
        Protection::Silent => return StatusCode::BAD_REQUEST.into_response(),
        Protection::TokenOfAnybody => fields.get("t").is_some_and(|token| token.starts_with("any-")),
        Protection::ShortToken => {
            session(&request).is_some_and(|id| fields.get("t").is_some_and(|token| token == short(id)))
        }
        Protection::RefererHolds => {
            let host = request.get(header::HOST).unwrap().to_str().unwrap();
            request.get(header::REFERER).is_some_and(|referer| referer.to_str().unwrap().contains(host))
        }
        Protection::Token | Protection::TokenAndOldInput | Protection::BelievesMethod | Protection::LoginAndToken => {
            session(&request).is_some_and(|id| fields.get("t").is_some_and(|token| *token == format!("tok-{id}")))
        }
        Protection::TokenInHeader => session(&request).is_some_and(|id| {
            request.get("x-csrf-token").is_some_and(|token| token.to_str().unwrap() == format!("tok-{id}"))
        }),
        Protection::TokenInCookie => session(&request).is_some_and(|id| {
            request.get("x-xsrf-token").is_some_and(|token| token.to_str().unwrap() == format!("tok-{id}="))
        }),
        _ => origin.is_none_or(|origin| origin.starts_with("http://127.0.0.1")),
    };
    if !is_allowed && kept.protection == Protection::TokenAndOldInput {
        kept.old_input.lock().unwrap().push_str(fields.get("email").map_or("", String::as_str));
        return Redirect::to("/email").into_response();
    }
    if !is_allowed {
        return StatusCode::FORBIDDEN.into_response();
    }
    match fields.get("email") {
        Some(email) => kept.email.lock().unwrap().clone_from(email),
        None => return StatusCode::BAD_REQUEST.into_response(),
    }
    Redirect::to("/email").into_response()
}

/// Takes its fields from wherever they come.
async fn list(Form(fields): Form<BTreeMap<String, String>>) -> Response {
    page(if fields.contains_key("do") { "Revisions: one, two" } else { "What do you want?" })
}

async fn login_page(State(kept): Shared) -> Response {
    page(match kept.protection {
        Protection::LoginInTwoSteps | Protection::LoginThatSticks => {
            "<form method=post action=/login><input name=user><button>Next</button></form>"
        }
        Protection::LoginWithCaptcha => {
            "<form method=post action=/login><input name=user><input type=password name=password>\
             <div class=g-recaptcha data-sitekey=6Lc></div></form>"
        }
        Protection::Scripted | Protection::ScriptedAndTyped => "<form><input name=user><input type=password></form>",
        _ => LOGIN,
    })
}

const LOGIN: &str =
    "<form method=post action=/login><input name=user><input type=password name=password><button>In</button></form>";

/// What the scripts of this site send.
fn said(body: &str) -> BTreeMap<String, String> {
    serde_json::from_str(body).unwrap_or_default()
}

async fn login_by_script(body: String) -> Response {
    if said(&body).get("password").is_none_or(|password| password != PASSWORD) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let cookie = format!("session=ann-{}; Path=/; HttpOnly", new_session());
    ([(header::SET_COOKIE, cookie)], "{}").into_response()
}

async fn change_by_script(State(kept): Shared, request: HeaderMap, body: String) -> Response {
    let is_typed = request.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    if !is_ann(&request) || (kept.protection == Protection::ScriptedAndTyped && !is_typed) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match said(&body).get("email") {
        Some(email) => kept.email.lock().unwrap().clone_from(email),
        None => return StatusCode::BAD_REQUEST.into_response(),
    }
    ([(header::CONTENT_TYPE, "application/json")], "{}").into_response()
}

async fn login(kept: Shared, Form(fields): Form<BTreeMap<String, String>>) -> Response {
    if kept.protection == Protection::LoginInTwoSteps && !fields.contains_key("password") {
        return page(LOGIN);
    }
    let logins = kept.requests.lock().unwrap().iter().filter(|request| *request == "POST /login").count();
    let is_let_in = match kept.protection {
        Protection::LoginOnce => logins == 1,
        protection => protection != Protection::LoginWithCaptcha,
    };
    if is_let_in && fields.get("password").is_some_and(|password| password == PASSWORD) {
        let cookie = format!("session=ann-{}; Path=/; HttpOnly", new_session());
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/email")).into_response();
    }
    if fields.get("password").is_some_and(|password| password == WITHHELD) {
        return Redirect::to("/email").into_response();
    }
    if fields.get("password").is_some_and(|password| password == WRONG_AND_SAID_SO) {
        return page("Wrong password.");
    }
    login_page(kept).await
}

pub(crate) fn page(body: &str) -> Response {
    Html(format!("<!doctype html><title>Site</title>{body}")).into_response()
}

fn short(id: &str) -> &str {
    &id[..4]
}

pub(crate) fn new_session() -> String {
    format!("{:016x}", getrandom::u64().unwrap())
}

/// Ann may have several sessions.
fn is_ann(request: &HeaderMap) -> bool {
    session(request).is_some_and(|id| id.starts_with("ann-"))
}

pub(crate) fn session(request: &HeaderMap) -> Option<&str> {
    let cookies = request.get(header::COOKIE)?.to_str().unwrap();
    cookies.split("; ").find_map(|pair| pair.strip_prefix("session="))
}
