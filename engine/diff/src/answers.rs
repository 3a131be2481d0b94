//! What changes in what responses mean.

use mapwright_describe::Response;

use crate::change::Changes;
use crate::kinds::ChangeKind as Kind;

/// The responses that a rule is about.
fn about(rule: &Response) -> String {
    let statuses = match rule.statuses.as_slice() {
        [] => "any response".to_owned(),
        statuses => statuses.join(", "),
    };
    match &rule.when {
        Some(when) => format!("{statuses} if {when}"),
        None => statuses,
    }
}

/// Returns the meaning that a rule gives them, without code and advice.
fn meaning(rule: &Response) -> String {
    let mut texts: Vec<String> = rule.class.iter().cloned().collect();
    let more =
        [("after", &rule.after), ("then", &rule.then), ("with a new", &rule.renew), ("fault", &rule.fault)];
    texts.extend(more.into_iter().filter_map(|(word, text)| Some(format!("{word} {}", text.as_ref()?))));
    texts.extend(rule.times.map(|times| format!("{times} times")));
    for row in &rule.captures {
        texts.push(format!("{} from {}", row.target, crate::rows::whole(row)));
    }
    if texts.is_empty() { "nothing".to_owned() } else { texts.join(", ") }
}

fn whole(rule: &Response) -> String {
    match &rule.code {
        Some(code) => format!("{}: {} ({code})", about(rule), meaning(rule)),
        None => format!("{}: {}", about(rule), meaning(rule)),
    }
}

/// Notes what changes in the rules of an operation, of a step or of all. Rules about the same responses belong together, or else those of one code.
pub(crate) fn answers(of: &str, old: &[Response], new: &[Response], changes: &mut Changes) {
    let of = of.to_owned();
    let mut left: Vec<&Response> = new.iter().collect();
    let (mut gone, mut both) = (Vec::new(), Vec::new());
    for was in old {
        match left.iter().position(|is| about(is) == about(was)) {
            Some(at) => both.push((was, left.remove(at))),
            None => gone.push(was),
        }
    }
    for was in gone {
        match left.iter().position(|is| is.code.is_some() && is.code == was.code) {
            Some(at) => {
                let is = left.remove(at);
                let what = Kind::AnswerChanged {
                    of: of.clone(),
                    answers: about(is),
                    old: whole(was),
                    new: whole(is),
                };
                changes.add(what, Some(&was.place), Some(&is.place));
            }
            None => {
                changes.add(
                    Kind::AnswerRemoved { of: of.clone(), answer: whole(was) },
                    Some(&was.place),
                    None,
                );
            }
        }
    }
    for is in left {
        changes.add(Kind::AnswerAdded { of: of.clone(), answer: whole(is) }, None, Some(&is.place));
    }
    for (was, is) in both {
        let places = (Some(&was.place), Some(&is.place));
        let (of, answers) = (of.clone(), about(is));
        if meaning(was) != meaning(is) {
            let (old, new) = (meaning(was), meaning(is));
            let what = Kind::AnswerChanged { of: of.clone(), answers: answers.clone(), old, new };
            changes.add(what, places.0, places.1);
        }
        let none = || "none".to_owned();
        if was.code != is.code {
            let (old, new) = (was.code.clone().unwrap_or_else(none), is.code.clone().unwrap_or_else(none));
            let what = Kind::CodeChanged { of: of.clone(), answers: answers.clone(), old, new };
            changes.add(what, places.0, places.1);
        }
        if was.advice != is.advice {
            let (old, new) =
                (was.advice.clone().unwrap_or_else(none), is.advice.clone().unwrap_or_else(none));
            changes.add(Kind::AdviceChanged { of, answers, old, new }, places.0, places.1);
        }
    }
}
