//! Whose a host source is.

/// Whether it is everybody's, on whichever port.
pub(crate) fn is_any_host(host: &str) -> bool {
    name(host) == "*"
}

/// Whether it is an IP address that browsers ignore: of those they match only this one.
pub(super) fn is_ignored_ip(host: &str) -> bool {
    name(host) != "127.0.0.1" && name(host).parse::<std::net::Ipv4Addr>().is_ok()
}

/// Whether it reaches one of [`BYPASS_HOSTS`].
pub(super) fn is_bypass(host: &str) -> bool {
    let name = name(host).to_ascii_lowercase();
    let name = name.strip_prefix("*.").unwrap_or(&name);
    let below = |bypass: &str| name.strip_suffix(bypass).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    // `*.google.com` reaches www.google.com.
    let above = |bypass: &str| host.contains("*.") && bypass.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    BYPASS_HOSTS.into_iter().any(|bypass| below(bypass) || above(bypass))
}

/// Without scheme, port and path.
fn name(host: &str) -> &str {
    let authority = host.split_once("://").map_or(host, |(_, rest)| rest);
    authority.split(['/', ':']).next().unwrap_or(authority)
}

/// Hosts known to serve anyone's files, a library that runs what is in the page's markup, or JSONP: who may load a
/// script from one of these may run any code. Names are matched with everything below them.
const BYPASS_HOSTS: [&str; 27] = [
    "accounts.google.com",
    "ajax.googleapis.com",
    "ajax.aspnetcdn.com",
    "apis.google.com",
    "blob.core.windows.net",
    "cdn.bootcss.com",
    "cdn.jsdelivr.net",
    "cdn.shopify.com",
    "cdnjs.cloudflare.com",
    "cloudfront.net",
    "code.angularjs.org",
    "esm.sh",
    "firebaseapp.com",
    "github.io",
    "googleapis.com",
    "herokuapp.com",
    "maps.google.com",
    "maps.googleapis.com",
    "netlify.app",
    "raw.githack.com",
    "rawgit.com",
    "s3.amazonaws.com",
    "translate.googleapis.com",
    "unpkg.com",
    "vercel.app",
    "www.google.com",
    "yandex.st",
];
