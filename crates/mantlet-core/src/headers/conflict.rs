//! [`OnConflict`]: whose value stands when the application sends the header too.

use http::header::{HeaderMap, HeaderName, HeaderValue, OccupiedEntry};

use super::header_value::SecurityHeader;
use super::interned;

/// Whose value stands when the application sends the header too.
///
/// In each case exactly one field goes out, and what browsers would ignore (ALLOW-FROM, a broken list, two different
/// values) counts as not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "toml", derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum OnConflict {
    /// What protects at least as much as both. An application that is stricter keeps its value, byte for byte.
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
    pub(super) name: HeaderName,
    rendered: HeaderValue,
    ours: Box<dyn Settle>,
}

impl Row {
    /// `None` when the policy leaves the header alone.
    pub(super) fn new<H: SecurityHeader + Send + Sync + 'static>(ours: Option<&H>) -> Option<Self> {
        let ours = ours?;
        Some(Self {
            name: interned::name(H::NAME)?,
            rendered: interned::value(&ours.to_string())?,
            ours: Box::new(ours.clone()),
        })
    }

    /// Adds the header to a response, or settles with the one that is there.
    pub(super) fn apply(&self, headers: &mut HeaderMap, rule: OnConflict) {
        match headers.entry(&self.name) {
            http::header::Entry::Vacant(entry) => {
                entry.insert(self.rendered.clone());
            }
            http::header::Entry::Occupied(entry) => self.ours.settle(&self.rendered, entry, rule),
        }
    }
}

trait Settle: std::fmt::Debug + Send + Sync {
    fn settle(&self, rendered: &HeaderValue, app: OccupiedEntry<'_, HeaderValue>, rule: OnConflict);
}

impl<H: SecurityHeader + Send + Sync> Settle for H {
    fn settle(&self, rendered: &HeaderValue, mut app: OccupiedEntry<'_, HeaderValue>, rule: OnConflict) {
        let value = self.settled(rendered, &app, rule);
        if let Some(value) = value {
            app.insert(value);
        }
    }
}

trait Settled: SecurityHeader {
    /// The value that is to stand instead of all there are. `None` when the only one there is stands.
    fn settled(
        &self,
        rendered: &HeaderValue,
        app: &OccupiedEntry<'_, HeaderValue>,
        rule: OnConflict,
    ) -> Option<HeaderValue> {
        let mut valid = app.iter().filter_map(|value| Self::parse(value.to_str().ok()?).ok());
        let (true, Some(first)) = (rule != OnConflict::Mantlet, valid.next()) else {
            return Some(rendered.clone());
        };
        // Of several, browsers heed the first, the last, or none: the strictest is what all of them asked for.
        let strictest = valid.fold(first.clone(), |so_far, next| so_far.stricter(&next));
        let settled = if rule == OnConflict::App { strictest } else { strictest.stricter(self) };
        let stands_alone = app.iter().nth(1).is_none() && (Self::IS_LIST || !app.get().as_bytes().contains(&b','));
        if stands_alone && settled == first {
            return None;
        }
        Some(HeaderValue::try_from(settled.to_string()).unwrap_or_else(|_| rendered.clone()))
    }
}

impl<H: SecurityHeader> Settled for H {}
