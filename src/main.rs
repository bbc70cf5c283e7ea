//! The thin binary that Trunk builds.

fn main() {
    orrery::start();
}
