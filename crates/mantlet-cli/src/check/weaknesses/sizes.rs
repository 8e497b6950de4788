//! Sizes that cost more than they seem to.

use mantlet_core::upload::UploadPolicy;

/// A field stays in memory until its form is judged. Hosts have room for this many of the largest.
const TOGETHER: u64 = 1000;

/// What a small machine has.
const ROOM: u64 = 1 << 30;

pub(super) fn of_sizes(upload: &UploadPolicy) -> Option<String> {
    let size = upload.max_field_size;
    let is_more = size.get().saturating_mul(TOGETHER) > ROOM;
    is_more.then(|| {
        format!(
            "[uploads] max_field_size = \"{size}\": all clients together may fill {TOGETHER} times as much of the memory"
        )
    })
}
