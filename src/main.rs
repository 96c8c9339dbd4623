//! The command line of cloudsched.

use std::process::ExitCode;

fn main() -> ExitCode {
    cloudsched::cli::main()
}
