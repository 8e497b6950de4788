//! What the name of a cookie says: the table at [`SessionCookies::Auto`](super::SessionCookies::Auto).

use super::{CookieKind, without_number};

/// What a name without its prefix says.
pub(super) fn kind_by_name(base: &[u8]) -> CookieKind {
    // Names are short, and every request brings several: those that fit are folded without an allocation.
    let mut short = [0_u8; 64];
    match short.get_mut(..base.len()) {
        Some(folded) => {
            folded.copy_from_slice(base);
            folded.make_ascii_lowercase();
            kind_of_folded(folded)
        }
        None => kind_of_folded(&base.to_ascii_lowercase()),
    }
}

fn kind_of_folded(name: &[u8]) -> CookieKind {
    if is_csrf(name) {
        CookieKind::Csrf
    } else if is_session(without_signature(without_number(name))) {
        CookieKind::Session
    } else {
        CookieKind::Foreign
    }
}

fn is_csrf(name: &[u8]) -> bool {
    contains(name, b"csrf")
        || contains(name, b"xsrf")
        || contains(name, b"antiforgery")
        || contains(name, b"requestverificationtoken")
}

fn is_session(name: &[u8]) -> bool {
    is_session_by_whole(name)
        || is_session_by_end(name)
        || is_session_by_start(name)
        || contains(name, b"sessid")
        || is_md5(name)
}

fn is_md5(name: &[u8]) -> bool {
    name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit)
}

fn is_session_by_whole(name: &[u8]) -> bool {
    matches!(
        name,
        b"sid"
            | b"sess"
            | b"auth"
            | b"auth_token"
            | b"authtoken"
            | b"access_token"
            | b"refresh_token"
            | b"id_token"
            | b"jwt"
            | b"auth_tkt"
            | b"authtkt"
            | b"ltpatoken"
            | b"ltpatoken2"
            | b"cfid"
            | b"cftoken"
            | b"fe_typo_user"
            | b"be_typo_user"
            | b"cakephp"
            | b"mojolicious"
            | b"fedauth"
            | b"keycloak_identity"
            | b"i_like_gitea"
            | b"xf_user"
            | b"__ac"
            | b"_zopeid"
            | b"h3"
            | b"dokuwiki"
            | b"redmine"
            | b"autologin"
            | b"trac_auth"
            | b"n8n-auth"
            | b"xid"
            | b"shaarli"
            | b"shaarli_staysignedin"
            | b"cacti"
            | b"cacti_remembers"
            | b"simplesaml"
            | b"simplesamlauthtoken"
            | b"lemonldap"
            | b"kolibri"
            | b"ds_actor"
    )
}

fn is_session_by_end(name: &[u8]) -> bool {
    if let [head @ .., b'.' | b'-' | b'_' | b':', b's', b'i', b'd']
    | [head @ .., b'.' | b'-' | b'_' | b':', b's', b'e', b's', b's'] = name
    {
        return !head.is_empty();
    }
    // It opens nothing, and Keycloak's scripts read it to see whether the user is still there.
    if name == b"keycloak_session" {
        return false;
    }
    let ends = [&b"session"[..], b"remember_me", b"sessionhash", b"sessauth"];
    if ends.iter().any(|end| name.ends_with(end)) {
        return true;
    }
    if name.ends_with(b"token") && contains(name, b"wiki") {
        return true;
    }
    let before = [&b"id"[..], b"token", b"key"].iter().find_map(|word| name.strip_suffix(*word));
    before.is_some_and(|head| match head {
        [head @ .., b'-' | b'_' | b'.'] => head.ends_with(b"session"),
        head => head.ends_with(b"session"),
    })
}

fn is_session_by_start(name: &[u8]) -> bool {
    match name.first() {
        Some(b'a') => name.starts_with(b"aspsessionid"),
        Some(b'd') => name.strip_prefix(b"dw").is_some_and(is_md5),
        Some(b'j') => name.starts_with(b"jsessionid") || name.starts_with(b"jupyterhub-"),
        Some(b'm') => name.starts_with(b"moodlesession"),
        Some(b'p') => {
            [&b"prestashop-"[..], b"phpmyadmin", b"pmaauth-", b"pmauser-"].iter().any(|start| name.starts_with(start))
        }
        Some(b'u') => name.strip_prefix(b"username-").is_some_and(ends_in_port),
        Some(b'_') => match name {
            [b'_', application @ .., b'_', b'k', b'e', b'y'] => !application.is_empty(),
            _ => [&b"_oauth2_proxy"[..], b"_identity", b"_shibsession_"].iter().any(|start| name.starts_with(start)),
        },
        Some(b'r') => [&b"remember_"[..], b"remember-me", b"rememberme", b"roundup_session_", b"rt_sid_"]
            .iter()
            .any(|start| name.starts_with(start)),
        Some(b'.') => [&b".aspxauth"[..], b".aspnet.", b".aspnetcore.cookies", b".aspnetcore.identity."]
            .iter()
            .any(|start| name.starts_with(start)),
        Some(b'w') => name.starts_with(b"wordpress_logged_in_") || name.starts_with(b"wordpress_sec_"),
        Some(b's')
            if [&b"session_id_"[..], b"sessionid-", b"seraph.rememberme"]
                .iter()
                .any(|start| name.starts_with(start)) =>
        {
            true
        }
        // Of applications that put their port behind it.
        Some(b's')
            if name
                .strip_prefix(b"session_")
                .is_some_and(|rest| is_number(rest.strip_prefix(b"p").unwrap_or(rest))) =>
        {
            true
        }
        // Drupal's, with the second `s` on https.
        Some(b's') => {
            let name = if name.starts_with(b"ssess") { name.get(1..).unwrap_or(name) } else { name };
            name.strip_prefix(b"sess").is_some_and(is_md5)
        }
        _ => false,
    }
}

/// Jupyter writes every mark of its host as a dash: `username-localhost-8888`.
fn ends_in_port(name: &[u8]) -> bool {
    let port = name.rsplit(|byte| *byte == b'-').next().unwrap_or_default();
    port.len() < name.len() && is_number(port)
}

fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Koa and cookie-session sign `NAME` in `NAME.sig`. Who plants one forges nothing, but keeps the user from logging in.
fn without_signature(name: &[u8]) -> &[u8] {
    name.strip_suffix(b".sig").unwrap_or(name)
}

fn contains<const N: usize>(name: &[u8], part: &[u8; N]) -> bool {
    name.windows(N).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::SessionCookies;

    #[test]
    fn names_that_frameworks_use() {
        use CookieKind::*;
        for (name, expected) in [
            ("session", Session),
            ("sessionid", Session),
            ("SESSION", Session),
            ("session_id", Session),
            ("session-token", Session),
            ("sid", Session),
            ("sess", Session),
            ("connect.sid", Session),
            ("koa.sess", Session),
            ("koa:sess", Session),
            ("koa.sess.sig", Session),
            ("lang.sig", Foreign),
            (".sig", Foreign),
            ("JSESSIONID.1a2b3c4d", Session),
            ("JSESSIONIDSSO", Session),
            (".AspNet.ApplicationCookie", Session),
            ("MoodleSessionschool", Session),
            ("session_id_welcome", Session),
            ("_oauth2_proxy_0", Session),
            ("_oauth2_proxy_csrf", Csrf),
            ("_identity-frontend", Session),
            ("seraph.rememberme.cookie", Session),
            ("_hello_key", Session),
            ("_key", Foreign),
            ("api_key", Foreign),
            ("bb_sessionhash", Session),
            ("phpMyAdmin_https", Session),
            ("pmaAuth-1_https", Session),
            ("pmaUser-1", Session),
            ("pma_lang", Foreign),
            ("username-127-0-0-1-8888", Session),
            ("username-localhost-8888", Session),
            ("username-hint", Foreign),
            ("username-8888", Foreign),
            ("username-", Foreign),
            ("jupyterhub-hub-login", Session),
            ("KEYCLOAK_IDENTITY", Session),
            ("KEYCLOAK_SESSION", Foreign),
            ("CAKEPHP", Session),
            ("__ac", Session),
            ("DokuWiki", Session),
            ("DW247a8b130d066235a4f85e09f9dc02da", Session),
            ("DOKU_PREFS", Foreign),
            ("my_wikiToken", Session),
            ("my_wiki_session", Session),
            ("my_wikiUserName", Foreign),
            ("Redmine", Session),
            ("autologin", Session),
            ("roundcube_sessid", Session),
            ("roundcube_sessauth", Session),
            ("_ZopeId", Session),
            ("h3", Session),
            ("sessionid-AZZP4", Session),
            ("session_P5000", Session),
            ("session_2718", Session),
            ("session_P", Foreign),
            ("session_position", Foreign),
            ("session_", Foreign),
            ("session_1st", Foreign),
            ("trac_auth", Session),
            ("trac_form_token", Foreign),
            ("n8n-auth", Session),
            ("xid", Session),
            ("shaarli_staySignedIn", Session),
            ("Cacti", Session),
            ("CactiTimeZone", Foreign),
            ("cacti_remembers", Session),
            ("SimpleSAML", Session),
            ("SimpleSAMLAuthToken", Session),
            ("lemonldap", Session),
            ("kolibri", Session),
            ("ds_actor", Session),
            ("ds_messages", Foreign),
            ("roundup_session_Roundupissuetracker", Session),
            ("RT_SID_support.example.443", Session),
            ("PHPSESSID", Session),
            ("JSESSIONID", Session),
            ("ASP.NET_SessionId", Session),
            ("ASPSESSIONIDQQABCDEF", Session),
            (".AspNetCore.Session", Session),
            (".AspNetCore.Cookies", Session),
            (".AspNetCore.CookiesC1", Session),
            (".AspNetCore.Identity.Application", Session),
            (".ASPXAUTH", Session),
            ("laravel_session", Session),
            ("_myapp_session", Session),
            ("remember_token", Session),
            ("remember_web_59ba36addc2b2f9401580f014c7f58ea4e30989d", Session),
            ("remember-me", Session),
            ("REMEMBERME", Session),
            ("grails_remember_me", Session),
            ("next-auth.session-token", Session),
            ("__Secure-next-auth.session-token.0", Session),
            ("authjs.session-token.12", Session),
            ("wordpress_logged_in_0123", Session),
            ("SSESS0123456789abcdef0123456789abcdef", Session),
            ("auth", Session),
            ("auth_tkt", Session),
            ("LtpaToken2", Session),
            ("_shibsession_64656661756c74", Session),
            ("PrestaShop-0123456789abcdef0123456789abcdef", Session),
            ("0123456789abcdef0123456789abcdef", Session),
            ("0123456789abcdef0123456789abcde", Foreign),
            ("access_token", Session),
            ("__Host-session", Session),
            ("csrftoken", Csrf),
            ("XSRF-TOKEN", Csrf),
            ("_csrf", Csrf),
            ("csrf_session", Csrf),
            ("__Host-csrftoken", Csrf),
            (".AspNetCore.Antiforgery.abc", Csrf),
            ("__Host-theme", Prefixed),
            ("__HOST-s", Prefixed),
            ("theme", Foreign),
            ("assessment", Foreign),
            ("session_timeout", Foreign),
            ("_ga", Foreign),
            ("lang", Foreign),
            ("author", Foreign),
            ("messages", Foreign),
            ("sids", Foreign),
        ] {
            assert_eq!(SessionCookies::Auto.kind(name.as_bytes()), expected, "{name}");
        }
    }
}
