//! An axum application with the four guards inside.
//!
//! `cargo run -p mantlet --example axum`, then <http://localhost:3000>. `cargo test -p mantlet --example axum` asks it what a
//! browser would.

use std::error::Error;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Form, Request};
use axum::http::header::SET_COOKIE;
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::{Router, routing::get};
use mantlet::{ClientAddress, MantletLayer, Origin, Policy, Shield};

/// What differs from the defaults, as in `mantlet.toml`.
const POLICY: &str = r#"
    [session]
    SameSite = "Strict"
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // Why a request was refused is told to nobody else.
    tracing_subscriber::fmt().init();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    // As browsers know the application; behind a proxy that speaks https, `https://` and its public name.
    let app = guarded("http://localhost:3000")?;
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}

fn guarded(origin: &str) -> Result<Router, Box<dyn Error>> {
    let shield = Shield::new(&Policy::from_toml(POLICY)?);
    let routes = Router::new().route("/", get(page).post(log_in));
    // The last layer is the outermost: the guards see a request before every route, and learn first whose it is.
    Ok(routes.layer(MantletLayer::new(shield, Origin::parse(origin)?)).layer(middleware::from_fn(introduce)))
}

/// Tells the guards who sends a request, so that no client can take all the room there is for uploads.
async fn introduce(ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(ClientAddress(peer.ip()));
    next.run(request).await
}

async fn page() -> Html<&'static str> {
    Html("<form method=post><input name=user><button>Log in</button></form>")
}

async fn log_in(Form(fields): Form<Vec<(String, String)>>) -> impl IntoResponse {
    let user = fields.into_iter().find(|(name, _)| name == "user").map_or_else(String::new, |(_, user)| user);
    ([(SET_COOKIE, "session=1; Path=/")], format!("Hello, {user}"))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::StatusCode;
    use tower::ServiceExt;

    use super::*;

    async fn post_from(site: &str) -> Response {
        let request = Request::post("https://shop.example/")
            .header("host", "shop.example")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", site)
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))))
            .body(Body::from("user=ada"))
            .unwrap();
        guarded("https://shop.example").unwrap().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_login_gets_a_hardened_cookie() {
        let response = post_from("same-origin").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["set-cookie"], "__Host-session=1; Path=/; Secure; HttpOnly; SameSite=Strict");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }

    #[tokio::test]
    async fn another_sites_form_is_refused() {
        assert_eq!(post_from("cross-site").await.status(), StatusCode::FORBIDDEN);
    }
}
