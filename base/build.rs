//! Makes cargo embed the migrations anew when a file is added to their folders.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
