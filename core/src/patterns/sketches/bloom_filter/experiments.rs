//! Sweeps: how often filters err, against what theory says of it.

use super::algorithm::{BlockedFilter, best_hashes, theory};
use crate::lab::{Experiment, Theory};
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

/// Keys in every filter that is not swept by them.
const KEYS: u32 = 1_000;
/// Bits of every filter that is not swept by them.
const BITS: u32 = 9_600;
/// Bits of a key in filters that are swept by keys.
const HASHES: u32 = 7;
/// Bits of the blocked filter that is swept by keys: nineteen blocks.
const BLOCKED_BITS: u32 = 9_728;
/// Sizes of filters that are swept by bits: whole blocks, so that plain and blocked ones compare.
const SIZES: [u32; 6] = [2_048, 3_584, 5_120, 7_168, 9_728, 12_800];
/// Strangers asked for in a run.
const STRANGERS: u32 = 10_000;
/// What the double hashing of a filter of some thousand bits may differ from independent hashes by.
const TOLERANCE: f64 = 0.04;

pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        rate_by_keys(),
        rate_by_hashes(),
        rate_by_bits(),
        wanted_rate(),
        blocked_rate_by_bits(),
        blocked_against_plain(),
        estimate_by_keys(),
        reads_saved(),
        saved_by_memory(),
    ]
}

fn wholes(values: &[u32]) -> Vec<Value> {
    values.iter().map(|value| Value::from(*value)).collect()
}

/// How often strangers pass, after all keys are in.
fn rate(slug: &'static str, name: &'static str, question: &'static str) -> Experiment {
    Experiment {
        slug,
        name,
        question,
        x: "load",
        values: Vec::new(),
        lines: None,
        knobs: vec![
            ("size_by", "bits".into()),
            ("n", KEYS.into()),
            ("m", BITS.into()),
            ("load", KEYS.into()),
            ("source", "random".into()),
        ],
        script: vec![(
            SimTime::from_millis(5),
            Call::new("ask_many").with("count", STRANGERS),
        )],
        y: "part of strangers that pass",
        measure: |run| run.ratio("passed", "strangers"),
        lasts: Span::from_millis(10),
        seeds: 10,
        theory: Theory::None("to be replaced by each sweep"),
    }
}

/// The same without the knob that is on x.
fn swept(x: &'static str, values: Vec<Value>, mut experiment: Experiment) -> Experiment {
    experiment.knobs.retain(|(key, _)| *key != x);
    Experiment {
        x,
        values,
        ..experiment
    }
}

fn rate_by_keys() -> Experiment {
    let base = rate(
        "rate-by-keys",
        "False positives against keys",
        "What becomes of a filter for 1,000 keys at 1 % as more and more are added?",
    );
    Experiment {
        theory: Theory::Curve {
            source: "(1 − e^(−kn/m))^k: a bit is set by none of n keys with probability e^(−kn/m) \
                     (Bloom 1970)",
            at: |keys| theory::false_positive_rate(BITS.into(), HASHES, keys as u64),
            tolerance: TOLERANCE,
        },
        ..swept(
            "load",
            wholes(&[500, 750, 1_000, 1_500, 2_000, 4_000]),
            base,
        )
    }
}

fn rate_by_hashes() -> Experiment {
    let base = rate(
        "rate-by-hashes",
        "False positives against hashes",
        "How many hashes are best for 9.6 bits per key?",
    );
    Experiment {
        theory: Theory::Curve {
            source: "(1 − e^(−kn/m))^k, which is least at k = m/n ln 2: 6.65 here",
            at: |hashes| theory::false_positive_rate(BITS.into(), hashes as u32, KEYS.into()),
            tolerance: TOLERANCE,
        },
        ..swept("k", wholes(&[1, 2, 3, 5, 7, 10, 14, 20]), base)
    }
}

fn rate_by_bits() -> Experiment {
    let base = rate(
        "rate-by-bits",
        "False positives against bits",
        "What do more bits buy, each with the best number of hashes?",
    );
    Experiment {
        theory: Theory::Curve {
            source: "0.6185^(m/n) at the best k, here with k a whole number: 9.585 bits per key for \
                     1 %, and 4.79 more for each power of ten",
            at: |bits| {
                let (bits, keys) = (bits as u64, u64::from(KEYS));
                theory::false_positive_rate(bits, best_hashes(bits, keys), keys)
            },
            tolerance: TOLERANCE,
        },
        ..swept("m", wholes(&SIZES), base)
    }
}

fn wanted_rate() -> Experiment {
    let mut base = rate(
        "wanted-rate",
        "The rate that was asked for",
        "Does a filter that is sized for a rate have it once all keys are in?",
    );
    base.knobs.retain(|(key, _)| *key != "size_by");
    let rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
    Experiment {
        theory: Theory::Curve {
            source: "m = −n ln p / (ln 2)²: what was asked for, but for k being a whole number",
            at: |rate| rate,
            tolerance: TOLERANCE,
        },
        ..swept("p", rates.map(Value::from).to_vec(), base)
    }
}

fn blocked_rate_by_bits() -> Experiment {
    let mut base = rate(
        "blocked-rate-by-bits",
        "The same in one cache line",
        "How much more often does a blocked filter err?",
    );
    base.knobs.push(("mode", "blocked".into()));
    base.knobs.push(("function", "xxh3".into()));
    Experiment {
        theory: Theory::Curve {
            source: "the mean of a small filter’s rate over the Poisson number of keys in a block of \
                     512 bits (Putze, Sanders and Singler 2007)",
            at: |bits| {
                let (bits, keys) = (bits as u64, u64::from(KEYS));
                theory::blocked_rate(bits, BlockedFilter::best_hashes(bits, keys), keys)
            },
            tolerance: TOLERANCE,
        },
        ..swept("m", wholes(&SIZES), base)
    }
}

fn blocked_against_plain() -> Experiment {
    let mut base = rate(
        "blocked-against-plain",
        "Blocked against plain",
        "How many times as often does a blocked filter err as a plain one of as many bits should?",
    );
    base.knobs.retain(|(key, _)| *key != "m");
    base.knobs.extend([
        ("m", BLOCKED_BITS.into()),
        ("mode", "blocked".into()),
        ("function", "xxh3".into()),
    ]);
    base.script = vec![(
        SimTime::from_millis(5),
        Call::new("ask_many").with("count", 100_000),
    )];
    Experiment {
        y: "times the plain filter’s part",
        measure: |run| run.ratio("passed", "strangers") / plain_rate(run.value("members")),
        theory: Theory::Curve {
            source: "the rate of Putze, Sanders and Singler over (1 − e^(−kn/m))^k, each with the number \
                     of hashes that is best for 1,000 keys in 9,728 bits",
            at: |keys| {
                let hashes = BlockedFilter::best_hashes(BLOCKED_BITS.into(), KEYS.into());
                theory::blocked_rate(BLOCKED_BITS.into(), hashes, keys as u64) / plain_rate(keys)
            },
            tolerance: TOLERANCE,
        },
        ..swept(
            "load",
            wholes(&[600, 800, 1_000, 1_500, 2_000, 4_000]),
            base,
        )
    }
}

/// How often a plain filter of [`BLOCKED_BITS`] errs that was planned for [`KEYS`] and has so many.
fn plain_rate(keys: f64) -> f64 {
    let bits = u64::from(BLOCKED_BITS);
    theory::false_positive_rate(bits, best_hashes(bits, KEYS.into()), keys as u64)
}

fn estimate_by_keys() -> Experiment {
    let base = rate(
        "estimate-by-keys",
        "Keys counted by the bits",
        "How well do the bits that are set tell how many keys there are?",
    );
    Experiment {
        y: "keys estimated",
        measure: |run| run.value("estimate"),
        script: Vec::new(),
        theory: Theory::Curve {
            source: "−(m/k) ln(1 − X/m) for X bits set (Swamidass and Baldi 2007)",
            at: |keys| keys,
            tolerance: 0.01,
        },
        ..swept("load", wholes(&[100, 500, 1_000, 2_000, 4_000]), base)
    }
}

fn reads_saved() -> Experiment {
    Experiment {
        slug: "reads-saved",
        name: "Reads saved against members asked for",
        question: "What part of reads does a filter at 1 % save, by how many questions are for members?",
        x: "known",
        values: [0.0, 0.25, 0.5, 0.75, 1.0].map(Value::from).to_vec(),
        lines: None,
        knobs: vec![
            ("n", 300_u32.into()),
            ("load", 300_u32.into()),
            ("adds", 0.0.into()),
            ("step", 0.0.into()),
            ("pause", 10.0.into()),
        ],
        script: Vec::new(),
        y: "part of questions that need no read",
        measure: |run| run.ratio("saved", "asked"),
        lasts: Span::from_secs(20),
        seeds: 6,
        theory: Theory::Curve {
            source: "all that are not for members, but for the one in a hundred that passes",
            at: |known| {
                let rate = theory::false_positive_rate(2_880, 7, 300);
                (1.0 - known) * (1.0 - rate)
            },
            tolerance: 0.01,
        },
    }
}

fn saved_by_memory() -> Experiment {
    let mut base = rate(
        "saved-by-memory",
        "Reads saved against memory",
        "What part of the reads for keys that are not there does a filter for 1,000 keys save, by its size?",
    );
    base.knobs.retain(|(key, _)| *key != "size_by");
    base.knobs.push(("size_by", "memory".into()));
    Experiment {
        y: "part of reads saved",
        measure: |run| run.ratio("saved", "asked"),
        theory: Theory::Curve {
            source: "1 − (1 − e^(−kn/m))^k with the best number of hashes: half of the reads for 184 \
                     bytes, 99 of 100 for 1,200, however long the keys",
            at: |bytes| {
                let (bits, keys) = ((bytes as u64 * 8).next_multiple_of(64), u64::from(KEYS));
                1.0 - theory::false_positive_rate(bits, best_hashes(bits, keys), keys)
            },
            tolerance: 0.01,
        },
        ..swept(
            "memory",
            wholes(&[64, 120, 184, 304, 600, 1_200, 2_400]),
            base,
        )
    }
}
