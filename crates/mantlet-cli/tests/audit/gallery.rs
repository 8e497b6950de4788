//! [`Gallery`]: a site that takes pictures.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Multipart, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{HeaderMap, StatusCode, header};

use crate::site::{new_session, page, serve, session};

/// What it does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Takes pictures only, under names of its own; all else is sent home, as if nothing had been.
    Full,
    /// Takes everything under its own name, and runs what ends in `.php`.
    None,
    /// Takes under its own name what claims to be a picture and begins like one.
    LooksOnly,
    /// As `Full`, and wants a second picture beside the first.
    OfTwo,
    /// As `Full`, but the second of its fields takes everything under its own name.
    FirstOfTwo,
    /// As `Full`, says of which type it wants none, and shows nothing of what it took.
    Mute,
    /// Takes a file, and never says so.
    Silent,
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
        let app = Router::new()
            .route("/", get(show).post(take))
            .route("/pictures/{name}", get(picture))
            .with_state(Arc::new(Kept { care, files: Mutex::default() }));
        let (url, runtime) = serve(app);
        Self { url, _runtime: runtime }
    }
}

async fn show(State(kept): State<Arc<Kept>>, request: HeaderMap) -> Response {
    let id = session(&request).map_or_else(new_session, str::to_owned);
    let action = match kept.care {
        Care::TokenInAddress => format!("/?_csrf={SECRET}{id}-{}", new_session()),
        _ => String::new(),
    };
    let pictures =
        kept.files.lock().unwrap().keys().map(|name| format!("<img src=/pictures/{name}>")).collect::<String>();
    let second = match kept.care {
        Care::OfTwo => "<input type=file name=other required>",
        Care::FirstOfTwo => "<input type=file name=other>",
        _ => "",
    };
    let pictures = if kept.care == Care::Mute { "" } else { &pictures };
    let form = page(&format!(
        "<form method=post action=\"{action}\" enctype=multipart/form-data><input type=file name=file>{second}</form>{pictures}"
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
    if kept.care == Care::Silent {
        std::future::pending::<()>().await;
    }
    let mut files = Vec::new();
    while let Ok(Some(field)) = form.next_field().await {
        let of = field.name().unwrap().to_owned();
        let (name, claimed) =
            (field.file_name().unwrap_or_default().to_owned(), field.content_type().map(str::to_owned));
        let content = field.bytes().await.unwrap().to_vec();
        if !name.is_empty() {
            files.push((of, name, claimed.is_some_and(|claimed| claimed.starts_with("image/")), content));
        }
    }
    if files.len() < if kept.care == Care::OfTwo { 2 } else { 1 } {
        return StatusCode::BAD_REQUEST.into_response();
    }
    for (of, name, claims, content) in files {
        let is_png = content.starts_with(b"\x89PNG");
        let name = match kept.care {
            Care::None => name,
            Care::LooksOnly if claims && is_png => name,
            Care::FirstOfTwo if of == "other" => name,
            Care::Mute if !name.ends_with(".png") => {
                return page(&format!("No {} here", name.rsplit('.').next().unwrap()));
            }
            Care::LooksOnly => return Redirect::to("/").into_response(),
            _ if name.ends_with(".png") && is_png => format!("{}.png", new_session()),
            _ => return Redirect::to("/").into_response(),
        };
        kept.files.lock().unwrap().insert(name, content);
    }
    if kept.care == Care::Mute {
        return page("Thank you");
    }
    Redirect::to("/").into_response()
}

/// All that stands outside of the script, and what it prints: the texts in quotes.
fn run(script: &[u8]) -> Vec<u8> {
    let text: String = script.iter().copied().map(char::from).collect();
    let Some((before, rest)) = text.split_once("<?php") else { return script.to_vec() };
    let Some((code, behind)) = rest.split_once("?>") else { return script.to_vec() };
    let printed: String = code.split('"').skip(1).step_by(2).collect();
    // Each character is a byte.
    format!("{before}{printed}{behind}").chars().map(|c| c as u8).collect()
}

async fn picture(State(kept): State<Arc<Kept>>, Path(name): Path<String>) -> Response {
    match kept.files.lock().unwrap().get(&name) {
        Some(script) if name.ends_with(".php") => run(script).into_response(),
        Some(content) => {
            let content_type = if name.ends_with(".html") { "text/html" } else { "image/png" };
            ([(header::CONTENT_TYPE, content_type)], content.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
