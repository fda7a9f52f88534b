//! The command line: play the demo day and stay up, replay a file, or serve.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;

use crate::{
    demo::{Business, DAY, DAY_EXPECTED, TEMPLATE},
    deployed::Deployment,
    replay::{Day, Expected, Played, midnight, play, print, summary},
    serve,
    stack::{Stack, StackSettings},
    template::Template,
};

/// The front's port when nobody says otherwise; the stand-in's is the next one, the database's the one after it.
const FRONT_PORT: u16 = 9400;

/// Everything of Cham in one process, with a stand-in for Zalo.
///
/// Without a command: plays the recorded day of the demo tenant in simulated time, prints what happened, and stays up.
#[derive(Debug, Parser)]
#[command(name = "cham-local")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plays a recorded day and ends: exit code 1 when something differs from what is expected.
    Replay(Replay),
    /// Serves the functions, without playing anything unless it is asked for.
    Serve(Serve),
    /// Sends the recorded day, rebuilt for the present, to functions that run elsewhere, and is their Zalo meanwhile: exit code 1 when
    /// something differs from what is expected.
    Deployed(Deployed),
    /// Compares what the functions did in a test run with what the template allows them: exit code 1 when something allowed was never
    /// done.
    Permissions {
        /// What the run had as `CHAM_CALLS`.
        notes: PathBuf,
    },
}

#[derive(Debug, Args)]
struct Replay {
    /// The recorded day, one JSON object a line.
    file: PathBuf,
    /// What must come of it: any message missing, extra, late, early or lacking its text is a failure.
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Keeps the state in this folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Lets the stream lanes lag behind each other, drawn from this number.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Prints what happened as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Serve {
    /// Keeps the state in this folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The port of the front, 0 for any; the stand-in listens on the next one, the database on the one after it.
    #[arg(long, value_name = "N", default_value_t = FRONT_PORT)]
    port: u16,
    /// Plays the recorded day of the demo tenant first, in simulated time.
    #[arg(long, conflicts_with = "data")]
    day: bool,
}

#[derive(Debug, Args)]
struct Deployed {
    /// The API's address.
    #[arg(long, value_name = "URL")]
    api: String,
    /// The API's name, when its address is another.
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// The database's address.
    #[arg(long, value_name = "URL")]
    database: String,
    /// The stage.
    #[arg(long, value_name = "NAME")]
    stage: String,
    /// The port that the functions know as Zalo.
    #[arg(long, value_name = "N")]
    zalo_port: u16,
}

/// A sentence for a person, and exit code 2.
struct Misuse(String);

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return misuse(&Misuse(format!("the runtime does not start: {error}"))),
    };
    let ended = runtime.block_on(async {
        match cli.command {
            None => demo().await,
            Some(Command::Replay(replay)) => replay.run().await,
            Some(Command::Serve(serve)) => serve.run().await,
            Some(Command::Deployed(deployed)) => deployed.run().await,
            Some(Command::Permissions { notes }) => permissions(&notes),
        }
    });
    match ended {
        Ok(code) => code,
        Err(error) => misuse(&error),
    }
}

fn misuse(error: &Misuse) -> ExitCode {
    eprintln!("cham-local: {}", error.0);
    ExitCode::from(2)
}

/// Plays the demo day, prints it, and stays up.
async fn demo() -> Result<ExitCode, Misuse> {
    let day = Day::read(DAY).map_err(|error| Misuse(error.to_string()))?;
    let expected = Expected::read(DAY_EXPECTED).map_err(|error| Misuse(error.to_string()))?;
    let (front, database) = (listen(FRONT_PORT).await?, listen(FRONT_PORT + 2).await?);
    let mut settings = StackSettings::new(business()?, start_of(&day)?);
    settings.front_port = Some(FRONT_PORT);
    settings.stand_in_port = FRONT_PORT + 1;
    let mut stack = start(settings).await?;
    let played = play(&mut stack, &day, Some(&expected)).await.map_err(stopped)?;
    println!("{}", print(&played));
    stay_up(stack, front, database).await
}

impl Replay {
    async fn run(&self) -> Result<ExitCode, Misuse> {
        let day = read(&self.file)?;
        let day = Day::read(&day).map_err(|e| Misuse(format!("{}: {e}", self.file.display())))?;
        let expected = match &self.expect {
            None => None,
            Some(file) => {
                let text = read(file)?;
                let expected = Expected::read(&text);
                Some(expected.map_err(|error| Misuse(format!("{}: {error}", file.display())))?)
            }
        };
        let mut settings = StackSettings::new(business()?, start_of(&day)?);
        settings.data.clone_from(&self.data);
        settings.seed = self.seed;
        let mut stack = start(settings).await?;
        let played = play(&mut stack, &day, expected.as_ref()).await.map_err(stopped)?;
        self.tell(&played)?;
        let mut problems = played.wrong_statuses();
        problems.extend(expected.iter().flat_map(|expected| expected.problems(&played)));
        Ok(verdict(&problems))
    }

    fn tell(&self, played: &Played) -> Result<(), Misuse> {
        if self.json {
            let text = serde_json::to_string_pretty(played).map_err(|e| Misuse(e.to_string()))?;
            println!("{text}");
            eprint!("{}", summary(played));
        } else {
            println!("{}", print(played));
        }
        Ok(())
    }
}

impl Serve {
    async fn run(&self) -> Result<ExitCode, Misuse> {
        // Any port for the front is any port for the others too.
        let none = || Misuse(format!("port {} leaves none for the others", self.port));
        let (stand_in_port, database_port) = match self.port {
            0 => (0, 0),
            port => (port.saturating_add(1), port.checked_add(2).ok_or_else(none)?),
        };
        let (front, database) = (listen(self.port).await?, listen(database_port).await?);
        let day = self.day.then(|| Day::read(DAY)).transpose();
        let day = day.map_err(|error| Misuse(error.to_string()))?;
        let begin = day.as_ref().map_or_else(|| Ok(Timestamp::now()), start_of)?;
        let mut settings = StackSettings::new(business()?, begin);
        settings.data.clone_from(&self.data);
        settings.front_port = Some(front.port());
        settings.stand_in_port = stand_in_port;
        let mut stack = start(settings).await?;
        if let Some(day) = &day {
            let expected = Expected::read(DAY_EXPECTED);
            let expected = expected.map_err(|error| Misuse(error.to_string()))?;
            play(&mut stack, day, Some(&expected)).await.map_err(stopped)?;
        }
        stay_up(stack, front, database).await
    }
}

impl Deployed {
    async fn run(self) -> Result<ExitCode, Misuse> {
        let day = Day::read(DAY).map_err(|error| Misuse(error.to_string()))?;
        let expected = Expected::read(DAY_EXPECTED);
        let expected = expected.map_err(|error| Misuse(error.to_string()))?;
        let deployment = Deployment {
            api: self.api,
            host: self.host,
            database: self.database,
            stage: self.stage,
            zalo_port: self.zalo_port,
        };
        let came = deployment.play(&business()?, &day, &expected).await;
        let came = came.map_err(|error| Misuse(error.to_string()))?;
        for message in &came.messages {
            println!("{} {} {}", message.channel, message.to, message.text);
        }
        println!("{} messages, {} wait for the morning", came.messages.len(), came.held);
        Ok(verdict(&came.problems))
    }
}

fn permissions(notes: &Path) -> Result<ExitCode, Misuse> {
    let unreadable = |error: std::io::Error| Misuse(format!("{}: {error}", notes.display()));
    let template = Template::read(TEMPLATE).map_err(|error| Misuse(error.to_string()))?;
    let mut noted = String::new();
    for file in std::fs::read_dir(notes).map_err(unreadable)? {
        noted += &read(&file.map_err(unreadable)?.path())?;
    }
    for function in template.functions() {
        for permission in template.role(&function.name).allowed() {
            println!("{:14} {permission}", function.name);
        }
    }
    let unused = template.unused(noted.lines());
    let problems: Vec<String> =
        unused.iter().map(|line| format!("allowed and never done: {line}")).collect();
    Ok(verdict(&problems))
}

fn verdict(problems: &[String]) -> ExitCode {
    for problem in problems {
        eprintln!("✗ {problem}");
    }
    if problems.is_empty() {
        eprintln!("✓ everything as expected");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn listen(port: u16) -> Result<serve::Front, Misuse> {
    serve::listen(port).await.map_err(|error| Misuse(error.to_string()))
}

async fn stay_up(
    stack: Stack,
    front: serve::Front,
    database: serve::Front,
) -> Result<ExitCode, Misuse> {
    serve::stay_up(stack, front, database).await.map_err(|error| Misuse(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

fn business() -> Result<Business, Misuse> {
    Business::demo().map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Misuse(format!("the demo tenant's files are wrong: {}", lines.join("; ")))
    })
}

fn start_of(day: &Day) -> Result<Timestamp, Misuse> {
    midnight(day).ok_or_else(|| Misuse("the day has no beginning".to_owned()))
}

async fn start(settings: StackSettings) -> Result<Stack, Misuse> {
    Stack::start(settings).await.map_err(stopped)
}

fn stopped(error: crate::stack::StackError) -> Misuse {
    Misuse(cloud::stream::chain(&error))
}

fn read(file: &Path) -> Result<String, Misuse> {
    std::fs::read_to_string(file).map_err(|error| Misuse(format!("{}: {error}", file.display())))
}
