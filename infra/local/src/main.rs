//! `cargo run`: the recorded day, then the stack stays up. See `--help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    local::cli::run()
}
