//! What every page has around its content: language, menu, who is logged in, what has just been done.

use domain::explain::{Label, Language};

use crate::form::{Fields, encoded};

/// A label, or a reference to one: templates hand on whatever they have.
pub(crate) trait Labelled {
    fn label(&self) -> Label;
}

impl Labelled for Label {
    fn label(&self) -> Label {
        *self
    }
}

impl<T: Labelled> Labelled for &T {
    fn label(&self) -> Label {
        (**self).label()
    }
}

/// The frame of a page.
#[derive(Clone, Debug)]
pub(crate) struct Ui {
    pub(crate) language: Language,
    /// Who is logged in.
    pub(crate) visitor: Option<Visitor>,
    /// The page's own address, for the switch of language and for actions that lead back to it.
    pub(crate) here: String,
    /// What has just been done.
    pub(crate) notice: Option<Label>,
}

/// Who is logged in, as the frame shows it.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// The business as customers know it.
    pub(crate) business: String,
    /// The API key's name.
    pub(crate) key: String,
    /// What a form must bring.
    pub(crate) token: String,
}

/// What an action has done, by the word that stands in the address of the page after it.
const NOTICES: [(&str, Label); 12] = [
    ("attached", Label::DoneAttached),
    ("cancelled", Label::DoneCancelled),
    ("resent", Label::DoneResent),
    ("released", Label::DoneReleased),
    ("paused", Label::DonePaused),
    ("resumed", Label::DoneResumed),
    ("unmuted", Label::DoneUnmuted),
    ("judged", Label::DoneJudged),
    ("taken", Label::DoneTaken),
    ("noted", Label::DoneNoted),
    ("closed", Label::DoneClosed),
    ("logged-out", Label::DoneLoggedOut),
];

impl Ui {
    pub(crate) fn new(language: Language, path: &str, query: &Fields) -> Self {
        let done = query.get("done");
        let notice = NOTICES.iter().find(|(word, _)| *word == done).map(|(_, label)| *label);
        let kept =
            ["q", "cursor", "thing", "days"].into_iter().filter(|name| !query.get(name).is_empty());
        let kept: Vec<String> =
            kept.map(|name| format!("{name}={}", encoded(query.get(name)))).collect();
        let here = match kept.as_slice() {
            [] => path.to_owned(),
            kept => format!("{path}?{}", kept.join("&")),
        };
        Self { language, visitor: None, here, notice }
    }

    /// A label in the page's language.
    pub(crate) fn say(&self, label: impl Labelled) -> &'static str {
        label.label().of(self.language)
    }

    /// The page in the other language.
    pub(crate) fn switch(&self) -> String {
        let join = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{join}lang={}", self.here, self.language.other().as_str())
    }

    pub(crate) fn token(&self) -> &str {
        self.visitor.as_ref().map_or("", |visitor| visitor.token.as_str())
    }

    /// Whether the page is the one that a menu entry leads to.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.here.split('?').next() == Some(path)
    }

    /// The address of the style, which changes with it.
    pub(crate) fn style(&self) -> String {
        let sum = crate::answer::STYLE
            .bytes()
            .fold(0u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
        format!("/console/style.css?v={sum:08x}")
    }
}

/// The page after an action: where it came from, with the word for what was done. Only our own pages are gone back to.
pub(crate) fn back(to: &str, fallback: &str, done: &str) -> String {
    let ours = to == "/console"
        || (to.starts_with("/console/") || to.starts_with("/console?"))
            && to.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let to = if ours { to } else { fallback };
    let join = if to.contains('?') { '&' } else { '?' };
    format!("{to}{join}done={done}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_back_to() {
        assert_eq!(back("/console", "/console/x", "a"), "/console?done=a");
        assert_eq!(
            back("/console/lists/held?cursor=b", "/c", "a"),
            "/console/lists/held?cursor=b&done=a"
        );
        for other in [
            "",
            "//evil.example",
            "https://evil.example",
            "/consolex",
            "/console/\\x",
            "/console/\r\nx: y",
        ] {
            assert_eq!(back(other, "/console/rules", "a"), "/console/rules?done=a", "{other}");
        }
    }
}
