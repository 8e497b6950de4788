//! What a form is for, by the words on it: whoever audits a shop buys nothing there, and writes to nobody.

/// Why a form must not be sent, by the words in its address and on its button. `None`: nothing speaks against it.
pub(super) fn reason(address: &str, label: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let words: Vec<String> = words(path).chain(words(label)).collect();
    let says = |word: &str| words.iter().any(|said| said == word);
    let is_said = |phrase: &&str| phrase.split(' ').all(says);
    PURPOSES.iter().find(|(_, phrases)| phrases.iter().any(&is_said)).map(|(why, _)| *why)
}

/// Words, or several that stand together in whatever order.
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
            "password reset",
            "send message",
            "send mail",
            "send email",
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
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut separated = String::with_capacity(text.len());
    let mut was_lower = false;
    for letter in text.chars() {
        if was_lower && letter.is_uppercase() {
            separated.push(' ');
        }
        was_lower = letter.is_lowercase();
        separated.push(if letter.is_alphanumeric() { letter } else { ' ' });
    }
    separated.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_tells_or_ends_something_is_known_by_its_words() {
        for (address, label, expected) in [
            ("/pay", "Go", Some("pays")),
            ("/cart/buyNow", "Go", Some("pays")),
            ("/cart", "Place order", Some("pays")),
            ("/ask", "Send message", Some("writes")),
            ("/password/reset", "Next", Some("writes")),
            ("/accounts/sign_up", "Next", Some("account")),
            ("/account/close", "Close", Some("ends")),
            ("/keys", "Revoke", Some("ends")),
            ("/email", "Change e-mail", None),
            ("/profile", "Save", None),
            ("/display", "Reorder", None),
            ("/search?next=/pay", "Go", None),
            ("/cart/add", "Add to cart", None),
            ("/login", "Log in", None),
        ] {
            let reason = reason(address, label);
            assert_eq!(reason.is_some(), expected.is_some(), "{address} {label}: {reason:?}");
            assert!(reason.unwrap_or_default().contains(expected.unwrap_or_default()), "{address} {label}: {reason:?}");
        }
    }
}
