//! How frameworks compare the names of parameters.

use crate::query;

/// One of their names, and how it is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// As it is.
    Exactly(&'static str),
    From(&'static str),
    To(&'static str),
    /// In any case, as ASP.NET does.
    InAnyCase(&'static str),
    InAnyCaseFrom(&'static str),
    /// As PHP spells it.
    InPhp(&'static str),
    InPhpFrom(&'static str),
    /// At the start or behind a dot, and something behind it.
    Within(&'static str),
    /// As Zope writes a type behind a name, where others may follow, and where a click was: `pay:method`, `pay:method:list.x`.
    AsType(&'static str),
}

impl Named {
    /// What it begins with, in some case, if that is always the same.
    pub(super) const fn first(self) -> Option<u8> {
        match self {
            Self::Exactly(known)
            | Self::From(known)
            | Self::InAnyCase(known)
            | Self::InAnyCaseFrom(known)
            | Self::InPhp(known)
            | Self::InPhpFrom(known) => match known.as_bytes() {
                [first, ..] => Some(*first),
                [] => None,
            },
            // These have a dot or a colon.
            Self::To(_) | Self::Within(_) | Self::AsType(_) => None,
        }
    }

    /// Whether this is the name of a parameter, which is `written` and, decoded, is `name`.
    pub(super) fn is(self, written: &str, name: &[u8]) -> bool {
        match self {
            Self::Exactly(known) => name == known.as_bytes(),
            Self::From(known) => name.starts_with(known.as_bytes()),
            Self::To(known) => name.ends_with(known.as_bytes()),
            Self::InAnyCase(known) => name.eq_ignore_ascii_case(known.as_bytes()),
            Self::InAnyCaseFrom(known) => {
                name.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known.as_bytes()))
            }
            Self::InPhp(known) => query::is_read_as(written.as_bytes(), known.as_bytes()),
            Self::InPhpFrom(known) => {
                let mut letters = name.iter().skip_while(|byte| matches!(byte, b' ' | b'+'));
                known.bytes().all(|byte| letters.next() == Some(&byte))
            }
            Self::AsType(known) => {
                let types = name.split(|byte| *byte == b':').skip(1);
                types.filter_map(|word| word.split(|byte| *byte == b'.').next()).any(|word| word == known.as_bytes())
            }
            Self::Within(known) => {
                name.len() > known.len()
                    && memchr::memmem::find_iter(name, known).any(|at| {
                        let (before, behind) = name.split_at_checked(at).unwrap_or_default();
                        matches!(before.last(), None | Some(b'.')) && behind.len() > known.len()
                    })
            }
        }
    }
}
