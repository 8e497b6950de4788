//! The binary `mantlet`.

fn main() {}
