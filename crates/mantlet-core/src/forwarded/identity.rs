//! How proxies that log users in tell applications who somebody is.
//!
//! An application that believes one of these lets in whoever sends it, unless something before it takes them off. The names
//! are those that the products document; what an application calls so by itself (`X-User-Id`) is not here, nor is what
//! carries its own proof, a signature that applications verify (`X-Goog-IAP-JWT-Assertion`).

use mantlet_fields::{Known, NameSet};

/// A client's certificate (RFC 9440, section 4), by its known names.
pub(super) const CERTIFICATES: NameSet =
    NameSet::of(&[Known::ClientCert, Known::ClientCertChain, Known::ProxyAuthCert, Known::XArrClientcert]);

/// Whether a name that is not a known one says who the user is.
pub(super) fn is_identity(name: &[u8]) -> bool {
    let may_be = matches!(name.first(), Some(b'c' | b'i' | b'n' | b'o' | b'r' | b's' | b't' | b'x'));
    may_be && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}

const BEGINNINGS: &[&[u8]] = &[
    // Authelia, Caddy, Keycloak's gatekeeper, and what CGI calls it
    b"remote-user",
    b"remote-name",
    b"remote-email",
    b"remote-groups",
    // Kubernetes' request headers, Django and Jenkins behind a proxy
    b"x-remote-user",
    b"x-remote-group",
    b"x-remote-extra-",
    // oauth2-proxy, Traefik's forward authentication
    b"x-auth-request-",
    b"x-forwarded-access-token",
    b"x-forwarded-email",
    b"x-forwarded-groups",
    b"x-forwarded-preferred-username",
    b"x-forwarded-user",
    // authentik, AuthCrunch (Caddy), Pomerium, Vouch, Grafana, OpenSearch Dashboards
    b"x-authentik-",
    b"x-token-subject",
    b"x-token-user-",
    b"x-pomerium-claim-",
    b"x-vouch-",
    b"x-webauth-",
    b"x-proxy-user",
    b"x-proxy-roles",
    // Kong, Tyk and other gateways
    b"x-authenticated-",
    b"x-consumer-custom-id",
    b"x-consumer-groups",
    b"x-consumer-id",
    b"x-consumer-username",
    b"x-credential-identifier",
    b"x-userinfo",
    b"x-endpoint-api-userinfo",
    b"x-apigateway-api-userinfo",
    // Amazon, Azure, Cloudflare, Google, ngrok, Replit, Tailscale
    b"x-amzn-mtls-",
    b"x-amzn-oidc-identity",
    b"x-ms-client-principal",
    b"x-ms-token-",
    b"cf-access-authenticated-user-",
    b"cf-cert-",
    b"cf-client-cert-",
    b"x-goog-authenticated-user-",
    // App Engine's own cron, task queues and other apps log in with these.
    b"x-appengine-cron",
    b"x-appengine-inbound-appid",
    b"x-appengine-queuename",
    b"x-appengine-user-email",
    b"x-appengine-user-id",
    b"x-appengine-user-is-admin",
    b"x-appengine-user-nickname",
    b"ngrok-auth-user-",
    b"x-replit-user-",
    b"tailscale-app-capabilities",
    b"tailscale-user-",
    // IBM's WebSEAL, Oracle Access Manager and SiteMinder, which write underscores: CGI makes them of dashes
    b"iv-creds",
    b"iv-groups",
    b"iv-user",
    b"oam-remote-user",
    b"sm-user",
    // Shibboleth, mod_auth_openidc, mod_auth_mellon
    b"oidc-",
    b"shib-",
    // Certificates, as nginx, HAProxy, Envoy and Traefik are usually told to pass them
    b"ssl-client-",
    b"x-client-cert",
    b"x-client-dn",
    b"x-client-verify",
    b"x-forwarded-client-cert",
    b"x-forwarded-tls-client-cert",
    b"x-ssl-",
    b"x-tls-client-",
    // Next.js before 15.2.3: that the middleware, which asks for the login, has run (CVE-2025-29927)
    b"x-middleware-subrequest",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_say_who_a_user_is_are_told_from_others() {
        for name in [
            "remote-user",
            "x-auth-request-email",
            "x-forwarded-user",
            "x-ssl-client-s-dn",
            "oidc-claim-sub",
            "sm-userdn",
            "x-appengine-user-is-admin",
            "x-middleware-subrequest",
        ] {
            assert!(is_identity(name.as_bytes()), "{name}");
        }
        for name in [
            "x-user-id",
            "x-requested-with",
            "remote-control",
            "x-forwarded-server",
            "x-authenticity-token",
            "oidc",
            "x-goog-iap-jwt-assertion",
            "x-amzn-oidc-data",
            "x-amzn-trace-id",
            "cf-ray",
            "x-appengine-country",
            "x-middleware-rewrite",
        ] {
            assert!(!is_identity(name.as_bytes()), "{name}");
        }
        let known = Known::ALL.iter().find(|name| is_identity(name.as_str().as_bytes()));
        assert_eq!(known, None, "a known name is asked for as such");
        assert!(BEGINNINGS.iter().all(|beginning| is_identity(beginning)), "none is ruled out by its first letter");
    }
}
