//! Bayeux: messages that are published by a GET, as scripts of other hosts send them to Faye and CometD (JSONP).
//!
//! One link publishes in the name of its visitor: Faye asks a publisher for no client of its own, and CometD takes a handshake
//! in the same list. Where its server answers is the application's choice, so what tells it is the message.

/// Whether the value of a parameter holds messages. Each is an object that says its channel, and JSON can write any letter with a
/// backslash.
pub(super) fn is_message(value: &[u8]) -> bool {
    let has = |word| memchr::memmem::find(value, word).is_some();
    has(b"{") && (has(b"\"channel\"") || has(b"\\"))
}

#[cfg(test)]
mod tests {
    use crate::postback::tests::is_made_by;

    #[test]
    fn messages_are_found_in_queries() {
        for (name, query, expected) in [
            ("faye", "message=%5B%7B%22channel%22%3A%22%2Fpay%22%7D%5D&jsonp=a", true),
            ("one without a list", "message={%22channel%22:%22/pay%22}", true),
            ("cometd", "jsonp=a&message=[{%22channel%22:%22/meta/handshake%22},{%22channel%22:%22/pay%22}]", true),
            ("escaped name", "mess%61ge={%22channel%22:%22/pay%22}", true),
            ("in brackets, to rack", "[message]=[{%22channel%22:%22/pay%22}]", true),
            ("behind one, escaped", "%5Bmessage=[{%22channel%22:%22/pay%22}]", true),
            ("escaped letter", "message={%22ch%5Cu0061nnel%22:%22/pay%22}", true),
            ("behind a semicolon", "message={%22a%22:%22;%22,%22channel%22:%22/pay%22}", true),
            ("words", "message=Hello+world", false),
            ("words about one", "message=which+%22channel%22?", false),
            ("a path of Windows", "message=C:%5Ctemp", false),
            ("other JSON", "message={%22text%22:%22hi%22}", false),
            ("another parameter", "messages={%22channel%22:%22/pay%22}", false),
        ] {
            assert_eq!(is_made_by(&format!("/faye?{query}")), expected, "{name}");
        }
    }
}
