//! Orrery's hash ring beside hashring: who owns a key, among 16 nodes with 160 points each.
//!
//! Both place keys by 64-bit XXH3. `hashring` hashes through `std::hash`; it is measured with the
//! one-shot function wrapped as a hasher, which is the best it can do, and with the streaming
//! hasher that the `xxhash-rust` crate offers for that purpose.

use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::hint::black_box;

use orrery_bench::{Aim, Contender, Sample, compete};
use orrery_core::kernel::random::Random;
use orrery_core::patterns::partitioning::consistent_hashing::algorithm::{HashRing, Placement};
use xxhash_rust::xxh3::{Xxh3DefaultBuilder, xxh3_64};

const NODES: u16 = 16;
const POINTS: u32 = 160;
const KEYS: usize = 1 << 14;
const PASSES: u64 = 40;
const ROUNDS: usize = 15;

/// Hashes what is written last, in one shot.
#[derive(Default)]
struct OneShot(u64);

impl Hasher for OneShot {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }
}

/// A key or a point, hashed as its bytes and nothing else.
struct Bytes(Vec<u8>);

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

/// A point of a node, hashed as [`Placement::Modern`] does.
struct Point {
    node: u16,
    bytes: Bytes,
}

impl Hash for Point {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

fn name(node: u16) -> String {
    format!("node-{node:02}")
}

fn theirs<S: BuildHasher>(hasher: S) -> hashring::HashRing<Point, S> {
    let mut ring = hashring::HashRing::with_hasher(hasher);
    let points = (0..NODES).flat_map(|node| {
        (0..POINTS).map(move |index| Point {
            node,
            bytes: Bytes([name(node).as_bytes(), &index.to_le_bytes()].concat()),
        })
    });
    ring.batch_add(points.collect());
    ring
}

fn main() {
    let placement = Placement::Modern {
        points_per_weight: POINTS,
    };
    let ours = HashRing::from_nodes(placement, (0..NODES).map(|node| (name(node), 1)))
        .expect("the names differ");
    let one_shot = theirs(BuildHasherDefault::<OneShot>::default());
    let streaming = theirs(Xxh3DefaultBuilder::new());
    let mut random = Random::new(7);
    let keys: Vec<Bytes> = (0..KEYS)
        .map(|_| Bytes(format!("user:{:08}", random.below(100_000_000)).into_bytes()))
        .collect();
    for key in &keys {
        let owner = ours.owner(&key.0).expect("the ring has nodes");
        for other in [one_shot.get(key), streaming.get(key)] {
            let other = other.expect("the ring has nodes");
            assert_eq!(*owner, name(other.node), "all agree on the owner");
        }
    }

    let lookups = KEYS as u64 * PASSES;
    let pass = |look_up: &dyn Fn(&[Bytes])| {
        Sample::of_many(lookups, || (0..PASSES).for_each(|_| look_up(&keys)))
    };
    let contenders = vec![
        Contender::new("orrery", Aim::Shown, || {
            pass(&|keys| {
                for key in keys {
                    black_box(ours.owner(black_box(&key.0)));
                }
            })
        }),
        Contender::new(
            "hashring 0.3.6, one-shot XXH3",
            Aim::TimesFaster(2.0),
            || {
                pass(&|keys| {
                    for key in keys {
                        black_box(one_shot.get(black_box(key)));
                    }
                })
            },
        ),
        Contender::new("hashring 0.3.6, streaming XXH3", Aim::Shown, || {
            pass(&|keys| {
                for key in keys {
                    black_box(streaming.get(black_box(key)));
                }
            })
        }),
    ];
    compete(
        "Ring: ns per lookup, 16 nodes x 160 points",
        ROUNDS,
        contenders,
    );
}
