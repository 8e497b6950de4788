//! What a form is for, by the words on it: whoever audits a shop buys nothing there, and writes to nobody.

/// Why a form must not be sent, by the words in its address, on its button and in what it sends unasked. `None`: nothing speaks
/// against it.
pub(super) fn reason<'a>(address: &str, label: &str, unasked: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let mut said = words(label);
    // A button that logs in does no more than that at `/booking/login` either, and on its way to `/checkout`.
    if !LOGIN.iter().any(|phrase| says(&said, phrase)) {
        said.extend(words(address.split(['?', '#']).next().unwrap_or_default()));
        unasked.for_each(|value| said.extend(words(value)));
    }
    PURPOSES.iter().find(|(_, phrases)| phrases.iter().any(|phrase| says(&said, phrase))).map(|(why, _)| *why)
}

/// Whether all words of a phrase are among these.
fn says(words: &[String], phrase: &str) -> bool {
    phrase.split(' ').all(|word| words.iter().any(|said| said == word))
}

const LOGIN: [&str; 4] = ["log in", "login", "sign in", "signin"];

/// Words, or several of which all are there, in whatever order.
const PURPOSES: [(&str, &[&str]); 4] = [
    (
        "what stands on it says that it pays or orders something",
        &[
            "pay",
            "payment",
            "payments",
            "checkout",
            "buy",
            "purchase",
            "order",
            "orders",
            "donate",
            "donation",
            "transfer",
            "transfers",
            "withdraw",
            "withdrawal",
            "deposit",
            "refund",
            "bid",
            "book",
            "booking",
            "reserve",
        ],
    ),
    (
        "what stands on it says that it writes to somebody",
        &[
            "contact",
            "invite",
            "invites",
            "invitation",
            "invitations",
            "forgot",
            "forgotten",
            "recover",
            "recovery",
            "resend",
            "newsletter",
            "subscribe",
            "reset password",
            "send message",
            "send messages",
            "send mail",
            "send email",
            "send emails",
            "send link",
            "send code",
            "sendmail",
            "magic link",
        ],
    ),
    (
        "what stands on it says that it creates an account",
        &["signup", "sign up", "register", "registration", "create account", "join"],
    ),
    (
        "what stands on it says that it ends or empties something",
        &[
            "close account",
            "cancel",
            "cancellation",
            "revoke",
            "clear",
            "empty",
            "terminate",
            "erase",
            "wipe",
            "purge",
            "drop",
            "disable",
            "stop",
            "kill",
            "abort",
            "reset",
            "flush",
            "ban",
            "block",
            "suspend",
            "shutdown",
            "restart",
            "reboot",
            "uninstall",
            "everywhere",
        ],
    ),
];

/// The words of an address or a label, in lower case: `/cart/buyNow` says cart, buy and now.
fn words(text: &str) -> Vec<String> {
    let mut separated = String::with_capacity(text.len());
    let mut was_lower = false;
    for letter in text.chars() {
        if was_lower && letter.is_uppercase() {
            separated.push(' ');
        }
        was_lower = letter.is_lowercase();
        separated.push(if letter.is_alphanumeric() { letter } else { ' ' });
    }
    separated.split_whitespace().map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_tells_or_ends_something_is_known_by_its_words() {
        for (address, label, unasked, expected) in [
            ("/pay", "Go", "", Some("pays")),
            ("/cart/buyNow", "Go", "", Some("pays")),
            ("/cart", "Place order", "", Some("pays")),
            ("/ask", "Send message", "", Some("writes")),
            ("/password/reset", "Next", "", Some("writes")),
            ("/accounts/sign_up", "Next", "", Some("account")),
            ("/messages", "Send", "", Some("writes")),
            ("/cart.php", "Continue", "checkout", Some("pays")),
            ("/jobs/7/kill", "Go", "", Some("ends")),
            ("/account/close", "Close", "", Some("ends")),
            ("/keys", "Revoke", "", Some("ends")),
            ("/email", "Change e-mail", "", None),
            ("/profile", "Save", "", None),
            ("/display", "Reorder", "", None),
            ("/search?next=/pay", "Go", "", None),
            ("/cart/add", "Add to cart", "", None),
            ("/login", "Log in", "", None),
            ("/booking/login", "Sign in", "/orders", None),
            ("/login", "Sign in or register", "", Some("account")),
        ] {
            let reason = reason(address, label, [unasked].into_iter());
            assert_eq!(reason.is_some(), expected.is_some(), "{address} {label}: {reason:?}");
            assert!(reason.unwrap_or_default().contains(expected.unwrap_or_default()), "{address} {label}: {reason:?}");
        }
    }
}
