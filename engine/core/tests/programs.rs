//! The programs in `docs/embedding.md` equal the examples, which compile, map and deliver events.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../examples/batches.rs"]
#[allow(dead_code, reason = "its main is for programs")]
mod batches;
#[path = "../examples/one_event.rs"]
#[allow(dead_code, reason = "its main is for programs")]
mod one_event;
#[path = "../examples/service.rs"]
#[allow(dead_code, reason = "its main is for programs")]
mod service;
#[path = "../examples/thread_pool.rs"]
#[allow(dead_code, reason = "its main is for programs")]
mod thread_pool;

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use mapwright::{Mapper, Sources, Spec};
use serde_json::json;

const DESTINATION: [(&str, &str); 4] = [
    (
        "mappings/acme/destination.yaml",
        "title: Acme
names: [Acme]
versions: { default: '1' }
settings: { apiKey: { type: string, secret: true, required: true } }
hosts: [api.acme.example.com]
responses: [{ status: 429, class: throttle, after: response.headers.retry-after }]",
    ),
    (
        "mappings/acme/1/version.yaml",
        "version: '1'
server: { value: https://api.acme.example.com/v1 }
headers: { Authorization: { template: 'Bearer {{ settings.apiKey }}' } }
order: { user: userId }
operations:
  find: { method: GET, path: /people }
  save: { method: PUT, path: '/people/{id}' }
  import:
    method: POST
    path: /import
    batch: { most: 3, wait: 1h, body: { events: items } }",
    ),
    (
        "mappings/acme/1/track.yaml",
        "message: track
steps: { import: { operation: import, body: { name: event } } }",
    ),
    (
        "mappings/acme/1/identify.yaml",
        "message: identify
payload: { person: { id: userId } }
require: [{ any: [userId], otherwise: userId is required }]
steps:
  find: { operation: find, query: { q: userId }, capture: { id: response.body.id } }
  save: { operation: save, params: { id: captures.id }, body: person }",
    ),
];

fn mapper() -> Mapper {
    let sources: Sources = DESTINATION.into_iter().collect();
    let plans = Spec::load(&sources).check().unwrap().compile();
    let settings = json!({ "apiKey": "the-key" });
    plans.plan("acme", None, &settings).unwrap().bind(&settings).unwrap()
}

/// An API that throttles its first request. Returns its URL, and the first lines of all requests.
fn api() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let lines = Arc::new(Mutex::new(Vec::new()));
    let heard = lines.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let heard = heard.clone();
            std::thread::spawn(move || answer(client.unwrap(), &heard));
        }
    });
    (url, lines)
}

/// Answers the requests of one connection, until it is closed.
fn answer(mut client: TcpStream, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => head.push(line.to_ascii_lowercase()),
            }
        }
        assert!(head.contains(&"authorization: bearer the-key".to_owned()), "{head:?}");
        let length = head.iter().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        reader.read_exact(&mut body).ok()?;
        let mut heard = heard.lock().unwrap();
        heard.push(head[0].trim_end_matches(" http/1.1").to_owned());
        let (head, body) = match heard.len() {
            1 => ("429 Too Many Requests\r\nRetry-After: 0", ""),
            _ => ("200 OK\r\nX-Any: 1", r#"{"id":"p1"}"#),
        };
        drop(heard);
        write!(client, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    }
}

fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

const REQUESTS: [&str; 3] = ["get /v1/people?q=u1", "get /v1/people?q=u1", "put /v1/people/p1"];
const DELIVERED: &str = "delivered, with 2 requests and 0 warnings";

#[tokio::test]
async fn the_first_program_delivers_one_event() {
    let (url, heard) = api();
    let api = one_event::Api { http: http(), url: Some(url) };
    let event = r#"{"type":"identify","userId":"u1"}"#;
    assert_eq!(one_event::deliver(&mapper(), event, &api).await.unwrap(), DELIVERED);
    assert_eq!(*heard.lock().unwrap(), REQUESTS);
    let said = one_event::deliver(&mapper(), r#"{"type":"identify"}"#, &api).await.unwrap();
    assert_eq!(said, "rejected: userId is required");
    let built_in = one_event::mapper("key").unwrap();
    assert!(one_event::deliver(&built_in, "{}", &api).await.unwrap().starts_with("rejected: "));
}

#[test]
fn the_second_program_maps_on_all_threads() {
    let events = (0..1_000).map(|n| match n % 2 {
        0 => format!(r#"{{"type":"identify","userId":"u{n}"}}"#),
        _ => r#"{"type":"page"}"#.to_owned(),
    });
    let mut texts = vec![String::new(); 1_001];
    let done = |line: usize, text: &str| {
        texts[line].push_str(text);
        Ok(())
    };
    thread_pool::map_all(&mapper(), events, 4, done).unwrap();
    assert_eq!(
        texts[3],
        "  find: GET https://api.acme.example.com/v1/people?q=u2 \n  save: PUT https://api.acme.example.com/v1/people/{id} {\"id\":\"u2\"}\n"
    );
    assert!(texts[2].starts_with("  skipped: message type `page` is not supported"), "{}", texts[2]);
    assert!(texts[1..].iter().all(|text| !text.is_empty()));
    // a closed output ends the program
    let closed = |_: usize, _: &str| Err(io::Error::from(io::ErrorKind::BrokenPipe));
    let events = (0..10_000).map(|_| "{}".to_owned());
    assert!(thread_pool::map_all(&mapper(), events, 4, closed).is_err());
}

#[tokio::test]
async fn the_third_program_serves_many_clients() {
    let (url, heard) = api();
    let service = Arc::new(service::Service::new(mapper(), http(), Some(url)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(service::serve(listener, service));
    let talk = move |events: Vec<String>| {
        let mut client = TcpStream::connect(address).unwrap();
        let mut lines = BufReader::new(client.try_clone().unwrap()).lines();
        let said = events.iter().map(|event| {
            writeln!(client, "{event}").unwrap();
            lines.next().unwrap().unwrap()
        });
        said.collect::<Vec<_>>()
    };
    let identify = |user: &str| json!({ "type": "identify", "userId": user }).to_string();
    let one = [identify("u1"), "{".to_owned(), json!({ "type": "page" }).to_string()].to_vec();
    let said = tokio::task::spawn_blocking(move || talk(one)).await.unwrap();
    assert_eq!(said[0], DELIVERED);
    assert!(said[1].starts_with("rejected: ") && said[2].starts_with("skipped: "), "{said:?}");
    assert_eq!(*heard.lock().unwrap(), REQUESTS);
    // events of one user are delivered one after the other, whichever client sends them
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let events = vec![identify("u2"); 4];
            tokio::task::spawn_blocking(move || talk(events))
        })
        .collect();
    for client in clients {
        assert_eq!(client.await.unwrap(), [DELIVERED; 4]);
    }
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 3 + 2 * 32);
    assert!(
        heard[3..].chunks(2).all(|pair| pair == ["get /v1/people?q=u2", "put /v1/people/p1"]),
        "{heard:?}"
    );
}

#[tokio::test]
async fn the_fourth_program_puts_events_into_one_request() {
    let (url, heard) = api();
    let mapper = mapper();
    let mut said = Vec::new();
    let tell = |line: usize, text: &str| {
        said.push(format!("{line} {text}"));
        Ok(())
    };
    let mut delivery = batches::Delivery::new(&mapper, http(), Some(url), tell);
    for event in ["a", "b", "", "c", "d"] {
        let event = if event.is_empty() { json!({}) } else { json!({ "type": "track", "event": event }) };
        delivery.add(event.to_string()).await.unwrap();
    }
    delivery.add(json!({ "type": "identify", "userId": "u1" }).to_string()).await.unwrap();
    delivery.finish().await.unwrap();
    drop(delivery);
    assert_eq!(said[0], "3 rejected: message Type is not present");
    assert_eq!(said[1..], ["1 delivered", "2 delivered", "4 delivered", "6 delivered", "5 delivered"]);
    // the first request is throttled
    let import = "post /v1/import";
    let requests = [import, import, "get /v1/people?q=u1", "put /v1/people/p1", import];
    assert_eq!(*heard.lock().unwrap(), requests);
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// Returns the code blocks of the page in that language.
fn blocks(language: &str) -> Vec<String> {
    let page = read("docs/embedding.md");
    let start = format!("```{language}\n");
    let blocks = page.split(&start).skip(1);
    blocks.map(|block| block.split_once("```\n").unwrap().0.to_owned()).collect()
}

#[test]
fn the_page_shows_the_examples() {
    let shown = blocks("rust");
    assert_eq!(shown.len(), 4);
    for (name, shown) in ["one_event", "thread_pool", "service", "batches"].into_iter().zip(shown) {
        let path = format!("engine/core/examples/{name}.rs");
        assert!(read(&path) == shown, "copy {path} into docs/embedding.md");
    }
}

#[test]
fn the_page_names_the_dependencies_that_the_examples_are_built_with() {
    let ours: Vec<String> = read("Cargo.toml").lines().map(str::to_owned).collect();
    let mut count = 0;
    for line in blocks("toml")[0].lines().filter(|line| line.contains('=')) {
        let name = line.split(' ').next().unwrap();
        let own = name.starts_with("mapwright");
        let version = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let known = ours.iter().find(|line| line.starts_with(&format!("{name} = ")));
        assert!(known.is_some_and(|known| own || version(known) == version(line)), "{line}\n{known:?}");
        count += 1;
    }
    assert_eq!(count, 7);
}
