//! The examples at the end of each help text. The test `examples` runs all of them.

/// Returns an address for `show` that exists: the `identify` of the newest built-in version that has its own.
fn address() -> String {
    let sources = mapwright_builtin::sources();
    let addresses = sources.iter().filter_map(|(path, _)| {
        let address = path.strip_prefix("mappings/")?.strip_suffix(".yaml")?;
        let version = address.strip_suffix("/identify")?.rsplit_once('/')?.1;
        version.starts_with(|first: char| first.is_ascii_digit()).then(|| address.to_owned())
    });
    // paths are sorted by name, so the last one is of a late version
    addresses.last().unwrap_or_else(|| "DESTINATION/VERSION/MESSAGE".to_owned())
}

/// Replaces `ADDRESS`, `VERSION` and `DESTINATION` by the parts of that address.
fn filled(examples: &str) -> String {
    let address = address();
    let version = address.rsplit_once('/').map_or("", |(version, _)| version);
    let destination = version.split('/').next().unwrap_or_default();
    examples.replace("ADDRESS", &address).replace("VERSION", version).replace("DESTINATION", destination)
}

pub(crate) fn overview() -> String {
    filled(
        r#"Examples:
  echo '{"type": "identify", "userId": "u1"}' | mapwright map --set apiKey=key --pretty
  mapwright explain '{"type": "identify", "userId": "u1"}' --set apiKey=key
  mapwright show ADDRESS
  mapwright list

With files of your own (a clone has some in tests/data/samples):
  mapwright map events.ndjson --settings settings.yaml
  mapwright explain events.ndjson --line 3 --settings settings.yaml
  mapwright send events.ndjson --settings settings.yaml --dead-letter failed.ndjson

`mapwright COMMAND --help` has more examples."#,
    )
}

pub(crate) const MAP: &str = r#"Examples:
  echo '{"type": "identify", "userId": "u1"}' | mapwright map --set apiKey=key --pretty

With files of your own (a clone has some in tests/data/samples):
  mapwright map events.ndjson --settings settings.yaml
  mapwright map --settings '{"apiKey": "key"}' --set apiServer=eu < events.json.gz
  mapwright map events.ndjson --settings settings.yaml --api-version 1.4 --verify -o requests.ndjson
  mapwright map events.ndjson --settings settings.yaml | jq -r 'select(.status == "rejected") | .error.message'

Exit codes: 0 all events mapped or skipped, 1 some rejected, 2 could not run, or a file cannot be read,
130 stopped by Ctrl-C."#;

pub(crate) const EXPLAIN: &str = r#"Examples:
  mapwright explain '{"type": "identify", "userId": "u1"}' --set apiKey=key

With files of your own (a clone has some in tests/data/samples):
  mapwright explain events.ndjson --line 3 --settings settings.yaml
  mapwright explain event.json --settings settings.yaml --html --redact > event.html
  mapwright explain event.json --settings settings.yaml --json | jq '.fields[] | select(.value == null)'

Exit codes: 0 mapped or skipped, 1 rejected, 2 could not run."#;

pub(crate) const TEST: &str = "\
Examples:
  mapwright test
  mapwright test mappings --filter email
  mapwright test mappings --list
  mapwright test --diff
  mapwright test --quiet --output junit=tests.xml

With files of your own (a clone has some in tests/data/samples):
  mapwright test mappings --record events.ndjson --line 3 --settings settings.yaml --diff

Exit codes: 0 all tests pass, 1 some fail, or cannot run; with `--diff`, something would change; 2 could not run.";

pub(crate) fn show() -> String {
    filled(
        "\
Examples:
  mapwright show ADDRESS
  mapwright show VERSION
  mapwright show DESTINATION
  mapwright show ADDRESS --mappings ./mappings",
    )
}

pub(crate) fn docs() -> String {
    filled(
        "\
Examples:
  mapwright docs DESTINATION
  mapwright docs DESTINATION --format html > page.html
  mapwright docs DESTINATION -o pages
  mapwright docs DESTINATION --migrate OLD NEW --format html > guide.html",
    )
    .replace("OLD", &oldest())
    .replace("NEW", address().split('/').nth(1).unwrap_or_default())
}

/// Returns another version of the destination of that address.
fn oldest() -> String {
    let sources = mapwright_builtin::sources();
    let address = address();
    let destination = address.split('/').next().unwrap_or_default();
    let folder = format!("mappings/{destination}/");
    let mut versions: Vec<&str> = sources
        .iter()
        .filter_map(|(path, _)| path.strip_prefix(folder.as_str())?.strip_suffix("/version.yaml"))
        .collect();
    versions.sort_unstable();
    versions.first().copied().unwrap_or_default().to_owned()
}

pub(crate) fn diff() -> String {
    filled("\
Examples:
  mapwright diff DESTINATION/OLD VERSION
  mapwright diff DESTINATION/OLD VERSION --breaking --format markdown

With files of your own, in a repository of git:
  mapwright diff --against main
  mapwright diff --against main --only VERSION --format html -o changes.html
  mapwright diff old/mappings new/mappings --format json | jq -r '.diffs[].changes[].kind'
  mapwright diff DESTINATION/OLD VERSION --events events.ndjson --settings settings.yaml

Exit codes: 0 nothing changes, 1 something does (with `--breaking`, something that is breaking), 2 could not run.")
        .replace("OLD", &oldest())
}

pub(crate) const LIST: &str = "\
Examples:
  mapwright list
  mapwright list --mappings ./mappings --no-builtin
  mapwright list --sources
  mapwright list --json | jq -r '.[].versions[].version'";

pub(crate) const SCHEMA: &str = "\
Examples:
  mapwright schema
  mapwright schema mapping-message > mapping-message.schema.json
  mapwright schema events/track";

pub(crate) const COMPLETIONS: &str = "\
Examples, each of which completes `mapwright` and `validate-mappings` in new shells:
  echo 'source <(mapwright completions bash)' >> ~/.bashrc
  echo 'source <(mapwright completions zsh)' >> ~/.zshrc
  echo 'mapwright completions fish | source' >> ~/.config/fish/config.fish

The shell asks the program for destinations, versions, addresses, settings and schemas, also those of `--mappings`.";

pub(crate) const SEND: &str = "\
Examples, with files of your own (a clone has some in tests/data/samples):
  mapwright send events.ndjson --settings settings.yaml --dry-run > calls.ndjson
  MAPWRIGHT_API_KEY=… mapwright send events.ndjson --dead-letter failed.ndjson --summary summary.json
  mapwright send events.json.gz --settings settings.yaml --secret apiKey=@token.txt --checkpoint progress --resume
  mapwright send failed.ndjson --settings settings.yaml > failed-again.ndjson
  mapwright send events.ndjson --settings settings.yaml --base-url http://127.0.0.1:8085 --rate 100/10s --timeout 20s
  mapwright send live.ndjson --settings settings.yaml --tail --metrics 9464 --log json

Exit codes: 0 all events delivered or skipped, 1 some rejected or failed, 2 could not run or continue,
130 stopped by Ctrl-C, 143 by SIGTERM, 129 by a closed terminal. A second signal, after a second or more, abandons
the requests in flight.";

pub(crate) fn sandbox() -> String {
    filled(
        "\
Examples:
  mapwright sandbox VERSION
  mapwright sandbox DESTINATION --port 8085 --no-rate-limit
  mapwright sandbox VERSION --seed 7 --fault error-503=0.05 --fault drop-after=0.02 --latency 5..50

With your own files:
  mapwright sandbox VERSION --settings settings.yaml --answers answers.yaml --log-bodies

It prints the line `listening on http://127.0.0.1:PORT`, and how to deliver to it.
Exit codes: 0 stopped by Ctrl-C or SIGTERM, 2 could not run.",
    )
}

pub(crate) const CHECKPOINT: &str = "\
Examples, with your own files:
  mapwright checkpoint progress
  mapwright checkpoint progress --json | jq .failed

Exit codes: 0 the file is whole, 1 progress is lost, 2 not a checkpoint.";

pub(crate) const DELETE: &str = "\
Examples, with your own files:
  mapwright delete --user-id 1hKOmRA4GRlm --settings settings.yaml
  mapwright delete --file users.csv --settings settings.yaml --report deleted.csv --yes
  mapwright delete --file report.ndjson --settings settings.yaml --report rest.ndjson --yes --allow-missing

Exit codes: 0 all deleted, 1 some not found (without `--allow-missing`) or not deleted, 2 could not run or continue,
129, 130 or 143 stopped.";

pub(crate) const CHECK: &str = "\
Examples, with files of your own (a clone has some in tests/data/samples):
  mapwright check-connection --settings settings.yaml
  mapwright check-connection events.ndjson --settings settings.yaml --api-version 2.10
  mapwright check-connection events.ndjson --settings settings.yaml --create
  mapwright check-connection events.ndjson --settings settings.yaml --json | jq -r '.missing[].name'

Exit codes: 0 no problems, 1 attributes are missing, 2 requests are not accepted, or a file cannot be read,
129, 130 or 143 stopped.";

pub(crate) const FMT: &str = "\
Examples:
  mapwright fmt --check
  mapwright fmt my/mappings --check

Without `--check`, it changes the files. Exit codes: 0 done, 1 something would be changed (with `--check`) or cannot be formatted, 2 could not run.";

pub(crate) const LSP: &str = "\
Examples:
  mapwright lsp < /dev/null

An editor starts it: docs/editors.md has the settings of some.
Exit codes: 0 ended by the editor, 2 could not continue.";

pub(crate) fn validate() -> String {
    filled(
        "\
Examples:
  validate-mappings
  validate-mappings mappings --deny-warnings
  validate-mappings my/mappings --builtin
  validate-mappings --format json | jq -r '.findings[].message'
  validate-mappings --format concise --output sarif=mappings.sarif --output junit=tests.xml
  validate-mappings --diff --unsafe-fixes
  validate-mappings --explain unknown-key
  validate-mappings --coverage --coverage-output lcov=coverage.info --min-coverage 90
  validate-mappings mappings/acme --mutate --since main --min-score 95
  validate-mappings --against main

Exit codes: 0 no errors, 1 errors (with `--deny-warnings`, also warnings), too little covered or too few mutants noticed, 2 the files cannot be read.",
    )
}

pub(crate) const NEW: &str = "\
Examples:
  mapwright new destination acme --folder fresh
  mapwright new version acme/2 --extends 1 --folder fresh
  mapwright new mapping acme/2/track --folder fresh
  validate-mappings fresh/mappings

With a table of your own, whose first row names its columns:
  mapwright new mapping acme/2/group --from-table table.csv --folder fresh

Exit codes: 0 written, 1 written, but something of the table could not be said, 2 could not run.";

pub(crate) const IMPORT: &str = "\
Examples, with files of your own:
  mapwright import rudderstack rows.json
  mapwright import segment presets.json --part user
  mapwright import openapi api.yaml --operation createUser --into acme/1 --folder fresh

Exit codes: 0 done, 1 done, but something could not be said, 2 could not run.";
