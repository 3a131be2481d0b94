//! What is wrong with a mapping, and where.

use std::fmt;

use std::collections::HashSet;

use crate::source::{FileId, Place, Span, Texts};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The mapping cannot be used.
    Error,
    /// The mapping can be used, but probably not as meant.
    Warning,
}

/// A check that can report findings: a stable id, how bad its findings are, and its page of documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Stable name, as in `unknown-key`.
    pub id: &'static str,
    /// Severity of its findings.
    pub severity: Severity,
    /// One line: what it finds.
    pub summary: &'static str,
    /// Markdown: why that is bad, an example, and what to write instead.
    pub doc: &'static str,
}

/// One thing that is wrong, with its place and what to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// Where it stands.
    pub place: Place,
    /// What is wrong and what was expected; lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Other places that belong to it, each with a label.
    pub related: Vec<(Place, String)>,
    /// What was expected and what came, line by line: `-` is only in the first, `+` only in the second.
    pub diff: Option<String>,
}

/// One line: place, rule, message and help.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.place, self.rule.id, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl Finding {
    /// The severity of the rule.
    pub fn severity(&self) -> Severity {
        self.rule.severity
    }
}

/// A finding whose places are still spans.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) rule: &'static Rule,
    pub(crate) span: Span,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    pub(crate) related: Vec<(Span, String)>,
    pub(crate) diff: Option<String>,
}

impl Report {
    pub(crate) fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        Self { rule, span, message: message.into(), help: None, related: Vec::new(), diff: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Self {
        self.related.push((span, label.into()));
        self
    }

    pub(crate) fn diff(mut self, diff: impl Into<String>) -> Self {
        self.diff = Some(diff.into());
        self
    }
}

/// Collects reports; the same report from two versions that share a file counts once.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    list: Vec<Report>,
    /// Names of entries that could not be read.
    unread: HashSet<String>,
}

impl Reports {
    pub(crate) fn add(&mut self, report: Report) {
        if !self.list.contains(&report) {
            self.list.push(report);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Notes that the entry of this name could not be read, for which there is a report.
    pub(crate) fn unread(&mut self, name: &str) {
        self.unread.insert(name.to_owned());
    }

    /// Unless the same is said of the same place already, whatever else belongs to it.
    pub(crate) fn add_once(&mut self, report: Report) {
        let same = |known: &Report| {
            known.rule == report.rule && known.span == report.span && known.message == report.message
        };
        if !self.list.iter().any(same) {
            self.list.push(report);
        }
    }

    /// A report of a name that is not known: where an entry of that name could not be read, the name is not what is wrong.
    pub(crate) fn add_unknown(&mut self, name: &str, report: Report) {
        if !self.unread.contains(name) {
            self.add(report);
        }
    }

    /// The files in which an error was found.
    pub(crate) fn files_with_errors(&self) -> Vec<FileId> {
        let errors = self.list.iter().filter(|report| report.rule.severity == Severity::Error);
        errors.map(|report| report.span.file).collect()
    }

    /// All findings, by file, place and rule.
    pub(crate) fn into_findings(self, texts: &Texts) -> Vec<Finding> {
        let mut findings: Vec<Finding> = self
            .list
            .into_iter()
            .map(|report| Finding {
                rule: report.rule,
                place: texts.place(report.span),
                message: report.message,
                help: report.help,
                related: report.related.into_iter().map(|(span, label)| (texts.place(span), label)).collect(),
                diff: report.diff,
            })
            .collect();
        findings.sort_by(|a, b| (&a.place, a.rule.id, &a.message).cmp(&(&b.place, b.rule.id, &b.message)));
        findings
    }
}

/// `did you mean` for a name that is not known: the nearest of those that are, if one is near.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let wanted = fold(name);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&wanted, &fold(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(wanted.len().max(candidate.len()) / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Names as a reader lists them: `` `a`, `b` or `c` ``.
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// Help for a name that is not known: the nearest one, or all of them.
///
/// ```
/// assert_eq!(mapwright::suggest("indentify", ["identify", "track"]), "did you mean `identify`?");
/// assert_eq!(mapwright::suggest("x", ["identify", "track"]), "expected `identify` or `track`");
/// ```
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.clone().into_iter().next().is_none() => "there is none yet".to_owned(),
        None => format!("expected {}", one_of(known)),
    }
}
