//! What a form is for, by the words on it and by what it asks for: whoever audits a shop buys nothing there, and writes to nobody.
//!
//! The words are those of [`languages`]; how they are found in a text is [`words`]' affair.

mod languages;
mod words;

use std::sync::LazyLock;

use languages::{LANGUAGES, Language};
use mantlet_core::audit::{Field, FieldKind};
use words::{Phrase, Said};

use super::html::PageForm;

/// Why a form to this address must not be sent. `None`: nothing speaks against it.
pub(super) fn reason(address: &str, form: &PageForm) -> Option<&'static str> {
    let label = Said::label(&form.label);
    // Several set another one, and are left alone for that.
    let asks_password = form.fields.iter().filter(|field| field.kind == FieldKind::Password).count() == 1;
    // A button that logs in does no more than that at `/booking/login` either, and on its way to `/checkout`. Beside no password the
    // same word may stand for a newsletter.
    let is_login = asks_password && VOCABULARY.logs_in.is_in(&label);
    let said = if is_login {
        label
    } else {
        let address = Said::address(address.split(['?', '#']).next().unwrap_or_default());
        Said::all([label, address].into_iter().chain(form.unasked().map(Said::label)))
    };
    let costs = VOCABULARY.costs.iter().find(|(_, phrases)| phrases.is_in(&said)).map(|(why, _)| *why);
    costs.or_else(|| match () {
        () if form.asks.payment || form.fields.iter().any(names_payment) => {
            Some("it asks for a card or a bank account")
        }
        () if form.asks.confirmation => Some("it asks whether one is sure"),
        () if asks_password && !is_login && (form.asks.new_password || asks_more_than_a_login(&form.fields)) => {
            Some("it asks for what a new account needs")
        }
        () => None,
    })
}

/// Whether it says that it logs out or deletes: links do that as well.
pub(super) fn label_ends_something(label: &str) -> bool {
    VOCABULARY.ends_something(&Said::label(label))
}

/// Whether an address says so.
pub(super) fn address_ends_something(address: &str) -> bool {
    VOCABULARY.ends_something(&Said::address(address))
}

/// All languages at once: which one a page is written in, it need not say, and its addresses are often in another.
struct Vocabulary {
    logs_in: Phrases,
    ends: [Phrases; 2],
    costs: [(&'static str, Phrases); 4],
}

struct Phrases(Vec<Phrase>);

impl Phrases {
    fn of(column: fn(&Language) -> &'static str) -> Self {
        Self(LANGUAGES.iter().flat_map(|language| column(language).split(',')).map(Phrase::read).collect())
    }

    fn is_in(&self, said: &Said) -> bool {
        self.0.iter().any(|phrase| phrase.is_in(said))
    }
}

impl Vocabulary {
    fn ends_something(&self, said: &Said) -> bool {
        self.ends.iter().any(|phrases| phrases.is_in(said))
    }
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary {
    logs_in: Phrases::of(|language| language.logs_in),
    ends: [Phrases::of(|language| language.logs_out), Phrases::of(|language| language.deletes)],
    costs: [
        ("what stands on it says that it pays or orders something", Phrases::of(|language| language.pays)),
        ("what stands on it says that it writes to somebody", Phrases::of(|language| language.writes)),
        ("what stands on it says that it creates an account", Phrases::of(|language| language.joins)),
        ("what stands on it says that it ends, empties or moves something", Phrases::of(|language| language.stops)),
    ],
});

/// Fields of payments are called the same in every language: mostly scripts and banks read them.
fn names_payment(field: &Field) -> bool {
    let letters =
        |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let name = letters(&field.name);
    let is_typed = !matches!(field.kind, FieldKind::Fixed | FieldKind::File);
    is_typed
        && (["cardnumber", "ccnumber", "creditcard", "cardno", "cccvc", "cardcvc"]
            .iter()
            .any(|part| name.contains(part))
            || ["iban", "cvv", "cvc", "cvv2", "cvc2", "ccnum", "ccexp"].iter().any(|end| name.ends_with(end)))
}

/// A login asks for a name and a password, and perhaps for a tenant or a code. Whoever asks for a name and an address beside the
/// password, or for still more, creates an account.
fn asks_more_than_a_login(fields: &[Field]) -> bool {
    let typed = || fields.iter().filter(|field| !matches!(field.kind, FieldKind::Fixed | FieldKind::Password));
    let is_mail = |field: &Field| field.kind == FieldKind::Email || field.name.to_ascii_lowercase().contains("mail");
    let is_name = |field: &Field| {
        let name = field.name.to_ascii_lowercase();
        ["user", "name", "nick", "login"].iter().any(|word| name.contains(word))
    };
    typed().count() > 2 || (typed().any(is_mail) && typed().any(|field| !is_mail(field) && is_name(field)))
}

#[cfg(test)]
mod tests;
