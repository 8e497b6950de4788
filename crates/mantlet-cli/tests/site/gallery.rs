//! [`Gallery`]: a site that takes pictures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};

use super::{new_session, page, session};

/// What it does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Takes pictures only, under names of its own; all else is sent home, as if nothing had been.
    Full,
    /// Takes everything under its own name, and runs what ends in `.php`.
    None,
    /// As `Full`, and wants the session's token in the address, as csurf before multer: each load brings another.
    TokenInAddress,
}

/// How every token in an address begins.
pub(crate) const SECRET: &str = "tok-";

/// A running gallery; it ends with the test.
pub(crate) struct Gallery {
    pub(crate) url: String,
    _runtime: tokio::runtime::Runtime,
}

struct Kept {
    care: Care,
    files: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl Gallery {
    pub(crate) fn start(care: Care) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let app = Router::new()
            .route("/", get(show).post(take))
            .route("/pictures/{name}", get(picture))
            .with_state(Arc::new(Kept { care, files: Mutex::default() }));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { url, _runtime: runtime }
    }
}

async fn show(State(kept): State<Arc<Kept>>, request: HeaderMap) -> Response {
    let id = session(&request).map_or_else(new_session, str::to_owned);
    let action = match kept.care {
        Care::TokenInAddress => format!("/?_csrf={SECRET}{id}-{}", new_session()),
        Care::Full | Care::None => String::new(),
    };
    let pictures =
        kept.files.lock().unwrap().keys().map(|name| format!("<img src=/pictures/{name}>")).collect::<String>();
    let form = page(&format!(
        "<form method=post action=\"{action}\" enctype=multipart/form-data><input type=file name=file></form>{pictures}"
    ));
    ([(header::SET_COOKIE, format!("session={id}; Path=/"))], form).into_response()
}

async fn take(
    State(kept): State<Arc<Kept>>,
    Query(query): Query<BTreeMap<String, String>>,
    request: HeaderMap,
    mut form: Multipart,
) -> Response {
    let is_own = |token: &String| session(&request).is_some_and(|id| token.starts_with(&format!("{SECRET}{id}-")));
    if kept.care == Care::TokenInAddress && !query.get("_csrf").is_some_and(is_own) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(Some(field)) = form.next_field().await else { return StatusCode::BAD_REQUEST.into_response() };
    let name = field.file_name().unwrap_or_default().to_owned();
    let content = field.bytes().await.unwrap().to_vec();
    let name = match kept.care {
        Care::None => name,
        Care::Full | Care::TokenInAddress if name.ends_with(".png") && content.starts_with(b"\x89PNG") => {
            format!("{}.png", new_session())
        }
        Care::Full | Care::TokenInAddress => return Redirect::to("/").into_response(),
    };
    kept.files.lock().unwrap().insert(name, content);
    Redirect::to("/").into_response()
}

async fn picture(State(kept): State<Arc<Kept>>, Path(name): Path<String>) -> Response {
    match kept.files.lock().unwrap().get(&name) {
        // All that the probe's script does is to print two texts.
        Some(script) if name.ends_with(".php") => {
            let script = String::from_utf8_lossy(script);
            script.split('"').skip(1).step_by(2).collect::<String>().into_response()
        }
        Some(content) => {
            let content_type = if name.ends_with(".html") { "text/html" } else { "image/png" };
            ([(header::CONTENT_TYPE, content_type)], content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
