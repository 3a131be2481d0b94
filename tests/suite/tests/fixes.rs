//! Fixes of the findings of all rules, over the files that each rule finds fault with.

use std::fmt::Write as _;

use mapwright::{Finding, Fix, Sources};
use mapwright_tests::{files, workspace};
use mapwright_validate::{Mended, Options, Report, mend, validate};

fn check(sources: &Sources) -> Report {
    validate(sources, &Options::default())
}

fn mended(sources: &Sources, guesses: bool) -> Mended {
    mend(sources, &check, &|_: &Finding, fix: &Fix| fix.safe || guesses)
}

fn without_fixes(mut report: Report) -> Report {
    report.findings.iter_mut().for_each(|finding| finding.fix = None);
    report
}

#[test]
fn fixes_mend_what_they_say_and_nothing_the_second_time() {
    let mut table = String::new();
    for rule in mapwright::rules() {
        let sources = files(&workspace().join("tests/data/rules").join(rule.id).join("fail"));
        let before = check(&sources);
        let of = |safe: bool| {
            before
                .findings
                .iter()
                .filter(|found| found.fix.as_ref().is_some_and(|fix| fix.safe == safe))
                .count()
        };
        let (safe, guesses) = (of(true), of(false));
        for all in [false, true] {
            let first = mended(&sources, all);
            let second = mended(&first.sources, all);
            assert!(second.changed.is_empty() && second.fixes == 0, "{}: {:?}", rule.id, second.changed);
            assert_eq!(first.changed.is_empty(), first.fixes == 0, "{}", rule.id);
            // what was taken back is no longer offered
            let found = without_fixes(check(&first.sources));
            assert_eq!(without_fixes(first.report.clone()), found, "{}", rule.id);
            let left = first.report.findings.len();
            assert!(left <= before.findings.len(), "{}: {left} of {}", rule.id, before.findings.len());
            if all && safe + guesses > 0 {
                let number = before.findings.len();
                writeln!(
                    table,
                    "{}: {number} found, {safe} with a safe fix, {guesses} with a guess, {left} left",
                    rule.id
                )
                .unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn an_edit_changes_only_what_it_names() {
    for rule in mapwright::rules() {
        let sources = files(&workspace().join("tests/data/rules").join(rule.id).join("fail"));
        for fix in check(&sources).findings.iter().filter_map(|finding| finding.fix.as_ref()) {
            for edit in &fix.edits {
                let text = sources.get(&edit.place.path).unwrap();
                let (start, end) = edit.place.bytes;
                let was = &text[start..end];
                assert_ne!(was, edit.text, "{}: an edit changes something", rule.id);
                assert!(edit.text.is_empty() || !was.contains('\n'), "{}: {was:?}", rule.id);
            }
        }
    }
}
