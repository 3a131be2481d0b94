//! Reports in the XML of Checkstyle, which many tools of code review read.

use mapwright::Severity;
use mapwright_validate::Report;

use crate::words::{TOOL, message};
use crate::xml::Xml;

pub(crate) fn render(report: &Report) -> String {
    let mut xml = Xml::new();
    xml.open("checkstyle", &[("version", "4.3")]);
    for file in report.findings.chunk_by(|a, b| a.place.path == b.place.path) {
        let Some(first) = file.first() else { continue };
        xml.open("file", &[("name", &first.place.path)]);
        for finding in file {
            let severity = match finding.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Hint => "info",
            };
            xml.empty(
                "error",
                &[
                    ("line", &finding.place.line.to_string()),
                    ("column", &finding.place.column.to_string()),
                    ("severity", severity),
                    ("message", &message(finding)),
                    ("source", &format!("{TOOL}.{}", finding.rule.id)),
                ],
            );
        }
        xml.close();
    }
    xml.finish()
}
