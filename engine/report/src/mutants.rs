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
    let text: String = lines(run).map(|line| line + "\n").collect();
    if summary { text + &score(run) + "\n" } else { text }
}

/// Returns a line for each that no test notices.
pub(crate) fn lines(run: &MutationRun) -> impl Iterator<Item = String> {
    run.survivors.iter().map(|mutant| {
        let place = &mutant.place;
        let (path, change) = (escape(&place.path), escape(&mutant.change));
        format!("{path}:{}:{}: no test notices: {change}", place.line, place.column)
    })
}

/// Returns how many are noticed, in a line.
pub(crate) fn score(run: &MutationRun) -> String {
    let Some(score) = run.score() else { return "there is nothing to change".to_owned() };
    let all = count(run.mutants(), "mutant is", "mutants are");
    format!("{} of {all} noticed: {:.1} %", run.noticed, floor(score * 100.0))
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
