//! [`OnConflict`]: whose value stands when the application sends the header too.

use mantlet_fields::{Field, Fields, Known};

use super::header_value::{SecurityHeader, Several};

/// Whose value stands when the application sends the header too.
///
/// In each case exactly one field goes out, and what browsers would ignore (ALLOW-FROM alone, a broken list) counts as not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum OnConflict {
    /// What protects at least as much as both. An application that is stricter keeps its value.
    #[default]
    Stricter,
    /// The application's.
    App,
    /// This policy's.
    Mantlet,
}

/// A header made ready: rendered for the response that has none yet, kept as a value for the one that has.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: Known,
    rendered: Field,
    ours: Box<dyn Settle>,
}

impl Row {
    /// `None` when the policy leaves the header alone.
    pub(super) fn new<H: SecurityHeader + Send + Sync + 'static>(ours: Option<&H>) -> Option<Self> {
        let ours = ours?;
        Some(Self {
            name: H::NAME,
            rendered: Field::new(H::NAME, ours.to_string().as_bytes()).ok()?,
            ours: Box::new(ours.clone()),
        })
    }

    /// Adds the header to a response, or settles with the one that is there.
    pub(super) fn apply(&self, fields: &mut Fields, rule: OnConflict) {
        if !fields.contains(self.name) {
            return fields.append(&self.rendered);
        }
        match self.ours.settle(fields, rule) {
            Settled::Stands => {}
            Settled::Ours => fields.set(&self.rendered),
            Settled::Both(value) => {
                if fields.set_value(self.name, value.as_bytes()).is_err() {
                    fields.set(&self.rendered);
                }
            }
        }
    }
}

/// What is to stand instead of all values there are.
enum Settled {
    /// The only one there is.
    Stands,
    /// This policy's.
    Ours,
    /// One made of both.
    Both(String),
}

trait Settle: std::fmt::Debug + Send + Sync {
    fn settle(&self, app: &Fields, rule: OnConflict) -> Settled;
}

impl<H: SecurityHeader + Send + Sync> Settle for H {
    fn settle(&self, app: &Fields, rule: OnConflict) -> Settled {
        let (true, Some(said)) = (rule != OnConflict::Mantlet, read::<H>(app)) else {
            return Settled::Ours;
        };
        let settled = if rule == OnConflict::App { said.clone() } else { said.stricter(self) };
        let has_comma = || app.get(H::NAME).is_some_and(|value| value.contains(&b','));
        let is_as_read = match H::SEVERAL {
            Several::First => false,
            Several::One => !app.repeats(H::NAME) && !has_comma(),
            Several::List => !app.repeats(H::NAME),
        };
        if is_as_read && settled == said { Settled::Stands } else { Settled::Both(settled.to_string()) }
    }
}

/// What all lines of a header say to browsers. `None`: nothing that they would heed.
pub(super) fn read<H: SecurityHeader>(fields: &Fields) -> Option<H> {
    // A word beyond ASCII is one that nobody knows, and the words beside it count.
    let mut lines = fields.all(H::NAME).map(String::from_utf8_lossy);
    let said = match H::SEVERAL {
        Several::First => lines.next(),
        Several::One | Several::List => lines.reduce(|mut so_far, next| {
            so_far.to_mut().extend([", ", &next]);
            so_far
        }),
    };
    H::parse(&said?).ok()
}
