//! `validate-mappings --mutate`: whether the tests notice what is changed in the mappings.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mapwright::{Finding, MutationRun, Place, Selection, Severity};
use mapwright_report::{
    Format, Look, mutants_github, mutants_json, mutants_step_summary, mutants_text, render,
};
use mapwright_validate::{Options, Report, Validator};

use super::args::Args;
use super::outputs::{append, print, step_summary_file};
use super::roots::{Root, roots};
use crate::error::CommandError;
use crate::exit::{DONE, REJECTED};
use crate::repository::Repository;
use crate::{git, mappings, terminal};

/// How often progress is reported.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs the mutants of the files that the paths select.
pub(super) fn mutate(args: &Args) -> Result<u8, CommandError> {
    let format = args.report.format.name;
    let rendered: fn(&MutationRun, bool) -> String = match format {
        "text" => mutants_text,
        "json" => |run, _| mutants_json(run),
        "github" => |run, _| mutants_github(run),
        _ => return Err(CommandError::MutantsFormat),
    };
    let mut all = MutationRun::default();
    for root in roots(&args.paths, args.stdin_filename.as_deref())? {
        let sources = root.sources()?;
        let files = root.selected(&sources, &args.paths);
        let lines = args.since.as_deref().map(|since| changed(&root, since)).transpose()?;
        let validator = Validator::new(Options::default().with_tests(false));
        let mut selection = Selection::default();
        selection.sample = args.sample;
        selection.progress =
            (!args.report.quiet).then(|| Box::new(progress()) as Box<dyn Fn(usize, usize) + Sync>);
        selection.place = Some(Box::new(|place: &Place| {
            let is_changed = |lines: &HashMap<String, Vec<RangeInclusive<usize>>>| {
                lines
                    .get(&place.path)
                    .is_some_and(|lines| lines.iter().any(|lines| lines.contains(&place.line)))
            };
            files.contains(&place.path) && lines.as_ref().is_none_or(is_changed)
        }));
        let denied = args.deny_warnings == Some(true);
        selection.findings = denied.then(|| {
            Box::new(|path: &str, text: &str| {
                let mut changed = sources.clone();
                changed.insert_as(path.to_owned(), sources.shown(path).to_owned(), text.to_owned());
                let report = validator.validate(&mappings::beside(&changed, args.builtin));
                let denied = |finding: &&Finding| finding.severity() != Severity::Hint;
                report.findings.iter().filter(denied).count()
            }) as Box<dyn Fn(&str, &str) -> usize + Sync>
        });
        match MutationRun::new(&sources, &selection) {
            Ok(run) => all += run,
            Err(findings) => {
                let report = Report { findings, ..Report::default() };
                let report = render(
                    &report,
                    &sources.by_shown_path(),
                    Format::Text(Look { summary: false, ..Look::PLAIN }),
                );
                let message = "the mappings have errors, so that changes would say nothing about the tests";
                return Err(CommandError::Findings { report: format!("{report}\nerror: {message}") });
            }
        }
    }
    if format == "github" {
        let repository = Repository::here();
        for mutant in &mut all.survivors {
            mutant.place.path = repository.path(&mutant.place.path);
        }
        if let Some(file) = step_summary_file() {
            append(&file, &mutants_step_summary(&all))?;
        }
    }
    print(&rendered(&all, !args.report.quiet))?;
    let wanted = args.min_score.unwrap_or(0.0) / 100.0;
    let is_enough = args.exit_zero || all.score().is_none_or(|score| score >= wanted);
    Ok(if is_enough { DONE } else { REJECTED })
}

/// Reports the progress of a run on standard error, if it takes long.
fn progress() -> impl Fn(usize, usize) + Sync {
    let told = Mutex::new(Instant::now());
    move |done, all| {
        let Ok(mut told) = told.lock() else { return };
        if told.elapsed() >= PAUSE {
            *told = Instant::now();
            terminal::complain(&format!("{done} of {all} changes are tried"));
        }
    }
}

/// The lines that differ from a revision, by the paths that findings show. Files that git does not know are new.
fn changed(root: &Root, since: &str) -> Result<HashMap<String, Vec<RangeInclusive<usize>>>, CommandError> {
    // whatever the user has set for git
    let plain = ["-c", "core.quotepath=false"];
    let diff =
        ["diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-textconv", "--text", "--relative"];
    let prefixes = ["--src-prefix=a/", "--dst-prefix=b/", since, "--", "."];
    let diff = git::text(&root.path, &[&plain[..], &diff[..], &prefixes[..]].concat())?;
    let new = git::text(&root.path, &[&plain[..], &["ls-files", "--others", "--exclude-standard"]].concat())?;
    let mut lines: HashMap<String, Vec<RangeInclusive<usize>>> = HashMap::new();
    let show = |path: &str| root.show(&root.path.join(path));
    lines.extend(new.lines().map(|path| (show(path), vec![1..=usize::MAX])));
    let mut file = None;
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("+++ ") {
            file = path.strip_prefix("b/").map(show);
        } else if let (Some(file), Some(range)) = (&file, line.strip_prefix("@@ ").and_then(added)) {
            lines.entry(file.clone()).or_default().push(range);
        }
    }
    Ok(lines)
}

/// The lines of the new file, of `-1,2 +3,4 @@ …`.
fn added(hunk: &str) -> Option<RangeInclusive<usize>> {
    let range = hunk.split_once(" +")?.1.split(' ').next()?;
    let (first, count) = range.split_once(',').unwrap_or((range, "1"));
    let (first, count): (usize, usize) = (first.parse().ok()?, count.parse().ok()?);
    Some(first..=(first + count).saturating_sub(1))
}
