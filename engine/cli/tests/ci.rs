//! What is offered for CI runs as it is written: the hooks of pre-commit, the steps of the action, and the job of GitLab.
#![cfg(unix)]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

#[path = "common/acme.rs"]
mod acme;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use acme::{IDENTIFY, folder, run, typo};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_validate-mappings");

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().unwrap()
}

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// Runs a script of bash in a folder, with the programs of this build on the path.
fn bash(folder: &Path, script: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let programs = Path::new(PROGRAM).parent().unwrap().display().to_string();
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap()))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn the_hooks_of_pre_commit_run() {
    for hook in yaml(".pre-commit-hooks.yaml").as_array().unwrap() {
        let entry = hook["entry"].as_str().unwrap();
        if hook["files"] == r"\.md$" {
            let page = "```yaml\nmessage: identify\npaylod: {}\n```\n";
            let folder = folder(&[("page.md", &format!("`mappings/acme/1/identify.yaml`\n{page}"))]);
            let (code, text) = bash(folder.path(), &format!("{entry} page.md"), &[]);
            assert!(code == 1 && text.contains("\n --> page.md:4:1\n"), "{text}");
            continue;
        }
        assert_eq!(hook["pass_filenames"], false);
        assert_eq!(bash(folder(&[]).path(), entry, &[]), (0, acme::CLEAN.to_owned()));
        assert_eq!(bash(typo().path(), entry, &[]), (1, acme::TYPO.to_owned()));
    }
}

#[test]
fn the_steps_of_the_action_run() {
    let action = yaml("action.yml");
    let steps = action["runs"]["steps"].as_array().unwrap();
    let build = steps[0]["run"].as_str().unwrap();
    assert!(build.contains("--bin validate-mappings") && root().join("engine/cli/Cargo.toml").exists());
    let check = steps[1]["run"].as_str().unwrap();
    // inputs are not a part of a script
    assert!(!steps.iter().any(|step| step["run"].as_str().unwrap().contains("${{")));
    for (folder, code) in [(folder(&[]), 0), (typo(), 1)] {
        let folder = folder.path();
        let (output, summary) = (folder.join("output"), folder.join("summary"));
        let (status, text) = bash(
            folder,
            check,
            &[
                ("COMMAND", PROGRAM),
                ("PATHS", "mappings\nmappings/acme\n"),
                ("ARGUMENTS", "--deny-warnings\n--output=json=a report.json"),
                ("SARIF", "report.sarif"),
                ("JUNIT", "tests.xml"),
                ("GITHUB_OUTPUT", output.to_str().unwrap()),
                ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
            ],
        );
        assert_eq!(status, code, "{text}");
        assert_eq!(
            text.starts_with("::error file=mappings/acme/1/identify.yaml,line=5,"),
            code == 1,
            "{text}"
        );
        assert_eq!(fs::read_to_string(output).unwrap(), format!("exit-code={code}\n"));
        assert!(fs::read_to_string(summary).unwrap().starts_with("### validate-mappings\n"));
        for report in ["report.sarif", "tests.xml", "a report.json"] {
            assert!(fs::metadata(folder.join(report)).unwrap().len() > 0, "{report}");
        }
    }
    // mutants are a step of their own
    let mutants = &steps[2];
    assert_eq!(mutants["if"], "inputs.mutate == 'true'");
    let mutants = mutants["run"].as_str().unwrap();
    for (least, code) in [("", 0), ("100", 1), ("10", 0)] {
        let folder = folder(&[(
            "mappings/acme/1/identify.yaml",
            &IDENTIFY.replace("email: traits.email", "email: [traits.email, userId]"),
        )]);
        let summary = folder.path().join("summary");
        let variables = [
            ("COMMAND", PROGRAM),
            ("PATHS", "mappings\n"),
            ("MIN_SCORE", least),
            ("SINCE", ""),
            ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
        ];
        let (status, text) = bash(folder.path(), mutants, &variables);
        assert_eq!(status, code, "{text}");
        insta::assert_snapshot!("mutants_of_the_action", text);
        insta::assert_snapshot!("mutants_summary_of_the_action", fs::read_to_string(summary).unwrap());
    }
    // an input is never a command
    let folder = folder(&[]);
    let hostile = "$(touch touched)\n`touch touched`; touch touched";
    let output = folder.path().join("output");
    let variables = [
        ("COMMAND", PROGRAM),
        ("PATHS", hostile),
        ("ARGUMENTS", ""),
        ("SARIF", ""),
        ("JUNIT", ""),
        ("GITHUB_OUTPUT", output.to_str().unwrap()),
        ("GITHUB_STEP_SUMMARY", ""),
        ("MIN_SCORE", hostile),
        ("SINCE", hostile),
    ];
    for script in [check, mutants] {
        assert_eq!(bash(folder.path(), script, &variables).0, 2);
    }
    assert!(!folder.path().join("touched").exists());
}

#[test]
fn the_job_of_gitlab_runs() {
    let template = yaml("docs/ci/validate-mappings.gitlab-ci.yml");
    let job = &template[".validate-mappings"];
    let script: Vec<&str> =
        job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    for (folder, code) in [(folder(&[]), 0), (typo(), 1)] {
        let arguments = [("VALIDATE_MAPPINGS_ARGUMENTS", "--deny-warnings --color never")];
        let (status, text) = bash(folder.path(), &script.join("\n"), &arguments);
        assert_eq!(status, code, "{text}");
        for report in job["artifacts"]["reports"].as_object().unwrap().values() {
            assert!(folder.path().join(report.as_str().unwrap()).exists(), "{report}");
        }
    }
    assert_eq!(run(folder(&[]).path(), &[]).0, 0);
}

#[test]
fn the_page_names_hooks_inputs_and_files_that_there_are() {
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let blocks: Vec<Value> = page
        .split("```yaml\n")
        .skip(1)
        .map(|rest| serde_saphyr::from_str(rest.split("```").next().unwrap()).unwrap())
        .collect();
    let [pre_commit, github, gitlab] = blocks.as_slice() else { panic!("{} blocks", blocks.len()) };
    let hooks = yaml(".pre-commit-hooks.yaml");
    let hook = &pre_commit["repos"][0]["hooks"][0]["id"];
    assert!(hooks.as_array().unwrap().iter().any(|known| known["id"] == *hook), "{hook}");
    let steps = github["jobs"]["mappings"]["steps"].as_array().unwrap();
    let own = steps.iter().find(|step| step["uses"].as_str().unwrap().starts_with("mapwright/")).unwrap();
    let inputs = yaml("action.yml")["inputs"].clone();
    assert!(own["with"].as_object().unwrap().keys().all(|input| inputs.get(input).is_some()));
    let file = gitlab["include"][0]["file"].as_str().unwrap();
    let job = yaml(file);
    assert!(job.get(gitlab["mappings"]["extends"].as_str().unwrap()).is_some());
}
