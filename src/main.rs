//! The thin binary that Trunk builds.

/// Of the same speed as the standard library's, in half the code.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

fn main() {
    orrery::start();
}
