//! The fields of an HTTP head, as lines of text that were read once.
//!
//! [`Fields`] keeps the lines of a head as text, and where in it each line's name and value stand. A codec
//! [reads](Fields::read) them; guards look fields up and edit the list; a writer takes the lines as they are.
//!
//! # What it promises
//!
//! 1. **Every line is one.** A name is a token in lower case, a value has no control character but HTAB (RFC 9110, sections
//!    5.1 and 5.5): no line break can come from a name or a value, wherever it is from.
//! 2. **Lines keep their order**, also between different names, and repetitions stay visible: [`Fields::repeats`].
//! 3. **Names that mean something are not text.** [`Known`] lists them. Whether one of them is there is a bit, and so is
//!    whether any of a [`NameSet`] is. All other names are compared as text.
//!
//! # Example
//!
//! ```
//! use mantlet_fields::{Field, Fields, Known, NameSet};
//!
//! const CLAIMS: NameSet = NameSet::of(&[Known::XForwardedFor, Known::XRealIp]);
//!
//! let mut fields = Fields::from_pairs([("Host", "app.example"), ("X-Real-IP", "127.0.0.1"), ("Accept", "*/*")])?;
//! assert_eq!(fields.get(Known::Host), Some(&b"app.example"[..]));
//!
//! fields.remove_all(&CLAIMS);
//! fields.set(&Field::new(Known::XForwardedFor, b"203.0.113.9")?);
//! assert_eq!(fields.to_string(), "host: app.example\r\naccept: */*\r\nx-forwarded-for: 203.0.113.9\r\n");
//! # Ok::<(), mantlet_fields::InvalidField>(())
//! ```

mod convert;
mod field;
mod fields;
mod known;
mod line;
mod name;
mod reader;
mod set;
mod word;

pub use field::{Field, InvalidField};
pub use fields::edit::Edit;
pub use fields::read::Unreadable;
pub use fields::{Entry, Fields};
pub use known::Known;
pub use line::{is_token, is_token_byte, is_value, text};
pub use name::{InvalidName, Name};
pub use reader::{InvalidLine, ReadLine};
pub use set::NameSet;
