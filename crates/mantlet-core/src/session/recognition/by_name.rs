//! What the name of a cookie says. The documentation of [`SessionCookies::Auto`](super::SessionCookies::Auto) is made of the
//! table here.

use std::sync::LazyLock;

use super::patterns::Patterns;
use super::{CookieKind, without_number};

/// Makes two things of the table: [`NAMES`], and the same for people to read.
macro_rules! names {
    ($($kind:ident $whose:literal: $($name:literal)+,)+) => {
        const NAMES: &[(&str, CookieKind)] = &[$($(($name, CookieKind::$kind),)+)+];

        macro_rules! documented {
            () => { concat!("| kind | whose | names |\n|---|---|---|\n", $(
                "| ", stringify!($kind), " | ", $whose, " |", $(" `", $name, "`",)+ " |\n",
            )+) };
        }
        pub(super) use documented;
    };
}

// What the marks mean is said at `Patterns`. The first that fits decides.
names! {
    Csrf "anybody": "*csrf*" "*xsrf*",
    Csrf "ASP.NET": "*antiforgery*" "*requestverificationtoken*",
    // It opens nothing, and Keycloak's scripts read it to see whether the user is still there.
    Foreign "Keycloak": "keycloak_session",
    Session "Flask, Django, Rails, Laravel, ASP.NET": "*session" "*sessionid" "*session-id" "*session_id",
    Session "Auth.js": "authjs.session-token*" "next-auth.session-token*" "*sessiontoken" "*session-token" "*session_token",
    Session "others": "*sessionkey" "*session-key" "*session_key",
    Session "Express, Koa": "sid" "?*.sid" "?*-sid" "?*:sid" "sess" "?*.sess" "?*-sess" "?*:sess",
    Session "PHP": "*sessid*",
    Session "anybody": "auth" "auth_token" "authtoken" "access_token" "refresh_token" "id_token" "jwt",
    Session "Laravel, Devise, Spring, Symfony, Grails": "remember_*" "remember-me*" "rememberme*" "*remember_me",
    // Not HttpOnly.
    Session "Ada Web Server": "aws" "aws_private",
    // Beside its `adminer_sid`: the passwords of logins that it was told to keep, and the key to those of the session.
    Session "Adminer": "adminer_key" "adminer_permanent",
    Session "Apache, Pyramid, TurboGears": "auth_tkt" "authtkt",
    Session "Apereo CAS": "tgc" "castgc",
    Session "Arize Phoenix": "phoenix-access-token" "phoenix-refresh-token",
    Session "ASP": "aspsessionid*",
    Session "ASP.NET": ".aspxauth*" ".aspnet.*" ".aspnetcore.cookies*" ".aspnetcore.identity.*" "fedauth",
    Session "Atlassian": "seraph.rememberme*",
    Session "Cacti": "cacti" "cacti_remembers",
    Session "CakePHP": "cakephp",
    Session "ColdFusion": "cfid" "cftoken",
    Session "Datasette": "ds_actor",
    Session "DokuWiki": "dokuwiki" "dw%",
    Session "Drupal": "sess%" "ssess%",
    // They hold the folder of the site and a scope, and have no attribute but a Path.
    Session "Eliom (Ocsigen)": "eliomdatasession*" "eliomservicesession*" "eliompersistentsession*",
    Session "Emmett": "emt_session_*",
    Session "FastAPI Users": "fastapiusersauth",
    Session "Gitea": "i_like_gitea",
    Session "GLPI": "glpi_%",
    // The name in its documentation, which many applications kept. It is not HttpOnly.
    Session "Gorilla (Go)": "session-name",
    // An id of the process stands behind it.
    Session "Gradio": "access-token-*",
    Session "Horde": "horde",
    Session "Joomla": "%",
    Session "Jupyter": "username-*-#" "jupyterhub-*",
    Session "Keycloak": "keycloak_identity",
    Session "Kolibri": "kolibri",
    Session "LemonLDAP::NG": "lemonldap",
    Session "marimo": "session_#",
    Session "MediaWiki": "*wiki*token",
    Session "MeshCentral": "xid",
    Session "Mojolicious": "mojolicious",
    Session "mod_auth_openidc": "mod_auth_openidc_session*",
    // Not HttpOnly.
    Session "mod_python": "pysid",
    Session "MoinMoin": "moin_session_*",
    Session "Moodle": "moodlesession*",
    Session "n8n": "n8n-auth",
    Session "Nextcloud, ownCloud": "oc_sessionpassphrase" "nc_token",
    Session "Nuxt": "h3",
    Session "oauth2-proxy": "_oauth2_proxy*",
    Session "OctoPrint": "session_p#",
    Session "OpenACS": "ad_user_login" "ad_user_login_secure" "ad_secure_token",
    Session "OpenWrt": "sysauth" "sysauth_http" "sysauth_https",
    Session "OTRS, Znuny": "otrsagentinterface" "otrscustomerinterface",
    Session "Payload": "payload-token",
    Session "Phoenix": "_?*_key",
    Session "phpMyAdmin": "phpmyadmin*" "pmaauth-*" "pmauser-*",
    Session "Plone, Zope": "__ac" "_zopeid",
    Session "PrestaShop": "prestashop-*",
    Session "pyLoad": "pyload_session_#",
    Session "Quarkus": "quarkus-credential",
    Session "Redmine": "redmine" "autologin",
    Session "Request Tracker": "rt_sid_*",
    Session "Roundcube": "*sessauth",
    Session "Roundup": "roundup_session_*",
    Session "Servant": "jwt-cookie",
    Session "Shaarli": "shaarli" "shaarli_staysignedin",
    Session "Shibboleth": "_shibsession_*",
    Session "SimpleSAMLphp": "simplesaml" "simplesamlauthtoken",
    Session "Snap": "_remember",
    Session "Strapi": "strapi_*_refresh",
    Session "Syncthing": "sessionid-*",
    Session "Tomcat, Jenkins": "jsessionid*",
    Session "Trac": "trac_auth",
    Session "TYPO3": "fe_typo_user" "be_typo_user",
    Session "Usermin": "usid",
    Session "vBulletin": "*sessionhash",
    Session "web2py": "session_id_*",
    Session "WebSphere": "ltpatoken" "ltpatoken2",
    Session "WordPress": "wordpress_logged_in_*" "wordpress_sec_*" "wordpress_%",
    Session "XenForo": "xf_user",
    Session "Yii": "_identity*",
    // When the site was made stands behind it. Not HttpOnly.
    Session "Zope's toolkit (Grok, BlueBream)": "zope3_cs_*",
}

static PATTERNS: LazyLock<Patterns<CookieKind>> = LazyLock::new(|| Patterns::new(NAMES));

/// What a name without its prefix says.
pub(super) fn kind_by_name(base: &[u8]) -> CookieKind {
    let name = without_number(base);
    // Koa and cookie-session sign `NAME` in `NAME.sig`. Who plants one forges nothing, but keeps the user from logging in.
    let name = match name.split_last_chunk::<4>() {
        Some((signed, end)) if end.eq_ignore_ascii_case(b".sig") => signed,
        _ => name,
    };
    PATTERNS.meaning_of(name).unwrap_or(CookieKind::Foreign)
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
            ("session.id", Session),
            ("express_sid", Session),
            ("be.typo+user", Session),
            ("wordpress.logged_in_0123", Session),
            ("wordpress_0123456789abcdef0123456789abcdef", Session),
            ("wordpress_test_cookie", Foreign),
            ("session-token", Session),
            ("sid", Session),
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
            ("__session__0", Session),
            ("__session__", Foreign),
            ("_oauth2_proxy_csrf", Csrf),
            ("_identity-frontend", Session),
            ("emt_session_data_shop", Session),
            ("strapi_admin_refresh", Session),
            ("adminer_permanent", Session),
            ("adminer_version", Foreign),
            ("AWS", Session),
            ("AWS_Private", Session),
            ("AWSALB", Foreign),
            ("sysauth_http", Session),
            ("JWT-Cookie", Session),
            ("_remember", Session),
            ("usid", Session),
            ("session-name", Session),
            ("session_names", Foreign),
            ("TGC", Session),
            ("phoenix-access-token", Session),
            ("access-token-etykSfr0tKcV3_17dXl-NyUYeMexF1iG4sMIPobNT-k", Session),
            ("access-token-unsecure-etykSfr0tKcV3_17dXl-NyUYeMexF1iG4sMIPobNT-k", Session),
            ("fastapiusersauth", Session),
            ("payload-token", Session),
            ("payload-theme", Foreign),
            ("phoenix-theme", Foreign),
            ("pyload_session_8000", Session),
            ("pyload_session_view", Foreign),
            ("glpi_40d1b2d83998fabacb726e5bc3d22129", Session),
            ("glpi_theme", Foreign),
            ("Horde", Session),
            ("horde_prefs", Foreign),
            ("MOIN_SESSION_443_ROOT", Session),
            ("oc_sessionPassphrase", Session),
            ("OTRSAgentInterface", Session),
            ("quarkus-credential", Session),
            ("seraph.rememberme.cookie", Session),
            ("eliomdatasession|||ref|", Session),
            ("eliompersistentsession|S||app||cart", Session),
            ("ad_session_id", Session),
            ("ad_user_login_secure", Session),
            ("ad_locale", Foreign),
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
            ("KEYCLOAK_SESSION", Foreign),
            ("CAKEPHP", Session),
            ("DokuWiki", Session),
            ("DW247a8b130d066235a4f85e09f9dc02da", Session),
            ("DOKU_PREFS", Foreign),
            ("my_wikiToken", Session),
            ("my_wiki_session", Session),
            ("my_wikiUserName", Foreign),
            ("roundcube_sessid", Session),
            ("roundcube_sessauth", Session),
            ("_ZopeId", Session),
            ("zope3_cs_308efcdb", Session),
            ("sessionid-AZZP4", Session),
            ("session_P5000", Session),
            ("session_2718", Session),
            ("session_P", Foreign),
            ("session_position", Foreign),
            ("session_", Foreign),
            ("session_1st", Foreign),
            ("trac_form_token", Foreign),
            ("shaarli_staySignedIn", Session),
            ("CactiTimeZone", Foreign),
            ("ds_messages", Foreign),
            ("roundup_session_Roundupissuetracker", Session),
            ("RT_SID_support.example.443", Session),
            ("pysid", Session),
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
            ("authjs.session-tokens", Session),
            ("mod_auth_openidc_session_chunks", Session),
            ("wordpress.logged_in_0123", Session),
            ("SSESS0123456789abcdef0123456789abcdef", Session),
            ("LtpaToken2", Session),
            ("_shibsession_64656661756c74", Session),
            ("PrestaShop-0123456789abcdef0123456789abcdef", Session),
            ("0123456789abcdef0123456789abcdef", Session),
            ("0123456789abcdef0123456789abcde", Foreign),
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
