//! Pages in a real browser, where there is one: they fit phones and desks, their controls do what they say, and all text is readable in light and
//! dark.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What is asked of a page in a frame: see `probe.js`.
const PROBE: &str = include_str!("probe.js");

/// The browser, if this machine has one.
fn browser() -> Option<PathBuf> {
    let paths = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&paths)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

#[test]
fn pages_work_in_a_browser() {
    let Some(browser) = browser() else {
        println!("there is no browser here");
        return;
    };
    let folder = std::env::temp_dir().join(format!("mapwright-pages-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["intercom", "intercom-1.4-2.10"] {
        let html =
            std::fs::read(mapwright_tests::workspace().join(format!("docs/generated/{name}.html"))).unwrap();
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        for width in [360, 1280] {
            let found = asked(&browser, &folder, name, width);
            assert_eq!(found["errors"], Value::Array(Vec::new()), "{name} at {width}");
            assert_eq!(found["fits"], true, "{name} at {width}: {found:#}");
            assert_eq!(found["unreadable"], Value::Array(Vec::new()), "{name} at {width}");
            assert!(found["texts"].as_u64() > Some(200), "{found:#}");
            assert_eq!(found["found"], true, "{name} at {width}: {found:#}");
            if name == "intercom" {
                assert_eq!(found["hides"], true, "{found:#}");
                assert_eq!(found["shows"], true, "{found:#}");
            }
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Opens a page in a frame of this width, and returns what it is found to do.
fn asked(browser: &Path, folder: &Path, name: &str, width: u32) -> Value {
    let frame = format!(
        "<!doctype html><meta charset=\"utf-8\"><iframe id=\"page\" src=\"{name}.html\" width=\"{width}\" height=\"900\"></iframe><pre id=\"result\"></pre><script>{PROBE}</script>"
    );
    let file = folder.join(format!("frame-{name}-{width}.html"));
    std::fs::write(&file, frame).unwrap();
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--allow-file-access-from-files",
            "--virtual-time-budget=20000",
        ])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8_lossy(&output.stdout);
    let result =
        dom.split("<pre id=\"result\">").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap_or("");
    let text = result.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text} {}", String::from_utf8_lossy(&output.stderr)))
}
