//! Runs a target over files: `cargo run -p mapwright-fuzz-targets --example run -- TARGET FILE…`

fn main() {
    let mut args = std::env::args().skip(1);
    let target = args.next().unwrap_or_default();
    let Some((_, function)) = mapwright_fuzz_targets::TARGETS.iter().find(|(name, _)| *name == target) else {
        panic!("no target is called `{target}`");
    };
    for file in args {
        let input = std::fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        let start = std::time::Instant::now();
        function(&input);
        println!("{:>8.1} ms  {file}", start.elapsed().as_secs_f64() * 1e3);
    }
}
