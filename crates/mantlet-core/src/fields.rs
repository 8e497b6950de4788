//! Taking fields out of a head by what their names are.

use http::{HeaderMap, HeaderName};

/// Removes every field whose name is unwanted. One look at each name there is costs less than a search for each name
/// there might be.
pub fn remove_all(headers: &mut HeaderMap, is_unwanted: impl Fn(&HeaderName) -> bool) {
    // Collecting nothing, as nearly always, allocates nothing.
    let unwanted: Vec<HeaderName> = headers.keys().filter(|name| is_unwanted(name)).cloned().collect();
    for name in unwanted {
        headers.remove(name);
    }
}
