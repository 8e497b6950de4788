//! [`FormCharset`]: what the Content-Type of a urlencoded form says about its text.

/// In each of them a byte of ASCII stands for itself, whatever is beside it: those who look at the name and those who look
/// over it find the same ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormCharset {
    /// Nothing. Servlets then read Latin-1, and so nothing is added.
    Unnamed,
    /// UTF-8, or ASCII.
    Utf8,
    /// What Apache's HttpClient says unless it is told otherwise.
    Latin1,
    Latin9,
    Windows1252,
}

impl FormCharset {
    /// None if it is another one.
    pub(super) fn parse(label: Option<&str>) -> Option<Self> {
        let Some(label) = label else { return Some(Self::Unnamed) };
        match label.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" | "ascii" => Some(Self::Utf8),
            "iso-8859-1" | "latin1" => Some(Self::Latin1),
            "iso-8859-15" => Some(Self::Latin9),
            "windows-1252" | "cp1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// The Content-Type that the application gets.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Unnamed => "application/x-www-form-urlencoded",
            Self::Utf8 => "application/x-www-form-urlencoded; charset=utf-8",
            Self::Latin1 => "application/x-www-form-urlencoded; charset=iso-8859-1",
            Self::Latin9 => "application/x-www-form-urlencoded; charset=iso-8859-15",
            Self::Windows1252 => "application/x-www-form-urlencoded; charset=windows-1252",
        }
    }
}
