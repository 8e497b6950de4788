//! What can happen, and how it is drawn.

use proptest::prelude::*;
use proptest::sample::select;

use crate::app::Style;
use crate::jar::{Asker, is_below};

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The browser asks the application over https, and takes the answer.
    Ask(Does, Route, Asker),
    /// The same over plain http.
    AskPlainly(Does),
    /// The browser asks; the answer comes when [`Self::AnswersCome`].
    AskAndWait(Does, Route),
    AnswersCome,
    /// Somebody else makes the browser take a cookie.
    Plant(Planter, Spelling, Depth),
    /// A sibling host makes the browser drop what it has.
    Flood,
    Reload(Rules),
    /// The process ends and another takes its place, which is told what this one saw or not.
    Restart(bool),
    /// Another version of the application is started.
    Deploy(Style),
    /// The browser is closed and opened.
    Reopen,
    TimePasses,
}

/// What the application does when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    /// Nothing with its session.
    Show,
    LogIn,
    LogOut,
    /// Sets again what it was sent, as sliding sessions do.
    Prolong,
}

/// Under [`Rules::Loose`], these have rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Home,
    App,
    /// What cookies of its folder go to, and which is not in the folder.
    AppItself,
    /// In a folder of the folder.
    Inner,
    Observed,
    Unguarded,
    Unprefixed,
}

impl Route {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Home => "/",
            Self::App => "/app/page",
            Self::AppItself => "/app",
            Self::Inner => "/app/inner/page",
            Self::Observed => "/observed",
            Self::Unguarded => "/unguarded",
            Self::Unprefixed => "/unprefixed",
        }
    }

    /// Whether cookies of this folder go there.
    pub(crate) fn gets(self, folder: &str) -> bool {
        is_below(self.path(), folder)
    }

    /// Whether cookies of some folder go there.
    pub(crate) fn gets_folder(self) -> bool {
        self.gets("/app")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planter {
    /// `https://blog.shop.example`.
    Sibling,
    /// The same, with a cookie that is Partitioned.
    SiblingInPartition,
    /// Whoever answers for `http://app.shop.example`.
    Network,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spelling(pub(crate) &'static str);

/// The path of what is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    Root,
    Folder,
}

/// The policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    Default,
    AlwaysHost,
    AlwaysSecure,
    Unprefixed,
    Observe,
    Off,
    Named,
    /// The session is not among the session cookies.
    OthersNamed,
    Partitioned,
    Stripped,
    Short,
    DropBoth,
    /// With routes that do less.
    Loose,
}

impl Rules {
    pub(crate) const ALL: [Self; 13] = [
        Self::Default,
        Self::AlwaysHost,
        Self::AlwaysSecure,
        Self::Unprefixed,
        Self::Observe,
        Self::Off,
        Self::Named,
        Self::OthersNamed,
        Self::Partitioned,
        Self::Stripped,
        Self::Short,
        Self::DropBoth,
        Self::Loose,
    ];

    pub(crate) fn text(self) -> String {
        let session = match self {
            Self::Default | Self::Loose => "",
            Self::AlwaysHost => "prefix = '__Host-'",
            Self::AlwaysSecure => "prefix = '__Secure-'",
            Self::Unprefixed => "prefix = 'off'",
            Self::Observe => "mode = 'observe'",
            Self::Off => "mode = 'off'",
            Self::Named => "cookies = ['session']",
            Self::OthersNamed => "cookies = ['other']",
            Self::Partitioned => "Partitioned = true",
            Self::Stripped => "Domain = 'strip'",
            Self::Short => "max_age = '1h'",
            Self::DropBoth => "duplicates = 'drop-both'",
        };
        let routes = "[[route]]\npath = '/observed'\nsession.mode = 'observe'\n[[route]]\npath = '/unguarded'\n\
                      session.mode = 'off'\n[[route]]\npath = '/unprefixed'\nsession.prefix = 'off'\n";
        let routes = if self == Self::Loose { routes } else { "" };
        format!("csrf.mode = 'off'\nheaders.mode = 'off'\nuploads.mode = 'off'\n[session]\n{session}\n{routes}")
    }
}

const SPELLINGS: [&str; 21] = [
    "session",
    "SESSION",
    "session.0",
    "session.1",
    "__Host-session",
    "__HOST-session",
    "__Host-~app!session",
    "__HOST-~app!session",
    "~app!session",
    "__Secure-session",
    "%73ession",
    "=session",
    "a=session",
    "..Host-session",
    "session ",
    "$Version",
    "csrftoken",
    "portal",
    "PORTAL",
    "__Host-portal",
    "%70ortal",
];

/// Up to so many steps in a row. Honest ones only, or anything.
pub(crate) fn steps(most: usize, is_honest: bool) -> impl Strategy<Value = Vec<Step>> {
    let does = select(vec![Does::Show, Does::Show, Does::LogIn, Does::LogIn, Does::LogOut, Does::Prolong]);
    let route = select(vec![
        Route::App,
        Route::App,
        Route::AppItself,
        Route::Inner,
        Route::Home,
        Route::Observed,
        Route::Unguarded,
        Route::Unprefixed,
    ]);
    let asker = select(vec![Asker::User, Asker::User, Asker::OwnPage, Asker::StrangersLink, Asker::StrangersImage]);
    let ask = (does.clone(), route.clone(), asker).prop_map(|(does, route, asker)| Step::Ask(does, route, asker));
    let wait = (does.clone(), route).prop_map(|(does, route)| Step::AskAndWait(does, route));
    let changes = prop_oneof![
        4 => select(Rules::ALL.to_vec()).prop_map(Step::Reload),
        2 => any::<bool>().prop_map(Step::Restart),
        1 => select(Style::ALL.to_vec()).prop_map(Step::Deploy),
        1 => Just(Step::Reopen),
        1 => Just(Step::TimePasses),
        2 => wait,
        2 => Just(Step::AnswersCome),
    ];
    let planter = select(vec![Planter::Sibling, Planter::SiblingInPartition, Planter::Network]);
    let spelling = select(SPELLINGS.map(Spelling).to_vec());
    let depth = select(vec![Depth::Root, Depth::Folder]);
    let attacks = prop_oneof![
        8 => (planter, spelling, depth).prop_map(|(planter, spelling, depth)| Step::Plant(planter, spelling, depth)),
        1 => Just(Step::Flood),
        1 => does.prop_map(Step::AskPlainly),
    ];
    let step = prop_oneof![6 => ask, 4 => changes, if is_honest { 0 } else { 4 } => attacks];
    proptest::collection::vec(step, 1..most)
}
