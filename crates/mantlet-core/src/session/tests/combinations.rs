//! Every header of up to two cookies, and every one of three that bear the session's name, before every guard: each prefix
//! rule, each way of naming cookies and of treating duplicates, each mode, alone and beside a route that renames, over https
//! and http, whatever was seen of the application. What must come of it is said a second time in [`Case::expected`], from the
//! rules in the guard's documentation, over cookies that need no parsing. [`states`](super::states) shows what this looks like.

use super::*;

/// One cookie of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    /// `session`, the name by which the application knows it.
    Plain,
    /// `SESSION`: the same one to ASP.NET.
    OtherCase,
    /// `session.0`: a piece of it to Auth.js.
    Piece,
    /// `__Host-session`.
    Host,
    /// `__HOST-session`: as browsers protect it, but not as this guard spells it.
    HostInCapitals,
    /// `__Secure-session`.
    Secure,
    /// A CSRF cookie.
    Csrf,
    /// A cookie whose name says nothing. The application may set it as one sets sessions.
    Theme,
    /// `__Host-theme`.
    HostTheme,
    /// A cookie that is not guarded, with `session=` inside.
    Namesake,
    /// The same, with a quote by which some readers run on into the next cookie.
    RunOn,
    /// `%73ession`, the session to whoever decodes names.
    Escaped,
    /// `=session`, the session to whoever skips what has no name.
    Nameless,
    /// `session =`, the session to whoever trims names.
    Blank,
    /// A quote that opens in front of a value and stays open.
    OpenQuote,
    /// `$Version`, which makes some servers read quotes.
    Version,
}

use Sent::*;

const ALL: [Sent; 16] = [
    Plain,
    OtherCase,
    Piece,
    Host,
    HostInCapitals,
    Secure,
    Csrf,
    Theme,
    HostTheme,
    Namesake,
    RunOn,
    Escaped,
    Nameless,
    Blank,
    OpenQuote,
    Version,
];
const OF_ONE_NAME: [Sent; 6] = [Plain, OtherCase, Piece, Host, HostInCapitals, Secure];

impl Sent {
    fn name(self) -> &'static str {
        match self {
            Plain => "session",
            OtherCase => "SESSION",
            Piece => "session.0",
            Host => "__Host-session",
            HostInCapitals => "__HOST-session",
            Secure => "__Secure-session",
            Csrf => "csrftoken",
            Theme => "theme",
            HostTheme => "__Host-theme",
            Namesake => "a=session",
            RunOn => "inch\"",
            Escaped => "%73ession",
            Nameless => "=session",
            Blank => "session ",
            OpenQuote => "q=\"",
            Version => "$Version",
        }
    }

    /// The cookie, with a value by which it can be told from the others.
    fn pair(self, at: usize) -> String {
        format!("{}={at}", self.name())
    }

    fn prefix(self) -> Option<Prefix> {
        match self {
            Host | HostInCapitals | HostTheme => Some(Prefix::Host),
            Secure => Some(Prefix::Secure),
            _ => None,
        }
    }

    /// The name without a prefix of those that the guard could give one.
    fn base(self) -> &'static str {
        if matches!(self, Theme | HostTheme) { "theme" } else { "session" }
    }
}

fn header(sent: &[Sent]) -> String {
    sent.iter().enumerate().map(|(at, cookie)| cookie.pair(at)).collect::<Vec<_>>().join("; ")
}

/// What was seen of the application before.
#[derive(Debug, Clone, Copy)]
struct WasSeen {
    renamed: bool,
    plain: bool,
    /// It calls its cookie `__Host-session` itself.
    own_prefix: bool,
    /// It sets `theme` as one sets sessions.
    theme: bool,
}

impl WasSeen {
    fn all() -> impl Iterator<Item = Self> {
        (0..16).map(|bits| Self {
            renamed: bits & 1 != 0,
            plain: bits & 2 != 0,
            own_prefix: bits & 4 != 0,
            theme: bits & 8 != 0,
        })
    }
}

/// A guard and all that it knows.
#[derive(Debug)]
struct Case {
    prefix: PrefixRule,
    is_named: bool,
    duplicates: Duplicates,
    mode: Mode,
    is_beside_one_that_renames: bool,
    is_https: bool,
    seen: WasSeen,
}

impl Case {
    fn holds_for(&self, headers: &[Vec<Sent>]) {
        let mut world = self.world();
        for sent in headers {
            let header = header(sent);
            let got = world.request(&header).ok().map(Option::unwrap_or_default);
            assert_eq!(got, self.expected(sent), "{header} before {self:?}");
        }
    }

    fn world(&self) -> World {
        let cookies = if self.is_named { SessionCookies::Named(vec!["session".into()]) } else { SessionCookies::Auto };
        let policy =
            SessionPolicy { cookies, prefix: self.prefix, duplicates: self.duplicates, ..SessionPolicy::default() };
        let seen = Seen::default();
        for (is_seen, names, name) in [
            (self.seen.renamed, &seen.renamed, "session"),
            (self.seen.plain, &seen.plain, "session"),
            (self.seen.own_prefix, &seen.own_prefix, "__Host-session"),
            (self.seen.theme, &seen.renamed, "theme"),
        ] {
            if is_seen {
                names.insert(name.as_bytes(), "/");
            }
        }
        let renaming = Renaming { prefix: self.is_beside_one_that_renames.then_some(Prefix::Host), partitioned: false };
        let mut world =
            World::at(if self.is_https { "https://app.example" } else { "http://app.example" }, policy.clone());
        world.guard = SessionGuard::sharing(&policy, self.mode, &Arc::new(seen), renaming);
        world
    }

    /// The Cookie header that the application gets, or none if the request is refused.
    fn expected(&self, sent: &[Sent]) -> Option<String> {
        match (self.mode, self.enforced(sent)) {
            (Mode::Enforce, enforced) => enforced.map(|(header, _)| header),
            (Mode::Observe, None) => None,
            (_, Some((header, true))) => Some(header),
            (_, None | Some((_, false))) => Some(header(sent)),
        }
    }

    /// The header where the guard enforces, and whether a cookie got its name back in it.
    fn enforced(&self, sent: &[Sent]) -> Option<(String, bool)> {
        let has_guarded = sent.iter().any(|cookie| self.is_guarded(*cookie));
        if sent.contains(&Blank) || (has_guarded && (sent.contains(&OpenQuote) || sent.contains(&Version))) {
            return None;
        }
        let (mut in_place, mut behind_guarded, mut behind_all) = (Vec::new(), Vec::new(), Vec::new());
        let moves = (0..sent.len()).any(|at| self.must_stand_behind(sent, at).is_some_and(|other| at < other));
        let mut has_renames = false;
        for (at, cookie) in sent.iter().enumerate() {
            let (pair, renamed) = (cookie.pair(at), format!("{}={at}", cookie.base()));
            match self.outcome(sent, *cookie) {
                Becomes::Refused => return None,
                Becomes::Nothing => {}
                Becomes::Renamed => in_place.push(renamed),
                Becomes::Both => in_place.extend([renamed, pair]),
                Becomes::Itself if !moves || self.must_stand_behind(sent, at).is_none() => in_place.push(pair),
                Becomes::Itself if self.is_guarded(*cookie) => behind_guarded.push(pair),
                Becomes::Itself => behind_all.push(pair),
            }
            has_renames |= matches!(self.outcome(sent, *cookie), Becomes::Renamed | Becomes::Both);
        }
        Some(([in_place, behind_guarded, behind_all].concat().join("; "), has_renames))
    }

    fn outcome(&self, sent: &[Sent], cookie: Sent) -> Becomes {
        if matches!(cookie, Escaped | Nameless) {
            return Becomes::Nothing;
        }
        if !self.is_guarded(cookie) {
            let is_shadowed =
                cookie == Theme && sent.iter().any(|other| *other == HostTheme && self.has_our_prefix(*other));
            return if is_shadowed { Becomes::Nothing } else { Becomes::Itself };
        }
        let alike: Vec<Sent> =
            sent.iter().copied().filter(|other| self.known_as(*other) == self.known_as(cookie)).collect();
        let with_prefix = alike.iter().filter(|other| self.has_our_prefix(**other)).count();
        match (with_prefix, alike.len()) {
            (1, _) if !self.has_our_prefix(cookie) => Becomes::Nothing,
            (1, _) if self.is_surely_ours(cookie) => Becomes::Renamed,
            (1, _) => Becomes::Both,
            (0, _) if self.is_planted(sent, cookie) => Becomes::Nothing,
            (0, 1) => Becomes::Itself,
            _ if self.duplicates == Duplicates::DropBoth => Becomes::Nothing,
            _ => Becomes::Refused,
        }
    }

    /// Whether more than one reading of this cookie would matter.
    fn is_guarded(&self, cookie: Sent) -> bool {
        match cookie {
            Theme => self.knows_theme(),
            other => OF_ONE_NAME.contains(&other) || matches!(other, Csrf | HostTheme),
        }
    }

    fn knows_theme(&self) -> bool {
        self.seen.theme && !self.is_named
    }

    /// What this guard renames cookies with.
    fn own(&self) -> Option<Prefix> {
        match self.prefix {
            _ if self.mode != Mode::Enforce => None,
            PrefixRule::Off => None,
            PrefixRule::Auto | PrefixRule::Host => Some(Prefix::Host),
            PrefixRule::Secure => Some(Prefix::Secure),
        }
    }

    /// What the site renames them with: on plain http nothing can be.
    fn ours(&self) -> Option<Prefix> {
        let elsewhere = self.is_beside_one_that_renames.then_some(Prefix::Host);
        self.own().or(elsewhere).filter(|_| self.is_https)
    }

    /// The name by which the application knows it, in one case.
    fn known_as(&self, cookie: Sent) -> String {
        if self.may_be_ours(cookie) { cookie.base().into() } else { cookie.name().to_ascii_lowercase() }
    }

    fn may_be_ours(&self, cookie: Sent) -> bool {
        let is_the_applications = match cookie {
            HostTheme => self.is_named,
            _ => self.seen.own_prefix && cookie.prefix() == Some(Prefix::Host),
        };
        cookie.prefix().is_some() && cookie.prefix() == self.ours() && !is_the_applications
    }

    fn has_our_prefix(&self, cookie: Sent) -> bool {
        self.may_be_ours(cookie) && cookie != HostInCapitals
    }

    /// Whether the application is known not to call its cookie so itself.
    fn is_surely_ours(&self, cookie: Sent) -> bool {
        if cookie == HostTheme {
            return self.seen.theme;
        }
        matches!(self.prefix, PrefixRule::Host | PrefixRule::Secure) || self.is_named || self.seen.renamed
    }

    /// Whether this site's cookie would have a prefix that this one lacks.
    fn is_planted(&self, sent: &[Sent], cookie: Sent) -> bool {
        let is_named_by_application = cookie.prefix().is_some() && !self.may_be_ours(cookie);
        if cookie == Csrf || is_named_by_application {
            return false;
        }
        if cookie == Theme {
            // None with a prefix is beside it, and it was seen to leave with the one that this guard gives.
            return self.own().is_some() && self.is_https;
        }
        let has_renamed_piece =
            sent.iter().any(|other| *other != HostTheme && self.has_our_prefix(*other)) && !self.seen.plain;
        let is_expected = self.own().is_some() && self.is_https && {
            match self.prefix {
                PrefixRule::Auto => self.seen.renamed && !self.seen.plain,
                PrefixRule::Host => !self.seen.own_prefix,
                PrefixRule::Secure => true,
                PrefixRule::Off => false,
            }
        };
        has_renamed_piece || is_expected
    }

    /// The last cookie that this one could hide or pass for, if there is one. What runs on goes behind all others as soon as
    /// anything moves.
    fn must_stand_behind(&self, sent: &[Sent], at: usize) -> Option<usize> {
        let cookie = *sent.get(at)?;
        let others = (0..sent.len()).filter(|other| *other != at);
        let mut sessions = others.clone().filter(|other| self.known_as(sent[*other]) == "session");
        let mut guarded = others.filter(|other| self.is_guarded(sent[*other]));
        match cookie {
            RunOn => guarded.next_back().or(Some(0)),
            Namesake => sessions.next_back(),
            Secure if self.outcome(sent, cookie) == Becomes::Itself => sessions.next_back(),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Becomes {
    Itself,
    Renamed,
    Both,
    Nothing,
    Refused,
}

#[test]
fn every_cookie_beside_every_other_before_every_guard() {
    let yes_or_no = [false, true];
    let mut headers: Vec<Vec<Sent>> = vec![Vec::new()];
    headers.extend(ALL.map(|one| vec![one]));
    headers.extend(ALL.iter().flat_map(|one| ALL.map(|other| vec![*one, other])));
    let two = OF_ONE_NAME.iter().flat_map(|one| OF_ONE_NAME.map(|other| [*one, other]));
    let three: Vec<_> = two.flat_map(|[one, other]| OF_ONE_NAME.map(|third| vec![one, other, third])).collect();
    for prefix in [PrefixRule::Auto, PrefixRule::Host, PrefixRule::Secure, PrefixRule::Off] {
        for (is_named, is_beside_one_that_renames) in yes_or_no.iter().flat_map(|a| yes_or_no.map(|b| (*a, b))) {
            for duplicates in [Duplicates::Refuse, Duplicates::DropBoth] {
                for seen in WasSeen::all() {
                    let case = |mode, is_https| Case {
                        prefix,
                        is_named,
                        duplicates,
                        mode,
                        is_beside_one_that_renames,
                        is_https,
                        seen,
                    };
                    for mode in [Mode::Enforce, Mode::Observe, Mode::Off] {
                        case(mode, true).holds_for(&headers);
                    }
                    case(Mode::Enforce, true).holds_for(&three);
                    case(Mode::Enforce, false).holds_for(&headers);
                }
            }
        }
    }
}
