//! Lists that name too much, or too little.

use mantlet_core::csrf::{CsrfPolicy, SafeMethods, TrustedOrigin};
use mantlet_core::origin::Scheme;
use mantlet_core::session::SessionCookies;
use mantlet_core::upload::{ActiveContent, UploadPolicy, default_blocked, is_active};

use crate::check::stricter::blocked;

/// Whoever names a cookie twice means the one that Mantlet renames, and keeps it from being renamed. Whoever names none may mean
/// that none needs a name.
pub(super) fn of_cookies(cookies: &SessionCookies) -> Vec<String> {
    let SessionCookies::Named(names) = cookies else { return Vec::new() };
    if names.is_empty() {
        return vec!["[session] cookies = []: no session cookie is guarded".to_owned()];
    }
    let with_prefix = names.iter().filter_map(|name| {
        let base = ["__Host-", "__Secure-"].into_iter().find_map(|prefix| name.strip_prefix(prefix))?;
        names.iter().any(|plain| plain == base).then_some((name, base))
    });
    with_prefix
        .map(|(name, base)| {
            format!(
                "[session] cookies has {name} beside {base}: a sibling host may plant {base}, since neither is renamed"
            )
        })
        .collect()
}

pub(super) fn of_requests(csrf: &CsrfPolicy) -> Vec<String> {
    let plain = csrf.trusted_origins.iter().filter(|trusted| match trusted {
        TrustedOrigin::Web(origin) => origin.scheme() == Scheme::Http,
        // It has no network between itself and its pages.
        TrustedOrigin::NonWeb(_) => false,
    });
    let plain = plain.map(|origin| {
        format!("[csrf] trusted_origins: {origin} is plain HTTP: whoever is on the network may speak for it")
    });
    let all = csrf.exempt.iter().filter(|path| path.to_string() == "/*");
    let all = all.map(|_| "[csrf] exempt has \"/*\": no path is left to guard".to_owned());
    let built_in = SafeMethods::default();
    let unjudged = csrf.safe_methods.as_slice().iter().filter(|method| !built_in.contains(method));
    let unjudged = unjudged.map(|method| format!("[csrf] safe_methods has {method}: any site may have it sent"));
    plain.chain(all).chain(unjudged).collect()
}

/// What is allowed and dangerous, or allowed in vain.
pub(super) fn of_extensions(upload: &UploadPolicy) -> Vec<String> {
    let blocked = blocked(upload);
    let is_blocked = |extension: &str| blocked.contains(&extension);
    let allowed = upload.allowed_extensions.iter().filter_map(|extension| {
        let extension = extension.as_str();
        let what = match extension {
            _ if is_blocked(extension) => "is refused all the same: blocked_extensions wins",
            _ if default_blocked().any(|blocked| blocked == extension) => {
                "is what servers or desktops run, and blocked_extensions lets it pass"
            }
            _ if is_active(extension) && upload.active_content == ActiveContent::Refuse => {
                "is refused all the same: active_content wins"
            }
            _ => return None,
        };
        Some(format!("[uploads] allowed_extensions: {extension} {what}"))
    });
    let left_out = default_blocked().filter(|extension| !is_blocked(extension)).count();
    let left_out = (left_out > 0).then(|| {
        format!("[uploads] blocked_extensions: {left_out} of those that are refused by default are not in it")
    });
    allowed.chain(left_out).collect()
}
