//! Cobertura XML: a package for each folder, a class for each file. A line is hit if something of it is reached, and each point is a condition
//! of its line.

use mapwright::Coverage;

use crate::coverage::files::{CoveredLine, File, files};
use crate::coverage::part::Part;
use crate::xml::Xml;

/// What says how the document is made.
const DTD: &str = "http://cobertura.sourceforge.net/xml/coverage-04.dtd";

pub(crate) fn render(coverage: &Coverage) -> String {
    let files = files(coverage);
    let (lines, points) = (total(&files, File::lines), total(&files, File::points));
    let mut xml = Xml::of_type("coverage", DTD);
    xml.open(
        "coverage",
        &[
            ("line-rate", &rate(lines)),
            ("branch-rate", &rate(points)),
            ("lines-covered", &lines.reached.to_string()),
            ("lines-valid", &lines.all.to_string()),
            ("branches-covered", &points.reached.to_string()),
            ("branches-valid", &points.all.to_string()),
            ("complexity", "0"),
            ("version", env!("CARGO_PKG_VERSION")),
            // the same for the same files
            ("timestamp", "0"),
        ],
    );
    xml.open("sources", &[]);
    xml.lines("source", &[], ".");
    xml.close();
    xml.open("packages", &[]);
    for package in files.chunk_by(|a, b| folder(a.path) == folder(b.path)) {
        let name = package.first().map_or("", |file| folder(file.path));
        let (lines, points) = (rate(total(package, File::lines)), rate(total(package, File::points)));
        let about = [("name", name), ("line-rate", &lines), ("branch-rate", &points), ("complexity", "0")];
        xml.open("package", &about);
        xml.open("classes", &[]);
        package.iter().for_each(|file| class(&mut xml, file));
        xml.close();
        xml.close();
    }
    xml.finish()
}

fn class(xml: &mut Xml, file: &File<'_>) {
    let about = [
        ("name", file.path.rsplit('/').next().unwrap_or_default()),
        ("filename", file.path),
        ("line-rate", &rate(file.lines())),
        ("branch-rate", &rate(file.points())),
        ("complexity", "0"),
    ];
    xml.open("class", &about);
    xml.empty("methods", &[]);
    xml.open("lines", &[]);
    file.lines.iter().for_each(|of_file| line(xml, of_file));
    xml.close();
    xml.close();
}

fn line(xml: &mut Xml, line: &CoveredLine<'_>) {
    let points = Part::of(line.points.iter().map(|point| point.times));
    let whole = |part: Part| format!("{:.0}%", part.percent().floor());
    let covered = format!("{} ({})", whole(points), points.fraction());
    let (number, hits) = (line.number.to_string(), line.times().to_string());
    let about =
        [("number", number.as_str()), ("hits", &hits), ("branch", "true"), ("condition-coverage", &covered)];
    xml.open("line", &about);
    xml.open("conditions", &[]);
    for (at, point) in line.points.iter().enumerate() {
        let (number, covered) = (at.to_string(), whole(Part::of([point.times])));
        xml.empty("condition", &[("number", &number), ("type", point.kind.name()), ("coverage", &covered)]);
    }
    xml.close();
    xml.close();
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn total<'c>(files: &[File<'c>], part: impl Fn(&File<'c>) -> Part) -> Part {
    files.iter().map(part).fold(Part::default(), |sum, part| Part {
        reached: sum.reached + part.reached,
        all: sum.all + part.all,
    })
}

fn rate(part: Part) -> String {
    format!("{:.4}", (part.rate() * 10_000.0).floor() / 10_000.0)
}
