//! The program in `docs/embedding.md` equals the example, which compiles and delivers events.

#![allow(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

mod support;

#[path = "../examples/embed.rs"]
#[allow(dead_code, reason = "its main is for programs")]
mod embed;

use std::path::Path;

use mapwright::{Outcome, Request, Scratch};
use serde_json::json;
use support::{Reply, Server, ok};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// Returns the first code block in that language.
fn block(language: &str) -> String {
    let page = read("docs/embedding.md");
    let (_, block) = page.split_once(&format!("```{language}\n")).unwrap();
    block.split_once("```\n").unwrap().0.to_owned()
}

#[test]
fn the_page_shows_the_example() {
    let example = read("engine/driver/examples/embed.rs");
    assert!(block("rust") == example, "copy engine/driver/examples/embed.rs into docs/embedding.md");
}

#[test]
fn the_page_names_the_dependencies_that_the_example_is_built_with() {
    let ours: Vec<String> = read("Cargo.toml").lines().map(str::to_owned).collect();
    let mut count = 0;
    for line in block("toml").lines().filter(|line| line.contains('=')) {
        let name = line.split(' ').next().unwrap();
        let own = name.starts_with("mapwright");
        let version = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let known = ours.iter().find(|line| line.starts_with(&format!("{name} = ")));
        assert!(known.is_some_and(|known| own || version(known) == version(line)), "{line}\n{known:?}");
        count += 1;
    }
    assert_eq!(count, 6);
}

#[tokio::test]
async fn the_example_delivers() {
    let server = Server::start(|n, _| match n {
        0 => Reply::Answer(429, vec![("Retry-After", "0".to_owned())], String::new()),
        1 => ok(json!({ "id": "p1" })),
        _ => ok(json!({})),
    })
    .await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let send = async |request: &Request<'_>| {
        let mut here = request.clone().into_owned();
        here.url = here.url.replace("https://api.acme.example.com", server.url.trim_end_matches('/')).into();
        embed::send(&http, &here).await
    };
    let mapper = support::mapper();
    let mut scratch = Scratch::new();
    for (event, said) in [
        (json!({ "type": "identify", "userId": "u1" }), "delivered, with 2 requests"),
        (json!({ "type": "identify" }), "rejected: userId is required"),
    ] {
        let event = event.to_string();
        let ended = embed::deliver(&mapper, event.as_bytes(), &mut scratch, send).await.unwrap();
        assert_eq!(ended, said);
    }
    assert_eq!(server.lines(), ["GET /people?q=u1", "GET /people?q=u1", "PUT /people/p1"]);
    let built_in = embed::mapper("key").unwrap();
    assert!(matches!(built_in.map("{}", 0, &mut scratch), Outcome::Rejected { .. }));
}
