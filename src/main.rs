//! The command line of cloudsched.
fn main() {}
