#![allow(warnings)]
#[path = "../src/proxy/mod.rs"]
mod proxy;
use std::time::Duration;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = proxy::Settings {
        listen: vec![a[1].parse().unwrap()],
        tls: None,
        upstream: proxy::Address::Tcp(a[2].clone()),
        trusted_proxies: vec![],
        allowed_hosts: vec!["localhost".into(), "127.0.0.1".into()],
        redirect_http: true,
        max_header_size: 32768,
        header_timeout: Duration::from_secs(10),
        body_timeout: Duration::from_secs(30),
        upstream_timeout: Duration::from_secs(60),
        idle_timeout: Duration::from_secs(60),
        max_connections: 10000,
        threads: std::env::var("T").ok().map_or(1, |t| t.parse().unwrap()),
        log: proxy::AccessLogSettings { enabled: std::env::var("L").is_ok(), json: false, query_strings: false },
    };
    let sh = mantlet::Shield::with(
        &mantlet::Policy::default(),
        mantlet::SpoolSettings::new("/var/tmp".into(), 4 << 30),
        mantlet::Disclosure::ReasonCode,
    );
    let _p = proxy::Proxy::bind(s, &sh).unwrap();
    std::thread::park();
}
