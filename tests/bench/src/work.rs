//! The work that is measured: an event up to its first request, whole runs with responses given in process, previews.

use std::hint::black_box;

use mapwright::{Event, Mapper, Outcome, OwnedOutcome, Plans, Request, Run, Scratch, Sources, Spec};
use serde_json::{Value, json};

use crate::answers::{Answers, Story};
use crate::events::Events;
use crate::measure::Measure;
use crate::sources;

/// The time at which all events are mapped, in epoch milliseconds.
const NOW: i64 = 1_714_564_800_000;

/// Measures all work.
///
/// # Errors
/// When an event is not mapped as it should be.
pub fn measure(measure: &Measure) -> Result<(), String> {
    let plans = compiled(&sources())?;
    for events in crate::events::all() {
        for version in ["1.4", "2.10"] {
            Work::new(&plans, version, &events)?.measure(measure)?;
        }
        if events.name == "identify" {
            for (version, what) in [("9.9", "its contact"), ("9.10", "nine fields")] {
                Work::new(&plans, version, &events)?.first_of_values(measure, what)?;
            }
        }
    }
    loading(measure);
    Ok(())
}

fn compiled(sources: &Sources) -> Result<Plans, String> {
    Ok(Spec::load(sources).check().map_err(|found| found.to_string())?.compile())
}

fn loading(measure: &Measure) {
    for (what, sources) in [
        ("with tests", mapwright_builtin::sources()),
        ("without tests", mapwright_builtin::sources().without_tests()),
    ] {
        measure.case("loading", what, 1, &mut |_| {
            let plans = compiled(black_box(&sources));
            black_box(plans.is_ok());
        });
    }
}

/// One version and events of one kind.
struct Work<'w> {
    mapper: Mapper,
    version: &'w str,
    events: &'w Events,
}

impl<'w> Work<'w> {
    fn new(plans: &Plans, version: &'w str, events: &'w Events) -> Result<Self, String> {
        let settings = json!({ "apiKey": "dG9rOmJlNTlkYjMxXzRlMmFfNDYwNl9hOTVlXzA4MmI4YTM4YTk2ZDoxOjA=" });
        let plan = plans.plan("intercom", Some(version), &settings).map_err(|error| error.to_string())?;
        let mapper = plan.bind(&settings).map_err(|error| error.to_string())?;
        Ok(Work { mapper, version, events })
    }

    fn measure(&self, measure: &Measure) -> Result<(), String> {
        self.case(measure, "first", &self.bytes(), &mut first)?;
        self.first_of_values(measure, &format!("{} parsed", self.version))?;
        self.case(measure, "preview", &self.bytes(), &mut preview)?;
        self.owned(measure)?;
        let searches = self.version != "1.4" && self.events.message != "track";
        for (story, what) in
            [(Story::Hit, "run"), (Story::Miss, "run, none found"), (Story::Conflict, "run, 409")]
        {
            if story == Story::Hit || (searches && self.events.message == "identify") {
                let answers = Answers::new(story);
                self.case(measure, what, &self.bytes(), &mut |run| whole(run, &answers))?;
            }
        }
        Ok(())
    }

    /// Whole runs that own the event, of which each gets a copy, and the buffers.
    fn owned(&self, measure: &Measure) -> Result<(), String> {
        let answers = Answers::new(Story::Hit);
        let (mut buffers, mut result) = (Some(Scratch::new()), Ok(()));
        let what = format!("{} run, owned", self.version);
        measure.case(self.events.name, &what, self.events.texts.len(), &mut |i| {
            let (Some(event), Some(scratch)) = (self.events.texts.get(i), buffers.take()) else { return };
            match self.mapper.start(black_box(event.as_bytes()), NOW, scratch) {
                OwnedOutcome::Mapped(mut run) => {
                    let done = run.with(|run| whole(run, &answers));
                    buffers = Some(run.into_scratch());
                    if done.is_err() && result.is_ok() {
                        result = done;
                    }
                }
                other => result = Err(format!("{other:?}")),
            }
        });
        result.map_err(|error| format!("{} {what}: {error}", self.events.name))
    }

    /// The first request of events that have been parsed.
    fn first_of_values(&self, measure: &Measure, what: &str) -> Result<(), String> {
        let parsed: Result<Vec<Value>, _> =
            self.events.texts.iter().map(|t| serde_json::from_str(t)).collect();
        let parsed = parsed.map_err(|error| error.to_string())?;
        self.named_case(measure, what, &parsed.iter().map(Event::from).collect::<Vec<_>>(), &mut first)
    }

    fn bytes(&self) -> Vec<Event<'w>> {
        self.events.texts.iter().map(|text| Event::from(text.as_str())).collect()
    }

    fn case(
        &self,
        measure: &Measure,
        what: &str,
        events: &[Event<'_>],
        work: &mut dyn FnMut(&mut Run<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        self.named_case(measure, &format!("{} {what}", self.version), events, work)
    }

    fn named_case(
        &self,
        measure: &Measure,
        what: &str,
        events: &[Event<'_>],
        work: &mut dyn FnMut(&mut Run<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        let (mut scratch, mut result) = (Scratch::new(), Ok(()));
        measure.case(self.events.name, what, events.len(), &mut |i| {
            let Some(event) = events.get(i) else { return };
            let done = match self.mapper.map(black_box(*event), NOW, &mut scratch) {
                Outcome::Mapped(mut run) => work(&mut run),
                other => Err(format!("{other:?}")),
            };
            if done.is_err() && result.is_ok() {
                result = done;
            }
        });
        result.map_err(|error| format!("{} {what}: {error}", self.events.name))
    }
}

fn first(run: &mut Run<'_>) -> Result<(), String> {
    let request = run.request().map_err(|error| error.to_string())?.ok_or("no request")?;
    send(&request);
    Ok(())
}

fn whole(run: &mut Run<'_>, answers: &Answers) -> Result<(), String> {
    while let Some(request) = run.request().map_err(|error| error.to_string())? {
        send(&request);
        let answer = answers.of(&request.operation);
        run.respond(answer, NOW).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn preview(run: &mut Run<'_>) -> Result<(), String> {
    for request in run.preview().map_err(|error| error.to_string())? {
        send(&request);
    }
    Ok(())
}

/// Looks at everything that goes over the wire.
fn send(request: &Request<'_>) {
    black_box((request.method, request.url.as_ref()));
    request.headers().for_each(|header| {
        black_box(header);
    });
    black_box(request.body.as_ref().map(|body| body.bytes()));
}
