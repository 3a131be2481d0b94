//! Mutants that no test notices, one per line, and how many are noticed.

use mapwright::MutationRun;
use serde_json::json;

use crate::escape::escape;
use crate::words::count;

/// Renders what became of the mutants, for people and editors; the score only with a `summary`.
///
/// ```
/// let text = mapwright_report::mutants_text(&mapwright::MutationRun::default(), true);
/// assert_eq!(text, "there is nothing to change\n");
/// ```
pub fn mutants_text(run: &MutationRun, summary: bool) -> String {
    let mut text = String::new();
    for mutant in &run.survivors {
        let place = &mutant.place;
        let (path, change) = (escape(&place.path), escape(&mutant.change));
        text += &format!("{path}:{}:{}: no test notices: {change}\n", place.line, place.column);
    }
    if !summary {
        return text;
    }
    let Some(score) = run.score() else { return text + "there is nothing to change\n" };
    let all = count(run.mutants(), "mutant is", "mutants are");
    text += &format!("{} of {all} noticed: {:.1} %\n", run.noticed, floor(score * 100.0));
    text
}

/// Renders what became of the mutants as one JSON object: `noticed`, `survived`, `invalid`, `score` from 0 to 1 or `null`, and the `survivors` with `path`, `line`, `column` and `change`.
pub fn mutants_json(run: &MutationRun) -> String {
    let survivors = run.survivors.iter().map(|mutant| {
        let place = &mutant.place;
        json!({ "path": place.path, "line": place.line, "column": place.column, "change": mutant.change })
    });
    let report = json!({
        "noticed": run.noticed,
        "survived": run.survivors.len(),
        "invalid": run.invalid,
        "score": run.score(),
        "survivors": survivors.collect::<Vec<_>>(),
    });
    format!("{report:#}\n")
}

/// A percentage with one digit after the point: 99.96 % are not all.
fn floor(percent: f64) -> f64 {
    (percent * 10.0).floor() / 10.0
}
