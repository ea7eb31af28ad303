//! Virtual students and interviewers over real sockets; benchmarks with a floor beside them.
fn main() {}
