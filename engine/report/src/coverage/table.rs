//! A table: a row for each version and file, a column for each kind.

use std::collections::BTreeMap;

use mapwright::{Coverage, PointKind};

use crate::coverage::part::Part;
use crate::escape::escape;
use crate::words::count;

/// A version, one of its files, and how much of each kind is reached there.
pub(crate) struct FileGroup<'c> {
    pub version: &'c str,
    pub file: &'c str,
    pub kinds: BTreeMap<PointKind, Part>,
}

/// Returns the groups: versions in their order, files by name.
pub(crate) fn groups(coverage: &Coverage) -> Vec<FileGroup<'_>> {
    let mut groups: Vec<FileGroup<'_>> = Vec::new();
    for of_version in coverage.points.chunk_by(|a, b| a.version == b.version) {
        let mut files: BTreeMap<&str, BTreeMap<PointKind, Part>> = BTreeMap::new();
        for point in of_version {
            files.entry(point.file()).or_default().entry(point.kind).or_default().add(point.times);
        }
        let version = of_version.first().map_or("", |point| point.version.as_str());
        groups.extend(files.into_iter().map(|(file, kinds)| FileGroup { version, file, kinds }));
    }
    groups
}

pub(crate) fn render(coverage: &Coverage) -> String {
    if coverage.points.is_empty() {
        return "there is nothing to reach\n".to_owned();
    }
    let groups = groups(coverage);
    let has = |kind: &PointKind| groups.iter().any(|group| group.kinds.contains_key(kind));
    let kinds: Vec<PointKind> = PointKind::ALL.into_iter().filter(has).collect();
    let total = |kind: Option<PointKind>| {
        let points = coverage.points.iter().filter(|point| kind.is_none_or(|kind| point.kind == kind));
        Part::of(points.map(|point| point.times))
    };
    let header = std::iter::once(String::new()).chain(kinds.iter().map(|kind| kind.name().to_owned()));
    let mut rows: Vec<Vec<String>> = vec![header.collect()];
    for FileGroup { version, file, kinds: of_group } in &groups {
        let cell = |kind| of_group.get(kind).map_or_else(String::new, |part| part.fraction());
        let name = format!("{} {}", escape(version), escape(file));
        rows.push(std::iter::once(name).chain(kinds.iter().map(cell)).collect());
    }
    let percent = kinds.iter().map(|kind| total(Some(*kind)).shown());
    rows.push(std::iter::once("all".to_owned()).chain(percent).collect());
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(row.len(), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            // a path may be longer than the widths that a format takes
            *width = (*width).max(cell.chars().count().min(500));
        }
    }
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, &width))| match at {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    let all = total(None);
    let points = count(all.all, "point is", "points are");
    text + &format!("{} of {points} reached: {}\n", all.reached, all.shown())
}
