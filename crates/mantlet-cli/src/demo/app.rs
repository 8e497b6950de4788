//! The demo app: a shop with the four holes.
//!
//! 1. Its session cookie is bare: `session=<id>; Path=/`.
//! 2. Its forms have no protection against forgery.
//! 3. Its answers carry no security headers, and say what they were made with.
//! 4. Its upload form takes any name, type and content, and serves what it stored by what the name says.
//!
//! What keeps it harmless: it listens on loopback, its folder is a temporary one and gone when it ends, a name cannot climb
//! out of that folder (only out of `uploads/` in it), and there is a bound to everything it keeps.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Form, Multipart, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, middleware};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde::Deserialize;

use super::pages;
use super::sessions::{Sessions, Visitor};

/// A demo is no place to store things.
const FILE_AT_MOST: usize = 64 * 1024 * 1024;
const FILES_AT_MOST: usize = 200;

/// What the app keeps.
#[derive(Debug)]
struct Shop {
    sessions: Sessions,
    /// Everything that is served as a file lies here; uploads one folder below.
    folder: PathBuf,
}

type Shared = State<Arc<Shop>>;

/// The app, with its files in this folder.
///
/// # Errors
/// When the folder cannot be used.
pub(super) fn app(folder: &Path) -> io::Result<Router> {
    std::fs::create_dir(folder.join("uploads"))?;
    let shop = Shop { sessions: Sessions::default(), folder: folder.to_owned() };
    Ok(Router::new()
        .route("/", get(home))
        .route("/login", get(show_login).post(login))
        .route("/profile", get(show_profile).post(change_profile))
        .route("/files", get(show_files).post(upload))
        .route(
            "/static/style.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], pages::STYLE) }),
        )
        .route(
            "/static/app.js",
            get(|| async { ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], pages::SCRIPT) }),
        )
        .fallback(file)
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::map_response(disclose))
        .with_state(Arc::new(shop)))
}

/// Hole 3: every answer says what it was made with, and nothing else.
async fn disclose(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("DemoServer/1.2.3"));
    headers.insert("x-powered-by", HeaderValue::from_static("Demo Framework 4.5"));
    response
}

async fn home(State(shop): Shared, request: HeaderMap) -> Response {
    page(&shop, &request, pages::home)
}

async fn show_login(State(shop): Shared, request: HeaderMap) -> Response {
    page(&shop, &request, |_| pages::login())
}

async fn show_profile(State(shop): Shared, request: HeaderMap) -> Response {
    page(&shop, &request, pages::profile)
}

async fn show_files(State(shop): Shared, request: HeaderMap) -> Response {
    let mut names: Vec<String> = std::fs::read_dir(shop.folder.join("uploads"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    page(&shop, &request, |_| pages::files(&names))
}

/// Hole 1: whoever comes without a session gets one, in a cookie without attributes.
fn page(shop: &Shop, request: &HeaderMap, body: impl FnOnce(&Visitor) -> String) -> Response {
    let Ok((id, visitor)) = shop.sessions.enter(request) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let html =
        [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::SET_COOKIE, &format!("session={id}; Path=/"))]
            .map(|(name, value)| (name, value.to_owned()));
    (html, body(&visitor)).into_response()
}

#[derive(Deserialize)]
struct Login {
    user: String,
}

/// The id stays the same, so whoever planted it is logged in as well.
async fn login(State(shop): Shared, request: HeaderMap, Form(login): Form<Login>) -> Response {
    change(&shop, &request, "/profile", |visitor| visitor.user = Some(login.user.chars().take(100).collect()))
}

#[derive(Deserialize)]
struct Profile {
    email: String,
}

/// Hole 2: nobody asks where the form came from.
async fn change_profile(State(shop): Shared, request: HeaderMap, Form(profile): Form<Profile>) -> Response {
    change(&shop, &request, "/profile", |visitor| visitor.email = profile.email.chars().take(200).collect())
}

fn change(shop: &Shop, request: &HeaderMap, next: &str, change: impl FnOnce(&mut Visitor)) -> Response {
    let Ok((id, _)) = shop.sessions.enter(request) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    shop.sessions.change(&id, change);
    ([(header::SET_COOKIE, format!("session={id}; Path=/"))], Redirect::to(next)).into_response()
}

/// Hole 4: the name is believed.
async fn upload(State(shop): Shared, mut form: Multipart) -> Response {
    loop {
        let mut field = match form.next_field().await {
            Ok(Some(field)) if field.name() == Some("file") => field,
            Ok(Some(_)) => continue,
            Ok(None) => return (StatusCode::BAD_REQUEST, "no file").into_response(),
            Err(_) => return (StatusCode::BAD_REQUEST, "not a form").into_response(),
        };
        let Some(path) = field.file_name().and_then(|name| inside(&shop.folder, &format!("uploads/{name}"))) else {
            return (StatusCode::BAD_REQUEST, "no such folder").into_response();
        };
        let mut content = Vec::new();
        while let Ok(Some(chunk)) = field.chunk().await {
            if content.len().saturating_add(chunk.len()) > FILE_AT_MOST {
                return StatusCode::INSUFFICIENT_STORAGE.into_response();
            }
            content.extend_from_slice(&chunk);
        }
        return match store(&shop.folder, &path, &content) {
            Ok(()) => Redirect::to("/files").into_response(),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        };
    }
}

fn store(folder: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    let kept = std::fs::read_dir(folder.join("uploads"))?.count().saturating_add(std::fs::read_dir(folder)?.count());
    if kept > FILES_AT_MOST {
        return Err(io::ErrorKind::StorageFull.into());
    }
    std::fs::write(path, content)
}

/// Serves whatever lies in the folder, as what its name says.
async fn file(State(shop): Shared, uri: Uri) -> Response {
    let path = percent_decoded(uri.path().trim_start_matches('/'));
    let content = inside(&shop.folder, &path).and_then(|path| Some((std::fs::read(&path).ok()?, type_of(&path))));
    match content {
        Some((content, kind)) => ([(header::CONTENT_TYPE, kind)], content).into_response(),
        None => {
            let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (StatusCode::NOT_FOUND, html, "<!doctype html><title>Not found</title><h1>Not found</h1>").into_response()
        }
    }
}

fn percent_decoded(path: &str) -> String {
    // A plus is a plus in a path.
    let query = format!("p={}", path.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(query.as_bytes()).next().map(|(_, path)| path.into_owned()).unwrap_or_default()
}

/// Joins as the operating system would, dots included, and stays inside the folder. (The real hole would not.)
fn inside(folder: &Path, relative: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    let mut depth = 0_usize;
    for component in Path::new(relative).components() {
        match component {
            Component::Normal(name) => {
                path.push(name);
                depth = depth.saturating_add(1);
            }
            Component::ParentDir => {
                depth = depth.checked_sub(1)?;
                path.pop();
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (depth > 0).then_some(path)
}

fn type_of(path: &Path) -> &'static str {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "pdf" => "application/pdf",
        "txt" => "text/plain; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hole_is_fenced() {
        let folder = Path::new("/tmp/demo");
        for (name, expected) in [
            ("uploads/a.png", Some("/tmp/demo/uploads/a.png")),
            ("uploads/../a.png", Some("/tmp/demo/a.png")),
            ("uploads/../../a.png", None),
            ("uploads/../..", None),
            ("uploads/..", None),
            ("/etc/passwd", None),
            ("", None),
        ] {
            assert_eq!(inside(folder, name).as_deref(), expected.map(Path::new), "{name}");
        }
    }
}
