//! `mapwright delete`: deletes users and reports the outcomes.

mod report;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use futures_util::stream;
use indicatif::HumanCount;
use mapwright_driver::{Config, Finished, Incoming};

use crate::args::DeleteArgs;
use crate::delivery::{Reading, Setup};
use crate::error::CommandError;
use crate::exit::FAILED;
use crate::files::Files;
use crate::target::{Secrets, Target};
use crate::users::{self, User};
use crate::{settings, terminal};
use report::DeletionReport;

/// The message type of a deletion event.
const DELETE: &str = "delete";

pub(crate) fn run(args: &DeleteArgs) -> Result<u8, CommandError> {
    let mut files = Files::default().target(&args.target)?;
    if let Some(file) = &args.file {
        files = files.input("users", Path::new(file));
    }
    files.output("--report", args.report.as_deref()).stdout(args.report.is_none()).check()?;
    let target = Target::new(&args.target)?;
    settings::warn_of_exposed(&args.target, &target.plan);
    let mapper = target.mapper(Secrets::Open)?;
    if !target.plan.messages().any(|message| message == DELETE) {
        return Err(CommandError::NoCommand { destination: target.title(), name: DELETE });
    }
    let mut users: Vec<User> = args.user_ids.iter().map(|id| User::new(id)).collect();
    if let Some(file) = &args.file {
        users.extend(users::read(Path::new(file))?);
    }
    if !args.yes && !confirmed(users.len(), &target.title())? {
        terminal::complain("nothing was deleted");
        return Ok(FAILED);
    }
    let mut report = DeletionReport::create(args.report.as_deref(), args.format, &target.plan)?;
    let users: Arc<[User]> = users.into();
    let known = users.clone();
    let events = (0..users.len()).filter_map(move |at| {
        let json = known.get(at)?.event(DELETE);
        Some(Incoming::new(json, at))
    });
    let config = Config::default();
    // if the report goes to the terminal, it shows the progress itself
    let progress = (args.report.is_some() || !io::stdout().is_terminal()).then(Reading::default);
    let setup = Setup { mapper, wire: &args.wire, config, checkpoint: None, progress };
    let ended =
        setup.deliver(stream::iter(events), |finished: &Finished<usize>| match users.get(finished.tag) {
            Some(user) => report.line(&user.id, finished),
            None => Ok(()),
        })?;
    if ended.failed.is_none() {
        // users that were not read are in the report too
        for user in users.iter().skip(usize::try_from(ended.read).unwrap_or(usize::MAX)) {
            report.unfinished(&user.id)?;
        }
    }
    let numbers = ended.numbers;
    terminal::complain(&format!(
        "deleted or not found {}, skipped {}, rejected {}, failed {}, unfinished {}; {} requests",
        HumanCount(numbers.delivered),
        HumanCount(numbers.skipped),
        HumanCount(numbers.rejected),
        HumanCount(numbers.failed),
        HumanCount((users.len() as u64).saturating_sub(numbers.read - numbers.unfinished)),
        HumanCount(numbers.requests)
    ));
    ended.complain(match ended.failed {
        None => "the report lists the remaining users; pass it to `--file` to continue",
        Some(_) => "the report ends before this user; those that are not in it may have been deleted or not",
    });
    Ok(ended.code())
}

/// Asks for confirmation on the terminal.
fn confirmed(users: usize, title: &str) -> Result<bool, CommandError> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Err(CommandError::NotConfirmed { users });
    }
    let users = if users == 1 { "1 user".to_owned() } else { format!("{} users", HumanCount(users as u64)) };
    let asked = format!("permanently delete {users} in {title}? type yes: ");
    let _ = io::stderr().lock().write_all(terminal::escaped(&asked).as_bytes());
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(CommandError::Start)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
