//! The pages: a question, the thanks, and what is said when there is nothing to ask.

use askama::Template;
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use cloud::{
    stream::chain,
    table::{surveys::Response, tenants::Settings},
};
use domain::{
    explain::{Language, Words},
    survey::{Answer, Choice, Invalid, Kind, Link, Look, Question, Survey},
};

use crate::{
    Problem, answer,
    form::{Fields, seal},
    words,
};

/// What stands in the fields of a question.
pub(crate) enum Entered {
    /// The answer that is kept.
    Kept(Option<Answer>),
    /// What was sent, and why it was not taken.
    Refused(Fields, Invalid),
}

impl Entered {
    pub(crate) fn kept(answer: Option<&Answer>) -> Self {
        Self::Kept(answer.cloned())
    }

    /// Whether the field `name` has this value.
    fn has(&self, name: &str, value: &str) -> bool {
        match self {
            Self::Kept(None | Some(Answer::Skipped)) => false,
            Self::Kept(Some(Answer::Place(place))) => place.to_string() == value,
            Self::Kept(Some(Answer::Choice(id) | Answer::Text(id))) => id == value,
            Self::Kept(Some(Answer::Choices(ids))) => ids.iter().any(|id| id == value),
            Self::Kept(Some(Answer::Matrix(places))) => {
                let row = name.strip_prefix("a.").and_then(|row| places.get(row));
                row.is_some_and(|place| place.to_string() == value)
            }
            Self::Refused(fields, _) => fields.all(name).iter().any(|given| given == value),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Kept(Some(Answer::Text(text))) => text.clone(),
            Self::Kept(_) => String::new(),
            Self::Refused(fields, _) => fields.get("a").to_owned(),
        }
    }
}

/// What every page has around its content.
struct Frame {
    language: Language,
    title: String,
    business: String,
    style: String,
    /// The same page in the other language, where there is one.
    switch: Option<String>,
}

impl Frame {
    fn say(&self, words: &Words) -> &'static str {
        words.of(self.language)
    }
}

/// One thing that can be chosen.
struct Cell {
    name: String,
    value: String,
    /// What is seen.
    sign: String,
    /// What is said instead of a sign that is no word; empty when it is one.
    spoken: String,
    is_chosen: bool,
}

/// One row of things of which one is chosen.
struct Row {
    label: String,
    cells: Vec<Cell>,
}

#[derive(Template)]
#[template(path = "question.html")]
struct QuestionPage<'p> {
    frame: Frame,
    link: &'p str,
    seal: String,
    id: &'p str,
    kind: &'static str,
    intro: Option<String>,
    asks: String,
    hint: Option<String>,
    wrong: Option<&'static str>,
    is_required: bool,
    rows: Vec<Row>,
    text: String,
    most: usize,
    ends: Option<(&'static str, &'static str)>,
    back: Option<String>,
    n: usize,
    of: usize,
    progress: String,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "said.html")]
struct SaidPage {
    frame: Frame,
    heading: String,
    said: String,
    code: &'static str,
}

/// The page of a question.
pub(crate) fn question(
    link: &Link,
    settings: &Settings,
    survey: &Survey,
    response: &Response,
    question: &Question,
    language: Language,
    entered: &Entered,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let answers = &response.answers;
    let path = survey.path(answers);
    let place = path.iter().position(|one| one.id == question.id).unwrap_or_default();
    let before = place.checked_sub(1).and_then(|before| path.get(before));
    let (rows, most) = rows(survey, response, question, language, entered);
    let filled = |words, most| words::filled(words, language, &[("most", most)]);
    let hint = match &question.kind {
        Kind::Choices { options, most } if *most < options.len() => {
            Some(filled(words::UP_TO, *most))
        }
        Kind::Text(most) => Some(filled(words::CHARACTERS, *most)),
        _ => None,
    };
    let ends = match &question.kind {
        Kind::Nps => Some((words::NPS_LOW, words::NPS_HIGH)),
        Kind::Ces => Some((words::CES_LOW, words::CES_HIGH)),
        _ => None,
    };
    let wrong = match entered {
        Entered::Refused(_, why) => Some(words::invalid(*why).of(language)),
        Entered::Kept(_) => None,
    };
    let numbers = [("n", place + 1), ("of", path.len())];
    let mark = response.mark();
    let at = |id: &str, language| crate::address(link, Some(id), &mark, language);
    let page = QuestionPage {
        frame: frame(survey, settings, language, Some(at(&question.id, language.other()))),
        link: link.as_str(),
        seal: seal(&settings.pepper, link, &question.id),
        id: &question.id,
        kind: question.kind.as_str(),
        intro: (place == 0).then(|| survey.intro(language, answers)).flatten(),
        asks: survey.asks(question, language, answers),
        hint,
        wrong,
        is_required: question.is_required,
        rows,
        text: entered.text(),
        most,
        ends: ends.map(|(low, high)| (low.of(language), high.of(language))),
        back: before.map(|before| at(&before.id, language)),
        n: place + 1,
        of: path.len(),
        progress: words::filled(words::PROGRESS, language, &numbers),
        is_last: place + 1 == path.len(),
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(answer::page(status, page.render()?))
}

/// The lines of a question with what can be chosen in each, and the most characters of a text.
fn rows(
    survey: &Survey,
    response: &Response,
    question: &Question,
    language: Language,
    entered: &Entered,
) -> (Vec<Row>, usize) {
    let named = |choice: &Choice| survey.names(choice, language, &response.answers);
    let cell = |name: &str, value: String, sign: String, spoken: String| Cell {
        is_chosen: entered.has(name, &value),
        name: name.to_owned(),
        value,
        sign,
        spoken,
    };
    let row = |cells| vec![Row { label: String::new(), cells }];
    let options = |options: &[Choice]| {
        row(options
            .iter()
            .map(|one| cell("a", one.id.clone(), named(one), String::new()))
            .collect())
    };
    match &question.kind {
        Kind::Text(most) => (Vec::new(), *most),
        Kind::Choice(list) | Kind::Choices { options: list, .. } => (options(list), 0),
        Kind::Matrix { rows, scale } => {
            let cells = |line: &Choice| {
                let place = |(n, one): (usize, &Choice)| {
                    let name = format!("a.{}", line.id);
                    cell(&name, (n + 1).to_string(), named(one), String::new())
                };
                scale.iter().enumerate().map(place).collect()
            };
            let rows = rows.iter().map(|line| Row { label: named(line), cells: cells(line) });
            (rows.collect(), 0)
        }
        Kind::Nps | Kind::Ces | Kind::Csat(_) => {
            let places = question.kind.scale().into_iter().flatten();
            let cells = places.map(|place| {
                let (sign, spoken) = sign(&question.kind, place, language);
                cell("a", place.to_string(), sign, spoken)
            });
            (row(cells.collect()), 0)
        }
    }
}

/// What a place of a scale looks like, and what is said of it where that is no word.
fn sign(kind: &Kind, place: u8, language: Language) -> (String, String) {
    match kind {
        Kind::Csat(Look::Stars) => {
            let said = words::filled(words::STAR, language, &[("n", usize::from(place))]);
            ("★".repeat(usize::from(place)), said)
        }
        Kind::Csat(Look::Faces) => {
            let face = words::FACES.get(usize::from(place.saturating_sub(1)));
            let (sign, words) = face.copied().unwrap_or(words::FACES[0]);
            (sign.to_owned(), words.of(language).to_owned())
        }
        _ => (place.to_string(), String::new()),
    }
}

fn frame(
    survey: &Survey,
    settings: &Settings,
    language: Language,
    switch: Option<String>,
) -> Frame {
    Frame {
        language,
        title: survey.title(language),
        business: settings.tenant.name.clone(),
        style: answer::style_address(),
        switch: switch.filter(|_| survey.languages().len() > 1),
    }
}

/// What is said at the end, and whenever the link is opened again.
pub(crate) fn thanks(
    survey: &Survey,
    settings: &Settings,
    response: &Response,
    language: Language,
) -> Result<ApiGatewayV2httpResponse, Problem> {
    let page = SaidPage {
        frame: frame(survey, settings, language, None),
        heading: words::THANKS.of(language).to_owned(),
        said: survey.thanks(language, &response.answers),
        code: "",
    };
    Ok(answer::page(200, page.render()?))
}

/// What is said when there is nothing to ask.
pub(crate) fn problem(problem: &Problem, language: Language) -> ApiGatewayV2httpResponse {
    let (status, code) = problem.told();
    if status >= 500 {
        tracing::error!(code, error = chain(problem), "no page");
    } else {
        tracing::info!(code, "no question");
    }
    let (heading, said) = match problem {
        Problem::Unknown => (words::UNKNOWN_TITLE, words::UNKNOWN),
        Problem::Expired => (words::EXPIRED_TITLE, words::EXPIRED),
        Problem::Full => (words::FULL_TITLE, words::FULL),
        Problem::Closed => (words::CLOSED_TITLE, words::CLOSED),
        Problem::NotOurs => (words::NOT_OURS_TITLE, words::NOT_OURS),
        Problem::TooLarge => (words::NOT_OURS_TITLE, words::TOO_LARGE),
        Problem::Busy | Problem::Store(_) | Problem::Written(_) => (words::BUSY_TITLE, words::BUSY),
    };
    let page = SaidPage {
        frame: Frame {
            language,
            title: heading.of(language).to_owned(),
            business: String::new(),
            style: answer::style_address(),
            switch: None,
        },
        heading: heading.of(language).to_owned(),
        said: said.of(language).to_owned(),
        code,
    };
    // A page of texts alone: nothing in it can fail.
    answer::page(status, page.render().unwrap_or_default())
}
