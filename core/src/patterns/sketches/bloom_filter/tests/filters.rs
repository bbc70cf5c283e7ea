//! What filters promise, on generated keys; how often they err, beside fastbloom and beside theory;
//! and the bound of the live promise, over every pair of hashes.

use proptest::prelude::*;

use super::super::algorithm::{
    BLOCK_BITS, BlockedFilter, BloomFilter, CountingFilter, Digest, HashFunction, MAX_COUNT,
    NotPresent, Shape, ShapeError, SizeError, Stride, best_bits, best_hashes, theory,
};
use super::super::promises::Chances;
use crate::kernel::random::Random;

fn functions() -> impl Strategy<Value = HashFunction> {
    prop_oneof![Just(HashFunction::Murmur3), Just(HashFunction::Xxh3)]
}

fn shapes() -> impl Strategy<Value = Shape> {
    (1_u64..2_000, 1_u32..20, functions()).prop_map(|(bits, hashes, function)| {
        Shape::of_bits(bits, hashes)
            .expect("small shapes exist")
            .hashed_by(function)
    })
}

fn keys(most: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..24), 0..most)
}

/// A filter with these keys.
fn filled(shape: Shape, keys: &[Vec<u8>]) -> BloomFilter {
    let mut filter = BloomFilter::new(shape);
    for key in keys {
        filter.insert(key);
    }
    filter
}

fn counted(shape: Shape, keys: &[Vec<u8>]) -> CountingFilter {
    let mut filter = CountingFilter::new(shape);
    for key in keys {
        filter.insert(key);
    }
    filter
}

fn blocked(shape: Shape, keys: &[Vec<u8>]) -> BlockedFilter {
    let mut filter = BlockedFilter::new(shape).expect("it is small");
    for key in keys {
        filter.insert(key);
    }
    filter
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_filter_denies_a_member(shape in shapes(), keys in keys(200)) {
        let (plain, counting) = (filled(shape, &keys), counted(shape, &keys));
        let blocked = blocked(shape, &keys);
        for key in &keys {
            prop_assert!(plain.contains(key) && counting.contains(key) && blocked.contains(key));
        }
    }

    #[test]
    fn a_union_is_the_filter_of_both_sets(shape in shapes(), one in keys(60), other in keys(60)) {
        let both: Vec<Vec<u8>> = one.iter().chain(&other).cloned().collect();
        let mut plain = filled(shape, &one);
        plain.union_with(&filled(shape, &other)).expect("one shape");
        prop_assert_eq!(plain, filled(shape, &both));
        let mut counting = counted(shape, &one);
        counting.union_with(&counted(shape, &other)).expect("one shape");
        prop_assert_eq!(counting, counted(shape, &both));
        let mut lines = blocked(shape, &one);
        lines.union_with(&blocked(shape, &other)).expect("one shape");
        prop_assert_eq!(lines, blocked(shape, &both));
    }

    #[test]
    fn an_intersection_denies_nothing_that_both_have(
        shape in shapes(), one in keys(40), shared in keys(40), other in keys(40),
    ) {
        let with = |own: &[Vec<u8>]| -> Vec<Vec<u8>> {
            own.iter().chain(&shared).cloned().collect()
        };
        let (here, there) = (with(&one), with(&other));
        let mut plain = filled(shape, &here);
        plain.intersect_with(&filled(shape, &there)).expect("one shape");
        let mut counting = counted(shape, &here);
        counting.intersect_with(&counted(shape, &there)).expect("one shape");
        let mut lines = blocked(shape, &here);
        lines.intersect_with(&blocked(shape, &there)).expect("one shape");
        for key in &shared {
            prop_assert!(plain.contains(key) && counting.contains(key) && lines.contains(key));
        }
        prop_assert_eq!(counting.to_plain(), plain.clone());
        let (own, theirs) = (filled(shape, &here), filled(shape, &there));
        let (own_lines, their_lines) = (blocked(shape, &here), blocked(shape, &there));
        for key in one.iter().chain(&other) {
            let in_both = own.contains(key) && theirs.contains(key);
            prop_assert!(in_both || !plain.contains(key));
            let in_both = own_lines.contains(key) && their_lines.contains(key);
            prop_assert!(in_both || !lines.contains(key));
        }
    }

    #[test]
    fn members_of_both_can_be_removed_from_an_intersection_one_by_one(
        shape in shapes(), one in keys(40), shared in keys(40), other in keys(40),
    ) {
        let with = |own: &[Vec<u8>]| {
            let all: Vec<Vec<u8>> = own.iter().chain(&shared).cloned().collect();
            counted(shape, &all)
        };
        let mut both = with(&one);
        both.intersect_with(&with(&other)).expect("one shape");
        for (gone, key) in shared.iter().enumerate() {
            prop_assert_eq!(both.remove(key), Ok(()));
            for key in &shared[gone + 1..] {
                prop_assert!(both.contains(key));
            }
        }
    }

    #[test]
    fn removing_what_was_added_leaves_every_other_key(
        shape in shapes(), stay in keys(60), go in keys(60),
    ) {
        let mut filter = counted(shape, &stay);
        for key in &go {
            filter.insert(key);
        }
        for key in &go {
            prop_assert_eq!(filter.remove(key), Ok(()));
        }
        for key in &stay {
            prop_assert!(filter.contains(key));
        }
        // Unless a counter came to its end, nothing is left of those that went.
        if filter.saturated() == 0 {
            prop_assert_eq!(filter, counted(shape, &stay));
        }
    }

    #[test]
    fn a_counting_filter_answers_as_the_plain_one(
        shape in shapes(), keys in keys(100), asked in keys(100),
    ) {
        let (plain, counting) = (filled(shape, &keys), counted(shape, &keys));
        prop_assert_eq!(&counting.to_plain(), &plain);
        for key in &asked {
            prop_assert_eq!(counting.contains(key), plain.contains(key));
        }
    }

    #[test]
    fn place_by_place_is_the_same_as_at_once(shape in shapes(), keys in keys(50)) {
        let (mut plain, mut lines) = (BloomFilter::new(shape), blocked(shape, &[]));
        for key in &keys {
            for place in shape.probes(shape.digest(key)) {
                plain.set(place);
            }
            for place in lines.probes(shape.function.short(key)) {
                lines.set(place);
            }
        }
        prop_assert_eq!(plain, filled(shape, &keys));
        prop_assert_eq!(lines, blocked(shape, &keys));
    }

    #[test]
    fn what_is_written_is_read_again(shape in shapes(), keys in keys(60)) {
        let filter = filled(shape.hashed_by(HashFunction::Murmur3), &keys);
        let bytes = filter.to_bytes().expect("it hashes as Guava does");
        prop_assert_eq!(BloomFilter::from_bytes(&bytes), Ok(filter));
    }

    #[test]
    fn no_bytes_make_reading_a_filter_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = BloomFilter::from_bytes(&bytes);
    }
}

#[test]
fn a_filter_that_hashes_otherwise_has_no_bytes_for_guava() {
    let shape = Shape::of_bits(64, 2).expect("it exists");
    assert_eq!(
        BloomFilter::new(shape.hashed_by(HashFunction::Xxh3)).to_bytes(),
        None
    );
    assert_eq!(
        BloomFilter::new(shape.with_stride(Stride::Zero)).to_bytes(),
        None
    );
}

#[test]
fn unlike_filters_are_not_joined_and_stay_as_they_were() {
    let shape = |bits, hashes| Shape::of_bits(bits, hashes).expect("it exists");
    let own = shape(128, 3);
    for (other, reason) in [
        (shape(64, 3), ShapeError::Bits(128, 64)),
        (shape(128, 4), ShapeError::Hashes(3, 4)),
        (own.hashed_by(HashFunction::Xxh3), ShapeError::Function),
        (own.with_stride(Stride::Shared), ShapeError::Function),
    ] {
        let mut filter = filled(own, &[vec![1]]);
        let before = filter.clone();
        let other = filled(other, &[vec![2]]);
        assert_eq!(filter.union_with(&other), Err(reason));
        assert_eq!(filter.intersect_with(&other), Err(reason));
        assert_eq!(filter, before);
    }
    let sentence = ShapeError::Hashes(3, 4).to_string();
    assert_eq!(
        sentence,
        "a filter with 3 hashes cannot be joined with one that has 4: use as many in both"
    );
}

#[test]
fn a_counter_that_came_to_its_end_stays_there() {
    let shape = Shape::of_bits(64, 1).expect("it exists");
    let mut filter = CountingFilter::new(shape);
    for _ in 0..20 {
        filter.insert(b"a");
    }
    let place = filter
        .probes(shape.digest(b"a"))
        .next()
        .expect("it has a place");
    assert_eq!(filter.count(place), MAX_COUNT);
    for _ in 0..40 {
        assert_eq!(filter.remove(b"a"), Ok(()));
    }
    assert!(filter.contains(b"a"), "it takes no member down with it");
    assert_eq!(filter.saturated(), 1);
    let (stranger, other) = (0_u8..)
        .map(|key| {
            (
                key,
                filter.probes(shape.digest(&[key])).next().expect("a place"),
            )
        })
        .find(|(_, other)| *other != place)
        .expect("there is more than one place");
    assert_eq!(filter.remove(&[stranger]), Err(NotPresent { place: other }));
}

#[test]
fn removing_a_stranger_that_passes_denies_a_member() {
    // What the filter cannot know, and why whoever removes must look first.
    let shape = Shape::of_bits(64, 2).expect("it exists");
    let members: Vec<Vec<u8>> = (0_u8..12).map(|key| vec![key]).collect();
    let passes = (100_u8..=255)
        .map(|key| vec![key])
        .filter(|key| counted(shape, &members).contains(key));
    let mut denied = passes.map(|stranger| {
        let mut filter = counted(shape, &members);
        filter.remove(&stranger).expect("it passes for a member");
        members.iter().filter(|key| !filter.contains(key)).count()
    });
    assert!(denied.any(|denied| denied > 0));
}

#[test]
fn sizes_that_no_filter_has_are_refused_with_a_sentence() {
    for rate in [0.0, 1.0, -0.1, 2.0, f64::NAN, f64::INFINITY] {
        let error = best_bits(10, rate).expect_err("no filter has that rate");
        assert!(
            error
                .to_string()
                .ends_with("choose one above 0 and below 1"),
            "{error}"
        );
    }
    assert_eq!(Shape::of_bits(0, 1), Err(SizeError::Bits(0)));
    assert_eq!(Shape::of_bits(64, 0), Err(SizeError::Hashes(0)));
    assert_eq!(Shape::of_bits(64, 256), Err(SizeError::Hashes(256)));
    assert!(Shape::for_keys(u64::MAX, 0.01).is_err());
    assert!(Shape::in_memory(0, 10).is_err());
    assert!(Shape::in_memory(u64::MAX, 10).is_err());
    assert_eq!(Shape::in_memory(1_200, 1_000).map(Shape::hashes), Ok(7));
}

#[test]
fn the_best_number_of_hashes_is_the_best() {
    for (bits, keys) in [
        (64, 10),
        (960, 100),
        (9_600, 1_000),
        (12_800, 1_000),
        (100, 1_000),
    ] {
        let rate = |hashes: u32| theory::false_positive_rate(bits, hashes, keys);
        let best = best_hashes(bits, keys);
        let least = (1..=40)
            .min_by(|a, b| rate(*a).total_cmp(&rate(*b)))
            .expect("some");
        assert!(
            best.abs_diff(least) <= 1,
            "{bits} bits, {keys} keys: {best} and {least}"
        );
        assert!(rate(best) <= 1.02 * rate(least));
    }
}

#[test]
fn one_in_a_hundred_takes_nine_point_five_eight_five_bits() {
    assert!((theory::bits_per_key(0.01) - 9.585).abs() < 0.0005);
    let more = theory::bits_per_key(0.001) - theory::bits_per_key(0.01);
    assert!((more - 4.793).abs() < 0.0005);
}

/// The part of strangers that pass, of `asked` keys that are none of `0..keys`.
fn rate(keys: u64, asked: u64, passes: impl Fn(&[u8]) -> bool) -> f64 {
    let passed = (keys..keys + asked)
        .filter(|key| passes(&key.to_le_bytes()))
        .count();
    passed as f64 / asked as f64
}

#[test]
fn filters_err_as_often_as_theory_says_and_as_fastbloom_does() {
    const KEYS: u64 = 10_000;
    const ASKED: u64 = 200_000;
    for wanted in [0.1, 0.01, 0.001] {
        let shape = Shape::for_keys(KEYS, wanted).expect("it exists");
        let mut plain = BloomFilter::new(shape);
        let mut lines =
            BlockedFilter::for_keys(KEYS, wanted, HashFunction::Xxh3).expect("so does it");
        let mut peer = fastbloom::BloomFilter::with_num_bits(shape.bits() as usize)
            .seed(&7)
            .hashes(shape.hashes());
        for key in 0..KEYS {
            plain.insert(&key.to_le_bytes());
            lines.insert(&key.to_le_bytes());
            peer.insert(&key.to_le_bytes()[..]);
        }
        let three_sigmas = 3.0 * (wanted * 2.0_f64 / ASKED as f64).sqrt();
        let expected = theory::false_positive_rate(shape.bits(), shape.hashes(), KEYS);
        let own = rate(KEYS, ASKED, |key| plain.contains(key));
        let theirs = rate(KEYS, ASKED, |key| peer.contains(key));
        let line = rate(KEYS, ASKED, |key| lines.contains(key));
        let room = three_sigmas + 0.05 * expected;
        assert!(
            (own - expected).abs() < room,
            "{wanted}: {own}, theory {expected}"
        );
        assert!(
            (own - theirs).abs() < room,
            "{wanted}: {own}, fastbloom {theirs}"
        );
        assert!(line < wanted + room, "{wanted}: blocked {line}");
        let memory = lines.shape().bits() as f64 / shape.bits() as f64;
        assert!(memory < 1.1, "{wanted}: {memory} times the memory");
    }
}

/// The part of all pairs of first place and step with which a stranger passes.
fn exhaustive(filter: &BloomFilter) -> f64 {
    let (bits, hashes) = (filter.shape().bits(), filter.shape().hashes());
    let mut passed = 0_u64;
    for first in 0..bits {
        for step in 0..bits {
            // Below 2^63 / k no sum wraps, so that residues stand for all hashes.
            let digest = Digest {
                low: first,
                high: step,
            };
            passed += u64::from(filter.contains_digest(digest));
        }
    }
    debug_assert!(hashes > 0);
    passed as f64 / (bits * bits) as f64
}

#[test]
fn strangers_pass_as_often_as_the_promise_allows_over_all_pairs_of_hashes() {
    let mut random = Random::new(3);
    for bits in [64, 128, 192, 256] {
        for hashes in [1, 2, 3, 5, 7, 11, 16, 24] {
            for load in [0.3, 0.7, 1.0, 1.6, 2.5] {
                let shape = Shape::of_bits(bits, hashes).expect("it exists");
                let keys = (load * bits as f64 * 0.693 / f64::from(hashes)).max(1.0) as u32;
                let mut filter = BloomFilter::new(shape);
                for _ in 0..keys {
                    filter.insert(&random.bits().to_le_bytes());
                }
                let fill = filter.ones() as f64 / bits as f64;
                let chances = Chances::of(theory::at_fill(fill, hashes), bits as usize, hashes);
                let passed = exhaustive(&filter);
                assert!(
                    (chances.least..=chances.most).contains(&passed),
                    "{bits} bits, {hashes} hashes, {keys} keys: {passed}, {chances:?}"
                );
            }
        }
    }
}

#[test]
fn strangers_pass_as_often_as_the_promise_allows_in_blocks_too() {
    const STRANGERS: u64 = 100_000;
    for bits in [512, 2_048, 8_192] {
        for hashes in [1, 4, 7, 8, 12] {
            for load in [0.5, 1.0, 2.0] {
                let keys = (load * bits as f64 * 0.693 / f64::from(hashes)) as u64;
                let shape = Shape::of_bits(bits, hashes).expect("it exists");
                let mut filter = BlockedFilter::new(shape).expect("it is small");
                for key in 0..keys {
                    filter.insert(&key.to_le_bytes());
                }
                let by_block = filter
                    .fills()
                    .map(|ones| theory::at_fill(ones as f64 / BLOCK_BITS as f64, hashes));
                let expected = by_block.sum::<f64>() / (bits / BLOCK_BITS) as f64;
                let chances = Chances::of(expected, bits as usize, hashes);
                let passed = rate(keys, STRANGERS, |key| filter.contains(key));
                let sigmas = 4.0 * (expected / STRANGERS as f64).sqrt();
                assert!(
                    (chances.least - sigmas..=chances.most + sigmas).contains(&passed),
                    "{bits} bits, {hashes} hashes, {keys} keys: {passed}, {chances:?}"
                );
            }
        }
    }
}

#[test]
fn steps_that_are_no_hash_pass_the_bound() {
    for stride in [Stride::Zero, Stride::Shared] {
        let shape = Shape::of_bits(1_024, 7)
            .expect("it exists")
            .with_stride(stride);
        let mut filter = BloomFilter::new(shape);
        for key in 0_u64..100 {
            filter.insert(&key.to_le_bytes());
        }
        let fill = filter.ones() as f64 / 1_024.0;
        let most = Chances::of(theory::at_fill(fill, 7), 1_024, 7).most;
        let passed = rate(100, 20_000, |key| filter.contains(key));
        assert!(passed > 1.5 * most, "{stride:?}: {passed}, allowed {most}");
    }
}

#[test]
fn bits_tell_how_many_keys_there_are() {
    let shape = Shape::for_keys(2_000, 0.01).expect("it exists");
    let mut filter = BloomFilter::new(shape);
    assert!(filter.estimate().abs() < 1e-9);
    for key in 0_u64..2_000 {
        filter.insert(&key.to_le_bytes());
    }
    assert!(
        (filter.estimate() - 2_000.0).abs() < 60.0,
        "{}",
        filter.estimate()
    );
    filter.overlay(&vec![u64::MAX; (shape.bits() / 64) as usize]);
    assert!(filter.estimate().is_infinite());
}
