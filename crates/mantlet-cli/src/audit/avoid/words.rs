//! [`Said`]: the words of a text, and [`Phrase`]: how one of the table is found among them.

/// The words of a label or an address, as phrases look for them: in lower case, without accents.
#[derive(Debug, Clone, Default)]
pub(super) struct Said(Vec<String>);

impl Said {
    pub(super) fn label(text: &str) -> Self {
        Self(words(text))
    }

    /// `/cart/buyNow` says cart, buy and now, and `/d%C3%A9connexion` what it stands for.
    pub(super) fn address(text: &str) -> Self {
        let decoded = url::form_urlencoded::parse(text.as_bytes());
        Self::all(decoded.flat_map(|(name, value)| [Self(words(&name)), Self(words(&value))]))
    }

    pub(super) fn all(several: impl IntoIterator<Item = Self>) -> Self {
        Self(several.into_iter().flat_map(|said| said.0).collect())
    }
}

/// Words that all are there, in whatever order.
pub(super) struct Phrase(Vec<Part>);

enum Part {
    /// This word.
    Whole(String),
    /// A word that begins so.
    Beginning(String),
    /// Anywhere: where words are not set apart, and where an address glues them together.
    Within(String),
}

impl Phrase {
    /// `close account`: both words. `kündig*`: a word that begins so. `*logout*`, and whatever is written without spaces between
    /// words: anywhere.
    pub(super) fn read(written: &str) -> Self {
        let part = |word: &str| {
            let letters = folded(word.trim_matches('*'));
            match () {
                () if word.starts_with('*') || letters.chars().any(sets_no_words_apart) => Part::Within(letters),
                () if word.ends_with('*') => Part::Beginning(letters),
                () => Part::Whole(without_article(letters)),
            }
        };
        Self(written.split_whitespace().map(part).collect())
    }

    pub(super) fn is_in(&self, said: &Said) -> bool {
        !self.0.is_empty() && self.0.iter().all(|part| said.0.iter().any(|word| part.is(word)))
    }
}

impl Part {
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Whole(whole) => word == whole,
            Self::Beginning(beginning) => word.starts_with(beginning.as_str()),
            Self::Within(part) => word.contains(part.as_str()),
        }
    }
}

/// Chinese characters, kana and hangul.
fn sets_no_words_apart(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

fn words(text: &str) -> Vec<String> {
    let mut separated = String::with_capacity(text.len());
    let mut was_lower = false;
    for letter in text.chars() {
        if was_lower && letter.is_uppercase() {
            separated.push(' ');
        }
        was_lower = letter.is_lowercase();
        let is_of_a_word = letter.is_alphanumeric() || is_mark(letter);
        separated.push(if is_of_a_word { letter } else { ' ' });
    }
    separated.split_whitespace().map(|word| without_article(folded(word))).collect()
}

/// In lower case and without accents: some write them, others do not, and addresses rarely do.
fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.chars().flat_map(char::to_lowercase).filter(|letter| !is_mark(*letter)) {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            _ => folded.push(bare(letter)),
        }
    }
    folded
}

/// Accents and vowels that are set on another letter, and the stroke that Arabic is stretched with.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{652}')
}

fn bare(letter: char) -> char {
    let bare = |(accented, bare): &(&str, char)| accented.contains(letter).then_some(*bare);
    ACCENTED.iter().find_map(bare).unwrap_or(letter)
}

const ACCENTED: [(&str, char); 20] = [
    ("àáâãäåāăą", 'a'),
    ("çćĉċč", 'c'),
    ("ďđð", 'd'),
    ("èéêëēĕėęě", 'e'),
    ("ĝğġģ", 'g'),
    ("ìíîïĩīĭįı", 'i'),
    ("ķ", 'k'),
    ("łĺļľ", 'l'),
    ("ñńņňŋ", 'n'),
    ("òóôõöøōŏő", 'o'),
    ("ŕŗř", 'r'),
    ("śŝşšș", 's'),
    ("ţťț", 't'),
    ("ùúûüũūŭůűų", 'u'),
    ("ýÿŷ", 'y'),
    ("źżž", 'z'),
    ("ё", 'е'),
    ("أإآ", 'ا'),
    ("ى", 'ي'),
    ("ة", 'ه'),
];

/// The Arabic article is written together with its word.
fn without_article(word: String) -> String {
    match word.strip_prefix("ال") {
        Some(rest) if rest.chars().count() > 1 => rest.to_owned(),
        _ => word,
    }
}
