//! Reads `surveys.yaml` and says everything that is wrong with it.

use std::{collections::BTreeMap, mem, sync::Arc};

use jiff::{SignedDuration, civil::Date};
use serde_json::{Map, Value as Json, json};

use super::{Choice, Kind, Look, Question, Survey, Surveys, TEXT_CHARS_MAX, Text, Thanks};
use crate::rule::{
    Condition, Facts, Fields, Node, Problem, Problems, Reader, Template, is_id, quoted,
};

/// Longest file, in bytes: with rules and templates of 128 KB each and a programme it stays below the 400 KB of one stored item.
pub const SURVEYS_BYTES_MAX: usize = 64 * 1_024;
/// Most surveys of a tenant.
const SURVEYS_MAX: usize = 50;
/// Most questions of a survey: who is asked more closes the page.
const QUESTIONS_MAX: usize = 20;
/// Most options of a question, lines of a matrix and places of its scale.
const CHOICES_MAX: usize = 12;
/// Most values that an invitation carries along.
const HIDDEN_MAX: usize = 8;
/// Most ends.
const THANKS_MAX: usize = 10;
/// Largest quota.
const QUOTA_MAX: u32 = 10_000_000;
/// Characters of a free text, unless the question says otherwise.
const TEXT_CHARS: usize = 500;
/// Nobody is asked twice in a month, unless the survey says otherwise.
const COOL_DOWN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How long a link is open, unless the survey says otherwise.
const OPEN_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

const FIELDS: [&str; 15] = [
    "id",
    "title",
    "intro",
    "invitation",
    "open_for",
    "from",
    "until",
    "quota",
    "cool_down",
    "sample",
    "anonymous",
    "hidden",
    "compare_by",
    "questions",
    "thanks",
];

impl Surveys {
    /// Reads `surveys.yaml` against the tenant's templates.
    ///
    /// # Errors
    /// Everything that is wrong with the file, by line; nothing of it may be stored.
    pub fn read(yaml: &str, templates: &[Template]) -> Result<Self, Vec<Problem>> {
        if yaml.len() > SURVEYS_BYTES_MAX {
            let message = format!("the file has more than {SURVEYS_BYTES_MAX} bytes");
            return Err(vec![Problem { code: "too_long", line: 1, message }]);
        }
        let node = Node::read(yaml)?;
        let mut problems = Problems::default();
        let entries = node.list("the file", &mut problems);
        if entries.len() > SURVEYS_MAX {
            problems.add(
                "too_long",
                node.line,
                format!("a tenant has at most {SURVEYS_MAX} surveys"),
            );
        }
        let (mut ids, mut list) = (Vec::new(), Vec::new());
        for entry in entries {
            let mut reader = Reader::new(templates, mem::take(&mut problems));
            let read = survey(entry, &mut reader, &mut ids);
            problems = reader.problems;
            // Its texts are its own.
            list.extend(
                read.map(|survey| Arc::new(Survey { wordings: reader.wordings, ..survey })),
            );
        }
        problems.none_or(Self { list })
    }
}

fn survey<'n>(node: &'n Node, reader: &mut Reader<'_>, ids: &mut Vec<&'n str>) -> Option<Survey> {
    let fields = Fields::of(node, "a survey", &FIELDS, &mut reader.problems)?;
    let id = fields.id("id", &mut reader.problems);
    once(id, node.line, ids, reader);
    let hidden = hidden(&fields, reader);
    let compare_by = fields.optional_as("compare_by", |node| compare_by(node, &hidden, reader));
    let mut sample = Facts::default();
    let without = hidden.iter().map(|(name, _)| (name.clone(), Json::Null));
    sample.hidden = Json::Object(without.collect::<Map<_, _>>());
    sample.answers = json!({});
    let title = fields.required("title", &mut reader.problems);
    let title = title.and_then(|node| text(node, reader, "title", &sample));
    let intro = fields.optional_as("intro", |node| text(node, reader, "intro", &sample));
    let invitation = fields.optional_as("invitation", |node| {
        reader.message(node, "`invitation`", "invitation", "a.b")
    });
    let mut duration = |name: &'static str| {
        fields.optional_as(name, |node| node.duration(&format!("`{name}`"), &mut reader.problems))
    };
    let (open_for, cool_down) = (duration("open_for"), duration("cool_down"));
    let mut date = |name: &'static str| fields.optional_as(name, |node| date(node, name, reader));
    let (from, until) = (date("from"), date("until"));
    let mut whole = |name: &'static str, most: u32| {
        fields.optional_as(name, |node| whole(node, name, most, reader))
    };
    let (quota, share) = (whole("quota", QUOTA_MAX), whole("sample", 100));
    let anonymous =
        fields.optional_as("anonymous", |node| node.truth("`anonymous`", &mut reader.problems));
    let questions = questions(&fields, reader, &mut sample);
    let thanks = thanks(&fields, reader, &mut sample, &questions);
    let score = questions.iter().find(|question| question.kind.scale().is_some());
    let score = score.map(|question| question.id.clone());
    Some(Survey {
        id: id?.to_owned(),
        said: node.canonical(),
        open_for: open_for?.unwrap_or(OPEN_FOR),
        compare_by: compare_by?.unwrap_or_default(),
        from: from?,
        until: until?,
        quota: quota?,
        cool_down: cool_down?.unwrap_or(COOL_DOWN),
        sample: u8::try_from(share?.unwrap_or(100)).ok()?,
        is_anonymous: anonymous?.unwrap_or(false),
        hidden,
        questions,
        score,
        invitation: invitation?,
        title: title?,
        intro: intro?,
        thanks,
        wordings: crate::rule::Wordings::new(),
    })
}

/// Notes an id that may stand once.
fn once<'n>(id: Option<&'n str>, line: usize, ids: &mut Vec<&'n str>, reader: &mut Reader<'_>) {
    let Some(id) = id else { return };
    if ids.contains(&id) {
        reader.problems.add("duplicate_id", line, format!("{} stands here twice", quoted(id)));
    }
    ids.push(id);
}

/// A text in Vietnamese alone, or in both languages. It must be complete without any answer: a page has no holes.
fn text(node: &Node, reader: &mut Reader<'_>, place: &str, sample: &Facts) -> Option<Text> {
    if !node.is_map() {
        return Some(Text {
            vi: reader.wording(node, &format!("{place}/vi"), sample, &[])?,
            en: None,
        });
    }
    let fields = Fields::of(node, "a text", &["vi", "en"], &mut reader.problems)?;
    let vi = fields.required("vi", &mut reader.problems);
    let vi = vi.and_then(|node| reader.wording(node, &format!("{place}/vi"), sample, &[]));
    let en =
        fields.optional_as("en", |node| reader.wording(node, &format!("{place}/en"), sample, &[]));
    Some(Text { vi: vi?, en: en? })
}

fn hidden(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let node = fields.optional("hidden");
    let entries = node.and_then(|node| node.map("`hidden`", &mut reader.problems));
    let entries = entries.unwrap_or_default();
    if entries.len() > HIDDEN_MAX {
        let message = format!("`hidden` has at most {HIDDEN_MAX} entries");
        reader.problems.add("too_long", fields.line, message);
    }
    let mut hidden = Vec::new();
    for (key, node) in entries {
        if !is_name(&key.name) {
            let message = "a hidden field is called by lower-case letters, digits and `_`";
            reader.problems.add("bad_id", key.line, message);
        }
        let Some(path) = node.text("a fact", &mut reader.problems) else { continue };
        if !Facts::may_lead_to(path) {
            reader.problems.add(
                "unknown_name",
                node.line,
                format!("there is no fact {}", quoted(path)),
            );
        }
        hidden.push((key.name.clone(), path.to_owned()));
    }
    hidden
}

/// Names of what is carried along.
fn compare_by(
    node: &Node,
    hidden: &[(String, String)],
    reader: &mut Reader<'_>,
) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for entry in node.list("`compare_by`", &mut reader.problems) {
        let name = entry.text("a name", &mut reader.problems)?;
        if !hidden.iter().any(|(known, _)| known == name) {
            let message = format!("`hidden` has no {}", quoted(name));
            reader.problems.add("unknown_name", entry.line, message);
        }
        names.push(name.to_owned());
    }
    Some(names)
}

/// Whether conditions and texts can say it after a dot: a dash would be a minus there.
fn is_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.len() <= 32 && text.bytes().all(fits)
}

fn date(node: &Node, name: &str, reader: &mut Reader<'_>) -> Option<Date> {
    let text = node.text(&format!("`{name}`"), &mut reader.problems)?;
    let date = Some(text).filter(|text| text.len() == 10).and_then(|text| text.parse().ok());
    if date.is_none() {
        let message = format!("`{name}` must be a day such as 2026-11-20");
        reader.problems.add("bad_date", node.line, message);
    }
    date
}

fn whole(node: &Node, name: &str, most: u32, reader: &mut Reader<'_>) -> Option<u32> {
    let number = node.whole_number(&format!("`{name}`"), &mut reader.problems)?;
    let number = u32::try_from(number).ok().filter(|number| (1..=most).contains(number));
    if number.is_none() {
        reader.problems.add("bad_number", node.line, format!("`{name}` must be 1 to {most}"));
    }
    number
}

/// Reads the questions; `sample` gets an answer to each, so that the next one's condition can be tried.
fn questions(fields: &Fields<'_>, reader: &mut Reader<'_>, sample: &mut Facts) -> Vec<Question> {
    let Some(node) = fields.required("questions", &mut reader.problems) else { return Vec::new() };
    let entries = node.list("`questions`", &mut reader.problems);
    if !(1..=QUESTIONS_MAX).contains(&entries.len()) {
        let message = format!("a survey has 1 to {QUESTIONS_MAX} questions");
        reader.problems.add("too_long", node.line, message);
    }
    let (mut ids, mut questions) = (Vec::new(), Vec::new());
    let mut answered = sample.clone();
    for entry in entries {
        let Some(question) = question(entry, reader, &mut ids, sample, &answered) else { continue };
        answered.answers[&question.id] = sample_answer(&question.kind);
        sample.answers[&question.id] = Json::Null;
        questions.push(question);
    }
    questions
}

fn question<'n>(
    node: &'n Node,
    reader: &mut Reader<'_>,
    ids: &mut Vec<&'n str>,
    sample: &Facts,
    answered: &Facts,
) -> Option<Question> {
    let known = [
        "id", "kind", "text", "required", "when", "look", "options", "most", "rows", "scale",
        "chars",
    ];
    let fields = Fields::of(node, "a question", &known, &mut reader.problems)?;
    let id = fields.required_text("id", &mut reader.problems);
    let id = id.filter(|id| {
        if !is_name(id) {
            let message = "a question is called by 1 to 32 lower-case letters, digits and `_`";
            reader.problems.add("bad_id", node.line, message);
        }
        is_name(id)
    });
    once(id, node.line, ids, reader);
    let place = format!("q/{}", id.unwrap_or_default());
    let asks = fields.required("text", &mut reader.problems);
    let asks = asks.and_then(|node| text(node, reader, &place, sample));
    let required =
        fields.optional_as("required", |node| node.truth("`required`", &mut reader.problems));
    let when = fields.optional_as("when", |node| condition(node, reader, answered));
    let kind = kind(&fields, reader, &place, sample);
    Some(Question {
        id: id?.to_owned(),
        kind: kind?,
        is_required: required?.unwrap_or(true),
        text: asks?,
        when: when?,
    })
}

fn condition(node: &Node, reader: &mut Reader<'_>, answered: &Facts) -> Option<Condition> {
    let source = node.text("`when`", &mut reader.problems)?;
    match Condition::compile_on(source, answered) {
        Ok(condition) => Some(condition),
        Err(wrong) => {
            for (code, message) in wrong {
                reader.problems.add(code, node.line, format!("`when`: {message}"));
            }
            None
        }
    }
}

fn kind(fields: &Fields<'_>, reader: &mut Reader<'_>, place: &str, sample: &Facts) -> Option<Kind> {
    let node = fields.required("kind", &mut reader.problems)?;
    let name = node.text("`kind`", &mut reader.problems)?;
    let own: &[&str] = match name {
        "csat" => &["look"],
        "choice" => &["options"],
        "choices" => &["options", "most"],
        "text" => &["chars"],
        "matrix" => &["rows", "scale"],
        _ => &[],
    };
    for other in ["look", "options", "most", "rows", "scale", "chars"] {
        if let Some(node) = fields.optional(other).filter(|_| !own.contains(&other)) {
            let message = format!("a question of kind {} has no `{other}`", quoted(name));
            reader.problems.add("unknown_field", node.line, message);
        }
    }
    match name {
        "nps" => Some(Kind::Nps),
        "ces" => Some(Kind::Ces),
        "csat" => look(fields, reader).map(Kind::Csat),
        "choice" => choices(fields, "options", reader, place, sample).map(Kind::Choice),
        "choices" => {
            let options = choices(fields, "options", reader, place, sample)?;
            let most = u32::try_from(options.len()).unwrap_or(u32::MAX);
            let chosen = fields.optional_as("most", |node| whole(node, "most", most, reader))?;
            let most = usize::try_from(chosen.unwrap_or(most)).unwrap_or(usize::MAX);
            Some(Kind::Choices { options, most })
        }
        "text" => {
            let most = u32::try_from(TEXT_CHARS_MAX).unwrap_or(u32::MAX);
            let chars = fields.optional_as("chars", |node| whole(node, "chars", most, reader))?;
            let chars = chars.and_then(|chars| usize::try_from(chars).ok());
            Some(Kind::Text(chars.unwrap_or(TEXT_CHARS)))
        }
        "matrix" => {
            let rows = choices(fields, "rows", reader, &format!("{place}/rows"), sample);
            let scale = choices(fields, "scale", reader, &format!("{place}/scale"), sample);
            Some(Kind::Matrix { rows: rows?, scale: scale? })
        }
        _ => {
            let message = format!(
                "there is no kind {}; there are nps, csat, ces, choice, choices, text, matrix",
                quoted(name)
            );
            reader.problems.add("unknown_name", node.line, message);
            None
        }
    }
}

fn look(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Option<Look> {
    let look = fields.optional_as("look", |node| node.text("`look`", &mut reader.problems))?;
    match look {
        None | Some("stars") => Some(Look::Stars),
        Some("faces") => Some(Look::Faces),
        Some(_) => {
            reader.problems.add("unknown_name", fields.line, "`look` is stars or faces");
            None
        }
    }
}

fn choices(
    fields: &Fields<'_>,
    name: &'static str,
    reader: &mut Reader<'_>,
    place: &str,
    sample: &Facts,
) -> Option<Vec<Choice>> {
    let node = fields.required(name, &mut reader.problems)?;
    let entries = node.list(&format!("`{name}`"), &mut reader.problems);
    if !(2..=CHOICES_MAX).contains(&entries.len()) {
        let message = format!("`{name}` has 2 to {CHOICES_MAX} entries");
        reader.problems.add("too_long", node.line, message);
    }
    let (mut ids, mut choices) = (Vec::new(), Vec::new());
    for entry in entries {
        let Some(fields) = Fields::of(entry, "an option", &["id", "text"], &mut reader.problems)
        else {
            continue;
        };
        let id = fields.required_text("id", &mut reader.problems);
        if let Some(id) = id.filter(|id| !is_id(id)) {
            let message =
                format!("{} is not 1 to 48 lower-case letters, digits and dashes", quoted(id));
            reader.problems.add("bad_id", entry.line, message);
        }
        once(id, entry.line, &mut ids, reader);
        let place = format!("{place}/{}", id.unwrap_or_default());
        let said = fields.required("text", &mut reader.problems);
        let said = said.and_then(|node| text(node, reader, &place, sample));
        if let (Some(id), Some(text)) = (id, said) {
            choices.push(Choice { id: id.to_owned(), text });
        }
    }
    Some(choices)
}

/// What somebody might answer.
fn sample_answer(kind: &Kind) -> Json {
    let first = |choices: &[Choice]| choices.first().map(|c| c.id.clone()).unwrap_or_default();
    match kind {
        Kind::Nps | Kind::Csat(_) | Kind::Ces => json!(1),
        Kind::Choice(options) => json!(first(options)),
        Kind::Choices { options, .. } => json!([first(options)]),
        Kind::Text(_) => json!("Tốt"),
        Kind::Matrix { rows, .. } => {
            json!(rows.iter().map(|row| (row.id.clone(), 1)).collect::<BTreeMap<_, _>>())
        }
    }
}

fn thanks(
    fields: &Fields<'_>,
    reader: &mut Reader<'_>,
    sample: &mut Facts,
    questions: &[Question],
) -> Vec<Thanks> {
    let mut answered = sample.clone();
    for question in questions {
        answered.answers[&question.id] = sample_answer(&question.kind);
    }
    let Some(node) = fields.required("thanks", &mut reader.problems) else { return Vec::new() };
    let entries = node.list("`thanks`", &mut reader.problems);
    if !(1..=THANKS_MAX).contains(&entries.len()) {
        reader.problems.add(
            "too_long",
            node.line,
            format!("`thanks` has 1 to {THANKS_MAX} entries"),
        );
    }
    let mut thanks = Vec::new();
    for (n, entry) in entries.iter().enumerate() {
        let known = ["when", "text"];
        let Some(fields) = Fields::of(entry, "a thank-you", &known, &mut reader.problems) else {
            continue;
        };
        let when = fields.optional_as("when", |node| condition(node, reader, &answered));
        let said = fields.required("text", &mut reader.problems);
        let said = said.and_then(|node| text(node, reader, &format!("thanks/{n}"), sample));
        if fields.optional("when").is_some() == (n + 1 == entries.len()) {
            let message = "the last thank-you, and no other, has no `when`";
            reader.problems.add("thanks", entry.line, message);
        }
        if let (Some(when), Some(text)) = (when, said) {
            thanks.push(Thanks { when, text });
        }
    }
    thanks
}
