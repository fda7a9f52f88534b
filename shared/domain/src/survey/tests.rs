//! Surveys as sentences.

use serde_json::json;

use super::*;
use crate::{
    id::{CustomerId, EffectId, EventId},
    phone::Pepper,
    rule::{Problem, Template, read_templates},
};

const SURVEY: &str = "
- id: csat-delivery
  title: {vi: Ý kiến của bạn, en: Your opinion}
  intro: 'Về đơn {{ hidden.order | default(\"hàng\") }} của bạn'
  hidden: {order: order.id, carrier: shipment.carrier}
  compare_by: [carrier]
  quota: 100
  invitation:
    template: ask
    channels: [zns-phone]
    params: {link: '{{ survey.link }}', order: '{{ order.id }}'}
  questions:
    - {id: stars, kind: csat, text: Bạn hài lòng không?}
    - id: why
      kind: choices
      when: answers.stars <= 3
      text: {vi: 'Điều gì chưa ổn?', en: 'What went wrong?'}
      options: [{id: late, text: Giao muộn}, {id: broken, text: Hỏng}, {id: rude, text: Thái độ}]
      most: 2
    - id: hurt
      kind: text
      when: \"'broken' in answers.why\"
      text: Hỏng chỗ nào?
      chars: 20
    - id: again
      kind: choice
      required: false
      text: 'Bạn chấm {{ answers.stars | default(\"chưa\") }} sao. Mua nữa không?'
      options: [{id: yes-please, text: Có}, {id: nope, text: Không}]
    - id: parts
      kind: matrix
      required: false
      text: Từng phần
      rows: [{id: taste, text: Vị}, {id: box, text: Hộp}]
      scale: [{id: bad, text: Tệ}, {id: good, text: Tốt}]
  thanks:
    - {when: answers.stars >= 4, text: Cảm ơn bạn nhiều!}
    - {text: Quán xin lỗi bạn.}
";

fn templates() -> Vec<Template> {
    let yaml = "[{name: ask, template_id: '433777', purpose: care, params: [link, order], \
                price_vnd: {zns-phone: 200}, on_unknown: drop, preview: 'Mời bạn <link> <order>'}]";
    read_templates(yaml).unwrap()
}

fn survey() -> Arc<Survey> {
    let surveys = Surveys::read(SURVEY, &templates()).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    surveys.get("csat-delivery").unwrap().clone()
}

/// The answers that a customer gives one after the other, as long as there is a question.
fn answered(survey: &Survey, values: &[(&str, &str)]) -> Answers {
    let mut answers = Answers::default();
    for (id, value) in values {
        let question = survey.question(id).unwrap();
        let values = |name: &str| {
            let fits = |given: &&str| {
                if let Some((row, _)) = given.split_once('=') {
                    format!("a.{row}") == name
                } else {
                    name == "a"
                }
            };
            let given = value.split(',').filter(fits);
            given.map(|given| given.rsplit('=').next().unwrap().to_owned()).collect()
        };
        answers.given.insert((*id).to_owned(), question.answer(values).unwrap());
    }
    answers
}

fn ids(path: &[&Question]) -> String {
    path.iter().map(|question| question.id.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn which_question_comes_next_hangs_on_the_answers_alone() {
    let survey = survey();
    let none = Answers::default();
    assert_eq!(survey.next(&none).unwrap().id, "stars");
    assert_eq!(ids(&survey.path(&none)), "stars again parts");

    let content = answered(&survey, &[("stars", "5")]);
    assert_eq!(survey.next(&content).unwrap().id, "again");
    let sad = answered(&survey, &[("stars", "2"), ("why", "late,broken")]);
    assert_eq!(ids(&survey.path(&sad)), "stars why hurt again parts");
    assert_eq!(survey.next(&sad).unwrap().id, "hurt");
    let whole = answered(&survey, &[("stars", "4"), ("again", ""), ("parts", "taste=2")]);
    assert!(survey.next(&whole).is_none());
    assert_eq!(whole.given["again"], Answer::Skipped);
}

#[test]
fn an_answer_to_a_question_that_is_not_asked_after_all_is_not_kept() {
    let survey = survey();
    let mut answers = answered(&survey, &[("stars", "2"), ("why", "broken"), ("hurt", "Cái nắp")]);
    answers.given.insert("stars".to_owned(), Answer::Place(5));
    assert_eq!(ids(&survey.path(&answers)), "stars again parts");
    let kept = survey.kept(&answers);
    assert_eq!(kept.given.keys().collect::<Vec<_>>(), ["stars"]);
}

#[test]
fn an_answer_that_is_kept_and_does_not_fit_any_more_is_asked_for_again() {
    let survey = survey();
    let mut answers = Answers::default();
    answers.given.insert("stars".to_owned(), Answer::Place(9));
    assert_eq!(survey.next(&answers).unwrap().id, "stars");
    answers.given.insert("stars".to_owned(), Answer::Choice("late".to_owned()));
    assert_eq!(survey.next(&answers).unwrap().id, "stars");
}

#[test]
fn what_is_no_answer_is_refused_with_its_reason() {
    let survey = survey();
    let answer = |id: &str, values: &[&str]| {
        let values = |_: &str| values.iter().map(|value| (*value).to_owned()).collect();
        survey.question(id).unwrap().answer(values)
    };
    for (id, values, expected) in [
        ("stars", &["5"][..], Ok(Answer::Place(5))),
        ("stars", &[], Err(Invalid::Required)),
        ("stars", &[""], Err(Invalid::Required)),
        ("stars", &["0"], Err(Invalid::Unknown)),
        ("stars", &["6"], Err(Invalid::Unknown)),
        ("stars", &["-1"], Err(Invalid::Unknown)),
        ("stars", &["5.0"], Err(Invalid::Unknown)),
        ("why", &["late", "late"], Ok(Answer::Choices(vec!["late".to_owned()]))),
        ("why", &["late", "broken", "rude"], Err(Invalid::TooMany)),
        ("why", &["late", "other"], Err(Invalid::Unknown)),
        ("hurt", &["  "], Err(Invalid::Required)),
        ("hurt", &["a\u{301}\u{0}"], Ok(Answer::Text("á".to_owned()))),
        ("hurt", &["123456789012345678901"], Err(Invalid::TooLong)),
        ("again", &[], Ok(Answer::Skipped)),
        ("again", &["yes-please"], Ok(Answer::Choice("yes-please".to_owned()))),
        ("again", &["Có"], Err(Invalid::Unknown)),
        ("parts", &["3"], Err(Invalid::Unknown)),
        ("parts", &[], Ok(Answer::Skipped)),
    ] {
        assert_eq!(answer(id, values), expected, "{id} {values:?}");
    }
}

#[test]
fn texts_are_said_in_the_language_that_is_there_and_name_what_was_answered() {
    let survey = survey();
    let mut answers = answered(&survey, &[("stars", "4")]);
    answers.hidden.insert("order".to_owned(), "DH0001".to_owned());
    assert_eq!(survey.title(Language::En), "Your opinion");
    assert_eq!(survey.intro(Language::En, &answers).unwrap(), "Về đơn DH0001 của bạn");
    assert_eq!(survey.intro(Language::Vi, &Answers::default()).unwrap(), "Về đơn hàng của bạn");
    let again = survey.question("again").unwrap();
    assert_eq!(survey.asks(again, Language::Vi, &answers), "Bạn chấm 4 sao. Mua nữa không?");
    assert_eq!(survey.thanks(Language::Vi, &answers), "Cảm ơn bạn nhiều!");
    answers.given.insert("stars".to_owned(), Answer::Place(1));
    assert_eq!(survey.thanks(Language::Vi, &answers), "Quán xin lỗi bạn.");
}

#[test]
fn an_invitation_carries_along_what_there_is_and_names_the_link() {
    let survey = survey();
    let mut facts = Facts { order: json!({"id": "DH0001"}), ..Facts::default() };
    assert_eq!(survey.hidden_of(&facts), [("order".to_owned(), "DH0001".to_owned())].into());
    facts.survey = json!({"link": "https://x/s/a"});
    let notify = survey.invite(&facts, "2026-11-20T08:00:00Z".parse().unwrap()).unwrap().unwrap();
    assert_eq!(notify.params["link"], "https://x/s/a");
    facts.order = json!(null);
    assert_eq!(survey.invite(&facts, Timestamp::UNIX_EPOCH).unwrap_err().code, "text_missing");
}

#[test]
fn a_link_hangs_on_the_pepper_and_the_invitation_and_its_key_says_neither() {
    let pepper = Pepper::new(b"sixteen-bytes-or-more").unwrap();
    let other = Pepper::new(b"sixteen-bytes-or-less").unwrap();
    let invitation = EffectId::of(&EventId::of("t", "s", "k"), "r", "s");
    let link = Link::of(&pepper, &invitation);
    assert_eq!(link, Link::of(&pepper, &invitation));
    assert_ne!(link, Link::of(&other, &invitation));
    assert_eq!(link.as_str().len(), LINK_CHARS);
    assert_eq!(Link::parse(link.as_str()), Some(link.clone()));
    assert!(!link.key().contains(link.as_str()));
    assert!(!format!("{link:?}").contains(link.as_str()));
    for bad in ["", "aaaaaaaaaa", "aaaaaaaaaaaa", "aaaaaaaaa/a", "áaaaaaaaaa", "aaaaaaaaaab"] {
        assert_eq!(Link::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_sample_is_the_same_for_ever_and_about_as_large_as_said() {
    let asked = |percent: u8| {
        let survey = Survey { sample: percent, ..Arc::into_inner(survey()).unwrap() };
        let ids = (0..1_000).map(|n| CustomerId::of("t", &n.to_string()));
        ids.filter(|id| survey.samples(id)).count()
    };
    assert_eq!((asked(100), asked(0)), (1_000, 0));
    assert!((250..350).contains(&asked(30)), "{}", asked(30));
}

#[test]
fn a_survey_invites_from_its_first_day_to_its_last() {
    let days = SURVEY.replace("quota: 100", "from: 2026-11-20\n  until: 2026-11-21");
    let surveys = Surveys::read(&days, &templates()).unwrap();
    let survey = surveys.get("csat-delivery").unwrap();
    for (at, invites) in [
        ("2026-11-19T23:59:59+07:00", false),
        ("2026-11-20T00:00:00+07:00", true),
        ("2026-11-21T23:59:59+07:00", true),
        ("2026-11-22T00:00:00+07:00", false),
    ] {
        assert_eq!(survey.invites_at(at.parse().unwrap()), invites, "{at}");
    }
}

#[test]
fn everything_wrong_with_a_file_is_said_at_once() {
    let yaml = "
- id: A b
  title: 3
  quota: 0
  sample: 101
  from: tomorrow
  hidden: {Order: order.id, who: customer.phone, own: answers.a}
  compare_by: [what]
  invitation: {template: nope}
  colour: red
  questions:
    - {id: a-b, kind: nps, text: x}
    - {id: b, kind: star, text: '{{ customer.nam }}'}
    - {id: c, kind: choice, text: x, most: 2, options: [{id: one, text: x}, {id: one, text: x}]}
    - {id: c, kind: text, text: '{{ answers.b }}', when: answers.later == 1, chars: 5000}
    - {id: d, kind: choice, text: x, when: answers.c + 1, options: [{id: one, text: x}]}
    - {id: e, kind: csat, look: hearts, text: x}
  thanks:
    - {text: x}
    - {when: 'true', text: x}
- {id: empty, title: x, questions: [], thanks: []}
";
    let wrong = Surveys::read(yaml, &templates()).unwrap_err();
    let said: String = wrong.iter().map(|problem: &Problem| format!("{problem}\n")).collect();
    insta::assert_snapshot!(said);
}

#[test]
fn answers_are_read_back_as_they_were_written() {
    let survey = survey();
    let all = answered(
        &survey,
        &[
            ("stars", "2"),
            ("why", "late"),
            ("hurt", "Cái nắp"),
            ("again", "nope"),
            ("parts", "taste=1,box=2"),
        ],
    );
    let text = serde_json::to_string(&all).unwrap();
    assert_eq!(serde_json::from_str::<Answers>(&text).unwrap(), all);
    insta::assert_snapshot!(text);
}

/// Three answered, one left in the middle, one never opened.
fn counted(survey: &Survey) -> Tally {
    let mut tally = Tally::default();
    for (stars, carrier) in [("5", "ghn"), ("2", "ghn"), ("4", "ghtk")] {
        let mut answers = answered(survey, &[("stars", stars), ("why", "late"), ("again", "")]);
        answers.hidden.insert("carrier".to_owned(), carrier.to_owned());
        tally.answer(survey, &survey.kept(&answers));
    }
    tally.expire(survey, &answered(survey, &[("stars", "1")]));
    tally.expire(survey, &Answers::default());
    tally
}

#[test]
fn a_tally_counts_what_was_said_and_where_people_stopped() {
    let survey = survey();
    let tally = counted(&survey);
    let text = serde_json::to_string(&tally).unwrap();
    assert_eq!(serde_json::from_str::<Tally>(&text).unwrap(), tally);
    insta::assert_snapshot!(text);
    let Some(Score::Csat(share, mean)) = tally.score(&survey) else { panic!("stars were given") };
    assert_eq!(Share::of(2, 3), Some(share));
    assert!(share.low < share.value && share.value < share.high && mean.value > 3.6);
    assert_eq!(Tally::default().score(&survey), None);
}

#[test]
fn two_tallies_added_are_that_of_all_their_responses() {
    let survey = survey();
    let mut sum = counted(&survey);
    sum.add(&counted(&survey));
    sum.add(&Tally::default());
    let once = counted(&survey);
    assert_eq!((sum.answered, sum.unopened), (2 * once.answered, 2 * once.unopened));
    assert_eq!(sum.left["why"], 2);
    assert_eq!(sum.by["carrier"]["ghn"]["5"], 2);
    let mut other = Tally::default();
    other.add(&sum);
    assert_eq!(other, sum);
}

#[test]
fn the_values_of_a_hidden_field_do_not_grow_for_ever() {
    let survey = survey();
    let mut tally = Tally::default();
    for n in 0..200 {
        let mut answers = answered(&survey, &[("stars", "5")]);
        answers.hidden.insert("carrier".to_owned(), format!("c{n}"));
        tally.answer(&survey, &answers);
    }
    assert_eq!(tally.by["carrier"].len(), VALUES_MAX + 1);
    assert_eq!(tally.by["carrier"][OTHER]["5"], 150);
}
