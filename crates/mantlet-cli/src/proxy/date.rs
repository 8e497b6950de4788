//! [`Date`]: when an answer was given, for those that do not say it themselves (RFC 9110, section 6.6.1).

use std::cell::RefCell;

use mantlet_core::fields::{Fields, Known};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// RFC 9110, section 5.6.7.
const IMF_FIXDATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// The date of this tick, written out.
#[derive(Debug)]
pub(crate) struct Date(RefCell<String>);

impl Date {
    pub(crate) fn now() -> Self {
        Self(RefCell::new(written(OffsetDateTime::now_utc())))
    }

    /// Looks at the clock.
    pub(crate) fn tick(&self) {
        *self.0.borrow_mut() = written(OffsetDateTime::now_utc());
    }

    /// Says it where nobody has.
    pub(crate) fn complete(&self, fields: &mut Fields) {
        if !fields.contains(Known::Date) {
            // This cannot fail: the value was made of what fields may hold.
            let _ = fields.append_value(Known::Date, self.0.borrow().as_bytes());
        }
    }
}

fn written(time: OffsetDateTime) -> String {
    time.format(IMF_FIXDATE).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let time = OffsetDateTime::from_unix_timestamp(784_111_777).unwrap();
        assert_eq!(written(time), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn a_date_that_was_said_stays() {
        let mut fields = Fields::from_pairs([("date", "Sun, 06 Nov 1994 08:49:37 GMT")]).unwrap();
        Date::now().complete(&mut fields);
        assert_eq!(fields.only(Known::Date), Some(&b"Sun, 06 Nov 1994 08:49:37 GMT"[..]));
    }
}
