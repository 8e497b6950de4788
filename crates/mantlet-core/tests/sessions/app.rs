//! An application with one session cookie, and the ways in which such a cookie is set.

/// How the application sets its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `Path=/`: what most do, and what can be renamed.
    Root,
    /// The same with `Max-Age`, ended by `Expires`.
    Lasting,
    /// The same for pages of other sites.
    Embeddable,
    /// Only for a folder.
    Folder,
    /// For a folder of that one.
    Inner,
    /// Without a path: for the folder of the page.
    NoPath,
    /// For the host and what is below it.
    Domain,
    /// For all siblings.
    ParentDomain,
    /// With a prefix of its own.
    OwnPrefix,
    /// In two pieces.
    Pieces,
    /// Under a name that says nothing, as one sets sessions.
    Unnamed,
    /// The same, without a path.
    UnnamedNoPath,
}

impl Style {
    pub(crate) const ALL: [Self; 12] = [
        Self::Root,
        Self::Lasting,
        Self::Embeddable,
        Self::Folder,
        Self::Inner,
        Self::NoPath,
        Self::Domain,
        Self::ParentDomain,
        Self::OwnPrefix,
        Self::Pieces,
        Self::Unnamed,
        Self::UnnamedNoPath,
    ];

    /// Whether nothing about it speaks against `__Host-`.
    pub(crate) fn can_be_renamed(self) -> bool {
        matches!(self, Self::Root | Self::Lasting | Self::Embeddable | Self::Pieces | Self::Unnamed)
    }

    /// The folder that it is set for.
    pub(crate) fn folder(self) -> Option<&'static str> {
        match self {
            Self::Folder => Some("/app"),
            Self::Inner => Some("/app/inner"),
            _ => None,
        }
    }

    /// The names under which the application looks for it.
    pub(crate) fn names(self) -> &'static [&'static str] {
        match self {
            Self::OwnPrefix => &["__Host-session"],
            Self::Pieces => &["session.0", "session.1"],
            Self::Unnamed | Self::UnnamedNoPath => &["portal"],
            _ => &["session"],
        }
    }

    fn attributes(self) -> &'static str {
        match self {
            Self::Root | Self::Pieces => "; Path=/",
            Self::Lasting => "; path=/; max-age=5000; httponly",
            Self::Embeddable => "; Path=/; Secure; SameSite=None",
            Self::Folder => "; Path=/app",
            Self::Inner => "; Path=/app/inner",
            Self::NoPath => "",
            Self::Domain => "; Domain=app.shop.example; Path=/",
            Self::ParentDomain => "; Domain=.shop.example; Path=/; SameSite=Lax",
            Self::OwnPrefix => "; Path=/; Secure",
            Self::Unnamed => "; HttpOnly; Path=/",
            Self::UnnamedNoPath => "; HttpOnly",
        }
    }

    /// The lines that begin a session.
    pub(crate) fn begins(self, value: &str) -> Vec<String> {
        self.names().iter().map(|name| format!("{name}={value}{}", self.attributes())).collect()
    }

    /// The lines that end one.
    pub(crate) fn ends(self) -> Vec<String> {
        let end = if self == Self::Lasting { "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/" } else { "; Max-Age=0" };
        let attributes = match self {
            Self::Lasting => "",
            // Most frameworks do not repeat HttpOnly here.
            Self::Unnamed => "; Path=/",
            Self::UnnamedNoPath => "",
            _ => self.attributes(),
        };
        self.names().iter().map(|name| format!("{name}={attributes}{end}")).collect()
    }
}

/// The values that an application finds under one of these names, however loosely it reads names.
pub(crate) fn values<'a>(header: Option<&'a str>, names: &[&str]) -> Vec<&'a str> {
    let pairs = header.unwrap_or_default().split(';').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let is_one = |name: &str| {
        names.iter().any(|known| name.trim().replace("%73", "s").replace("%70", "p").eq_ignore_ascii_case(known))
    };
    pairs.filter(|(name, _)| is_one(name)).map(|(_, value)| value).collect()
}
