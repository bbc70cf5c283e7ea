//! Orrery's blocked Bloom filter beside fastbloom, at 1 % false positives: memory, measured rate,
//! and the time to add a key, to find one and to turn a stranger away.
//!
//! Keys are sixteen bytes, the same for all, and each is hashed anew for every operation. fastbloom is
//! measured as it comes, with its SipHash under a random seed, and with the XXH3 that ours uses, in
//! one shot: so that what is left is the filter. Ours takes one cache line per key where fastbloom
//! takes up to seven; so filters are measured in three sizes, which fit into the first cache, into
//! the second, and into neither.

use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::hint::black_box;

use fastbloom::BloomFilter as Fast;
use orrery_bench::{Aim, Contender, Sample, Table, compete, verdict};
use orrery_core::patterns::sketches::bloom_filter::algorithm::{
    BlockedFilter, BloomFilter, HashFunction, Shape,
};
use xxhash_rust::xxh3::xxh3_64;

const RATE: f64 = 0.01;
const ROUNDS: usize = 11;
/// Strangers for the measured rate: three sigmas are 0.03 %.
const STRANGERS: u64 = 1_000_000;
/// Keys that are measured with, at most: more than any cache holds the lines of.
const SAMPLE: u64 = 1 << 20;

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

/// A key, hashed as its bytes and nothing else.
#[derive(Clone, Copy)]
struct Key([u8; 16]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

/// The key with this number; strangers come after all members.
fn key(number: u64) -> Key {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Key((u128::from(number) << 64 | u128::from(scattered)).to_le_bytes())
}

/// Filters with the same keys.
struct Filters {
    keys: u64,
    ours: BlockedFilter,
    plain: BloomFilter,
    as_it_comes: Fast,
    same_hash: Fast<BuildHasherDefault<OneShot>>,
}

impl Filters {
    fn filled(keys: u64) -> Self {
        let items = keys as usize;
        let shape = Shape::for_keys(keys, RATE).expect("such filters exist");
        let mut filters = Self {
            keys,
            ours: BlockedFilter::for_keys(keys, RATE, HashFunction::Xxh3).expect("so do these"),
            plain: BloomFilter::new(shape.hashed_by(HashFunction::Xxh3)),
            as_it_comes: Fast::with_false_pos(RATE).expected_items(items),
            same_hash: Fast::with_false_pos(RATE)
                .hasher(BuildHasherDefault::default())
                .expected_items(items),
        };
        for key in (0..keys).map(key) {
            filters.ours.insert(&key.0);
            filters.plain.insert(&key.0);
            filters.as_it_comes.insert(&key);
            filters.same_hash.insert(&key);
        }
        filters
    }

    /// Prints what each takes and how often it errs.
    fn print_sizes(&self) {
        let mut table = Table::new(
            &format!("Bloom: {} keys at 1 %", self.keys),
            [
                "filter",
                "bits per key",
                "hashes",
                "measured rate",
                "memory",
                "aim",
                "",
            ],
        );
        let theirs = self.as_it_comes.num_bits() as f64;
        let mut row = |name: &str, bits: f64, hashes: u32, passes: &dyn Fn(&Key) -> bool| {
            let strangers = self.keys..self.keys + STRANGERS;
            let passed = strangers.filter(|number| passes(&key(*number))).count();
            let ours = name == "orrery, blocked";
            table.row([
                name.to_owned(),
                format!("{:.2}", bits / self.keys as f64),
                hashes.to_string(),
                format!("{:.3} %", 100.0 * passed as f64 / STRANGERS as f64),
                format!("{:.3} x", bits / theirs),
                if ours { "<= 1.15 x" } else { "" }.to_owned(),
                if ours {
                    verdict(bits / theirs <= 1.15)
                } else {
                    String::new()
                },
            ]);
        };
        let shape = self.ours.shape();
        row(
            "orrery, blocked",
            shape.bits() as f64,
            shape.hashes(),
            &|key| self.ours.contains(&key.0),
        );
        let shape = self.plain.shape();
        row(
            "orrery, plain",
            shape.bits() as f64,
            shape.hashes(),
            &|key| self.plain.contains(&key.0),
        );
        row(
            "fastbloom 0.17.0",
            theirs,
            self.as_it_comes.num_hashes(),
            &|key| self.as_it_comes.contains(key),
        );
        row(
            "fastbloom, XXH3",
            self.same_hash.num_bits() as f64,
            self.same_hash.num_hashes(),
            &|key| self.same_hash.contains(key),
        );
        table.print();
    }

    /// Asks all for the same keys.
    fn race_to_answer(&self, what: &str, keys: &[Key]) {
        let passes = (4 * SAMPLE / keys.len() as u64).max(1);
        let contenders = vec![
            Contender::new("orrery, blocked", Aim::Shown, || {
                run(keys, passes, |key| {
                    black_box(self.ours.contains(&black_box(key).0));
                })
            }),
            Contender::new("fastbloom 0.17.0", Aim::TimesFaster(1.5), || {
                ask(keys, passes, &self.as_it_comes)
            }),
            Contender::new("fastbloom, XXH3", Aim::Shown, || {
                ask(keys, passes, &self.same_hash)
            }),
            Contender::new("orrery, plain", Aim::Shown, || {
                run(keys, passes, |key| {
                    black_box(self.plain.contains(&black_box(key).0));
                })
            }),
        ];
        compete(
            &format!("Bloom: ns to {what}, {} keys in the filter", self.keys),
            ROUNDS,
            contenders,
        );
    }

    /// Adds the same keys to all: they are there already, which takes as long.
    fn race_to_add(&mut self, keys: &[Key]) {
        let passes = (4 * SAMPLE / keys.len() as u64).max(1);
        let Self {
            ours,
            plain,
            as_it_comes,
            same_hash,
            ..
        } = self;
        let contenders = vec![
            Contender::new("orrery, blocked", Aim::Shown, || {
                run(keys, passes, |key| ours.insert(&black_box(key).0))
            }),
            Contender::new("fastbloom 0.17.0", Aim::TimesFaster(1.5), || {
                run(keys, passes, |key| {
                    black_box(as_it_comes.insert(black_box(key)));
                })
            }),
            Contender::new("fastbloom, XXH3", Aim::Shown, || {
                run(keys, passes, |key| {
                    black_box(same_hash.insert(black_box(key)));
                })
            }),
            Contender::new("orrery, plain", Aim::Shown, || {
                run(keys, passes, |key| {
                    black_box(plain.insert(&black_box(key).0));
                })
            }),
        ];
        compete(
            &format!("Bloom: ns to add, {} keys in the filter", self.keys),
            ROUNDS,
            contenders,
        );
    }
}

fn ask<S: BuildHasher>(keys: &[Key], passes: u64, filter: &Fast<S>) -> Sample {
    run(keys, passes, |key| {
        black_box(filter.contains(black_box(key)));
    })
}

fn run(keys: &[Key], passes: u64, mut each: impl FnMut(&Key)) -> Sample {
    Sample::of_many(passes * keys.len() as u64, || {
        for _ in 0..passes {
            for key in keys {
                each(key);
            }
        }
    })
}

fn main() {
    for keys in [20_000, 1_000_000, 30_000_000] {
        let mut filters = Filters::filled(keys);
        filters.print_sizes();
        let sample = SAMPLE.min(keys);
        let members: Vec<Key> = (0..sample).map(|at| key(at * (keys / sample))).collect();
        let strangers: Vec<Key> = (0..sample).map(|at| key(keys + at)).collect();
        filters.race_to_add(&members);
        filters.race_to_answer("find a member", &members);
        filters.race_to_answer("turn a stranger away", &strangers);
    }
}
