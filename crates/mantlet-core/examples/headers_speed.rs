//! What the headers guard costs per response: `cargo run --release -p mantlet-core --example headers_speed`.
//!
//! The response is built anew each time, so building it alone is measured too and taken off.

#![allow(clippy::disallowed_methods, reason = "a measurement needs a clock")]
#![allow(clippy::print_stdout, reason = "the result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use http::StatusCode;
use mantlet_core::fields::Fields;
use mantlet_core::headers::{HeadersGuard, HeadersPolicy};
use mantlet_core::{Mode, Origin, ResponseHead, Site};

const RUNS: u32 = 2_000;
const ROUNDS: u32 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let plain = [
        ("server", "gunicorn"),
        ("date", "Tue, 24 Nov 2026 16:00:00 GMT"),
        ("connection", "keep-alive"),
        ("content-type", "text/html; charset=utf-8"),
        ("content-length", "1024"),
        ("vary", "Cookie"),
        ("cache-control", "private, max-age=0"),
        ("etag", "\"5f3759df\""),
        ("content-language", "en"),
        ("set-cookie", "session=abc; HttpOnly; Path=/"),
    ];
    let own = [("x-frame-options", "DENY"), ("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin")];
    let csp = [("content-security-policy", "default-src 'self'; script-src 'self' https://cdn.example; img-src *")];
    let guard = HeadersGuard::new(&HeadersPolicy::default(), Mode::Enforce);
    let site = Site::new(Origin::parse("https://app.example")?);
    for (name, extra) in [
        ("application sets none", Vec::new()),
        ("application sets three", own.to_vec()),
        ("application sets a CSP", csp.to_vec()),
    ] {
        let app = Fields::from_pairs(plain.iter().chain(&extra).copied())?;
        let alone = best(|| {
            black_box(app.clone());
        });
        let guarded = best(|| {
            let mut fields = app.clone();
            guard.on_response(&mut ResponseHead { status: StatusCode::OK, fields: &mut fields }, &site);
            black_box(fields);
        });
        let cost = guarded.saturating_sub(alone);
        println!("{name}: {cost:?} (building alone: {alone:?})");
    }
    Ok(())
}

/// The best of many short runs, for one round: short enough to fall between two interruptions.
fn best(mut round: impl FnMut()) -> Duration {
    (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            (0..ROUNDS).for_each(|_| round());
            start.elapsed().div_f64(f64::from(ROUNDS))
        })
        .min()
        .unwrap_or_default()
}
