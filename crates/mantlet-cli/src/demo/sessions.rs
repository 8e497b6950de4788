//! The demo app's sessions: in memory, a bare id in a bare cookie.

use std::collections::BTreeMap;
use std::sync::Mutex;

use http::{HeaderMap, header};

/// More visitors than a demo has; then the oldest id is forgotten.
const AT_MOST: usize = 1000;

/// Who comes by.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) user: Option<String>,
    pub(super) email: String,
}

impl Default for Visitor {
    fn default() -> Self {
        Self { user: None, email: "you@shop.example".to_owned() }
    }
}

/// Everybody who came by.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<BTreeMap<String, Visitor>>);

impl Sessions {
    /// The session that a request belongs to; a new one for who has none.
    pub(super) fn enter(&self, request: &HeaderMap) -> Result<(String, Visitor), getrandom::Error> {
        let mut sessions = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(id) = cookie(request)
            && let Some(visitor) = sessions.get(&id)
        {
            return Ok((id, visitor.clone()));
        }
        let id = format!("{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?);
        if sessions.len() >= AT_MOST {
            sessions.pop_first();
        }
        sessions.insert(id.clone(), Visitor::default());
        Ok((id, Visitor::default()))
    }

    /// Changes what is known of a visitor.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Visitor)) {
        let mut sessions = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(visitor) = sessions.get_mut(id) {
            change(visitor);
        }
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix("session=").map(str::to_owned))
}
