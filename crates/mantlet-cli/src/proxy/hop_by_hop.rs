//! Fields that are for the next hop only (RFC 9110, section 7.6.1), in both directions.

use mantlet_core::fields::{Fields, Known, Name, NameSet};
use mantlet_core::{Reason, Refusal};
use mantlet_http1::ConnectionOptions;

/// Fields that are for the connection, named by a Connection line or not.
const HOP_BY_HOP: NameSet = NameSet::of(&[
    Known::Connection,
    Known::KeepAlive,
    Known::ProxyAuthenticate,
    Known::ProxyAuthorization,
    Known::ProxyConnection,
    Known::Te,
    Known::Trailer,
    Known::TransferEncoding,
    Known::Upgrade,
]);

/// Fields that are for us, or do harm where they are read: `Expect` was answered by the guards before the body was
/// invited in, and `Proxy` becomes the variable `HTTP_PROXY` in some servers ("httpoxy").
const ENDS_HERE: NameSet = HOP_BY_HOP.with(Known::Expect).with(Known::Proxy);

/// A Connection line may not take a field away that a guard or the application relies on.
///
/// # Errors
/// [`Reason::RequestMalformed`] when it names one.
pub(crate) fn strip_request(fields: &mut Fields, connection: &ConnectionOptions) -> Result<(), Refusal> {
    for name in &connection.nominated {
        if is_protected(name) {
            return Err(Refusal::new(Reason::RequestMalformed, format!("Connection names {name}")));
        }
        fields.remove_named(name);
    }
    fields.remove_all(&ENDS_HERE);
    Ok(())
}

/// Fields of the application's own server. `Alt-Svc` (RFC 7838) names another port of it, where browsers would connect next
/// time, with their cookies and past every guard.
const OF_THE_SERVER: NameSet = HOP_BY_HOP.with(Known::AltSvc);

/// Removes an application's fields for the connection to us from its response. A Connection line cannot remove the fields
/// that guards rely on, such as a policy of the application's own.
pub(crate) fn strip_response(fields: &mut Fields, connection: &ConnectionOptions) {
    connection.nominated.iter().filter(|name| !is_protected(name)).for_each(|name| fields.remove_named(name));
    fields.remove_all(&OF_THE_SERVER);
}

/// How names begin that are not [`Known`], and that a guard or the application may rely on all the same. Fields that name
/// an uploaded file are not among them: once one is removed, neither the guard nor the application reads it.
const RELIED_ON: [&str; 8] =
    ["sec-", "content-", "x-forwarded", "forwarded", "x-csrf", "x-xsrf", "x-http-method", "x-method"];

/// Whether a Connection line may not remove this field. It may remove no known name but those that are for the hop, so a
/// guard that comes to rely on another known name needs no line here.
fn is_protected(name: &Name) -> bool {
    match name {
        Name::Known(known) => !HOP_BY_HOP.contains(*known),
        Name::Other(text) => RELIED_ON.iter().any(|beginning| text.starts_with(beginning)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(options: &str) -> ConnectionOptions {
        mantlet_http1::connection_options(&Fields::from_pairs([("connection", options)]).unwrap()).unwrap()
    }

    #[test]
    fn a_connection_line_cannot_delete_what_guards_rely_on() {
        let known = Known::ALL.iter().filter(|known| !HOP_BY_HOP.contains(**known)).map(|known| known.as_str());
        for name in known.chain(["Sec-New", "Content-New", "X-Forwarded-User", "X-CSRF", "X-Method"]) {
            let refused = strip_request(&mut Fields::new(), &connection(name)).unwrap_err();
            assert_eq!(refused.reason, Reason::RequestMalformed, "{name}");
        }
    }

    #[test]
    fn an_application_cannot_take_its_own_policy_away() {
        let kept = ["content-security-policy", "x-frame-options", "set-cookie", "content-type", "x-stays"];
        let mut fields = Fields::from_pairs(kept.map(|name| (name, "1"))).unwrap();
        let asked_for = fields.clone();
        fields.append_value(Known::AltSvc, b"h3=\":4433\"").unwrap();
        strip_response(
            &mut fields,
            &connection("Content-Security-Policy, X-Frame-Options, Set-Cookie, Content-Type, X-Hop"),
        );
        assert_eq!(fields, asked_for);
    }

    #[test]
    fn fields_of_the_hop_go_no_further() {
        let names = ["keep-alive", "te", "upgrade", "proxy-authorization", "proxy", "x-hop", "expect", "x-stays"];
        let mut fields = Fields::from_pairs(names.map(|name| (name, "1"))).unwrap();
        strip_request(&mut fields, &connection("close, X-Hop")).unwrap();
        assert_eq!(fields, Fields::from_pairs([("x-stays", "1")]).unwrap());
    }
}
