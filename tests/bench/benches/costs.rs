//! Compares what mapping an event costs with plain parses of the same bytes, in one run, and prints tables.
//!
//! `cargo bench -p mapwright-bench -- count` has callgrind count instructions, which repeat; `-- time` takes the time, the best of
//! several rounds in which the two programs take turns. More words measure only what has one of them in its name.
//! `-- events MEGABYTES` prints so many megabytes of events.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use mapwright_bench::events::{self, Events};
use mapwright_bench::measure::Measure;
use mapwright_bench::work;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What is printed beside each other.
const TABLES: [(&str, &[&str]); 4] = [
    ("Plain parses", &["serde_json", "IgnoredAny", "sonic-rs", "simd-json"]),
    ("Up to the first request", &["serde_json", "1.4 first", "2.10 first", "1.4 parsed", "2.10 parsed"]),
    (
        "All requests",
        &[
            "serde_json",
            "1.4 run",
            "2.10 run",
            "1.4 run, owned",
            "2.10 run, owned",
            "2.10 run, none found",
            "2.10 run, 409",
            "1.4 preview",
            "2.10 preview",
        ],
    ),
    ("Else", &["its contact", "nine fields", "with tests", "without tests"]),
];

/// What everything is compared with.
const YARDSTICK: &str = "serde_json";

/// In how many rounds times are taken.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    // cargo says that it runs benchmarks
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.split_first() {
        Some((mode, only)) if mode == "count" || mode == "time" => compare(mode, only),
        Some((mode, rest)) if mode == "measure" => Ok(work::measure(&Measure::new(rest.iter().cloned()))?),
        Some((mode, rest)) if mode == "events" => print_events(rest.first().map_or(Ok(1), |n| n.parse())?),
        // `cargo test --benches` says nothing, and asks only whether it runs
        _ => {
            println!("say `count`, `time` or `events MEGABYTES`");
            Ok(())
        }
    }
}

/// Prints events like the samples.
fn print_events(megabytes: usize) -> Result<()> {
    let (mut out, mut left) = (io::BufWriter::new(io::stdout().lock()), megabytes * 1_000_000);
    for event in events::like_samples() {
        out.write_all(event.as_bytes())?;
        out.write_all(b"\n")?;
        match left.checked_sub(event.len()) {
            Some(rest) => left = rest,
            None => break,
        }
    }
    Ok(out.flush()?)
}

/// What each case costs, by event and work: instructions or nanoseconds.
type Costs = BTreeMap<(String, String), u64>;

fn compare(mode: &str, only: &[String]) -> Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs");
    let events = events::all();
    let written = write_events(&folder.join("events"), &events)?;
    let plain = build_plain(&folder.join("plain"))?;
    let here = env::current_exe()?;
    let programs: [(&Path, Vec<&OsStr>); 2] =
        [(&plain, vec![written.as_os_str()]), (&here, vec![OsStr::new("measure")])];
    let mut costs = Costs::new();
    for _ in 0..if mode == "time" { ROUNDS } else { 1 } {
        for (program, args) in &programs {
            let mut args = args.clone();
            args.push(mode.as_ref());
            args.extend(only.iter().map(OsStr::new));
            let measured =
                if mode == "time" { timed(program, &args)? } else { counted(program, &args, &folder)? };
            for (case, cost) in measured {
                costs.entry(case).and_modify(|best| *best = cost.min(*best)).or_insert(cost);
            }
        }
    }
    print_tables(&costs, &events, if mode == "time" { "ns" } else { "instructions" });
    Ok(())
}

fn write_events(folder: &Path, events: &[Events]) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for kind in events {
        fs::write(folder.join(format!("{}.ndjson", kind.name)), kind.texts.join("\n"))?;
    }
    Ok(folder.to_owned())
}

/// Builds the program that parses, and says where it is.
fn build_plain(target: &Path) -> Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("plain/Cargo.toml");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--release", "--locked", "--manifest-path"])
        .arg(manifest)
        .arg("--target-dir")
        .arg(target);
    if !build.status()?.success() {
        return Err("the program in `plain/` does not build".into());
    }
    Ok(target.join("release/mapwright-bench-plain"))
}

fn timed(program: &Path, args: &[&OsStr]) -> Result<Vec<((String, String), u64)>> {
    let cases = lines(Command::new(program).args(args))?;
    Ok(cases.into_iter().map(|case| (case.name, case.nanoseconds)).collect())
}

/// Has callgrind write a file for each case, with nothing in it but what happened inside of the function that is measured.
fn counted(program: &Path, args: &[&OsStr], folder: &Path) -> Result<Vec<((String, String), u64)>> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let out = folder.join(format!("{name}.callgrind"));
    let mut valgrind = Command::new("valgrind");
    // of two options with the same pattern only the first counts
    valgrind.args(["--tool=callgrind", "--quiet", "--zero-before=*measured", "--dump-after=*::measured"]);
    valgrind.arg(format!("--callgrind-out-file={}", out.display()));
    let cases = lines(valgrind.arg(program).args(args))?;
    let mut costs = Vec::new();
    for (number, case) in (1..).zip(cases) {
        let dump = fs::read_to_string(format!("{}.{number}", out.display()))?;
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: "));
        let total: u64 = total.ok_or("no totals in a file of callgrind")?.trim().parse()?;
        costs.push((case.name, total / case.events.max(1)));
    }
    Ok(costs)
}

struct Case {
    name: (String, String),
    events: u64,
    nanoseconds: u64,
}

/// Runs a program, and reads what it says of each case.
fn lines(command: &mut Command) -> Result<Vec<Case>> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} has failed").into());
    }
    let read = |line: &str| {
        let mut words = line.split('\t');
        let name = (words.next()?.to_owned(), words.next()?.to_owned());
        Some(Case { name, events: words.next()?.parse().ok()?, nanoseconds: words.next()?.parse().ok()? })
    };
    Ok(String::from_utf8(output.stdout)?.lines().filter_map(read).collect())
}

/// Each cost, and beside it how it compares with the yardstick.
fn print_tables(costs: &Costs, events: &[Events], unit: &str) {
    let kinds: Vec<(&str, String)> = events.iter().map(|kind| (kind.name, size(kind))).collect();
    let rows = kinds.into_iter().chain([("loading", String::new())]);
    let rows: Vec<(&str, String)> = rows.collect();
    let cost = |kind: &str, what: &str| costs.get(&(kind.to_owned(), what.to_owned())).copied();
    for (title, columns) in TABLES {
        println!("\n### {title}: {unit} for one event\n\n| event | bytes | {} |", columns.join(" | "));
        println!("|---|{}", "---:|".repeat(columns.len() + 1));
        for (kind, size) in &rows {
            let yardstick = cost(kind, YARDSTICK);
            let cells: Vec<String> = columns
                .iter()
                .map(|what| match (cost(kind, what), yardstick) {
                    (None, _) => String::new(),
                    (Some(cost), Some(yardstick)) if *what != YARDSTICK => {
                        format!("{} ({:.2})", grouped(cost), cost as f64 / yardstick.max(1) as f64)
                    }
                    (Some(cost), _) => grouped(cost),
                })
                .collect();
            if columns.iter().any(|what| *what != YARDSTICK && cost(kind, what).is_some()) {
                println!("| {kind} | {size} | {} |", cells.join(" | "));
            }
        }
    }
}

/// How many bytes an event of a kind has on average.
fn size(kind: &Events) -> String {
    let bytes: usize = kind.texts.iter().map(String::len).sum();
    grouped((bytes / kind.texts.len().max(1)) as u64)
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
