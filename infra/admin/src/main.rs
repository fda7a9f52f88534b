//! `cham`: see `--help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    admin::cli::run()
}
