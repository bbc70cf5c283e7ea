//! The rules against the words of those who invented them, closed forms and brute force.

use proptest::prelude::*;

use super::super::algorithm::{
    Ask, Backends, Balance, BoundedHash, Choices, Dice, InARow, LeastConnections, Maglev, PeakEwma,
    Remainder, RoundRobin, SmoothWeighted, another, gcd, hash, next_prime,
};
use crate::kernel::random::Random;
use crate::patterns::partitioning::consistent_hashing::algorithm::Bound;
use crate::time::{SimTime, Span};

impl Dice for Random {
    fn below(&mut self, bound: u64) -> u64 {
        Self::below(self, bound)
    }
}

/// What a rule picks, one after the other, as letters.
fn picks(rule: &mut impl Balance, backends: &Backends, count: usize) -> String {
    rule.changed(backends);
    let picks = (0..count).map(|_| rule.pick(Ask::default(), backends, &mut Random::new(1)));
    picks
        .map(|pick| pick.map_or('-', |number| char::from(b'a' + number as u8)))
        .collect()
}

#[test]
fn smooth_turns_come_as_nginx_says() {
    // The first is the example in the message of the commit, and so is the table of what each has
    // gained after each step; the others are worked out by hand.
    for (weights, expected) in [
        (vec![5, 1, 1], "aabacaa"),
        (vec![1, 1, 1], "abc"),
        (vec![4, 2], "abaaba"),
        (vec![7], "aaaaaaa"),
    ] {
        let backends = Backends::with_weights(weights);
        let taken = picks(&mut SmoothWeighted::default(), &backends, expected.len());
        assert_eq!(taken, expected);
    }
    let backends = Backends::with_weights([5, 1, 1]);
    let mut rule = SmoothWeighted::default();
    rule.changed(&backends);
    let mut table = Vec::new();
    for _ in 0..7 {
        rule.pick(Ask::default(), &backends, &mut Random::new(1));
        table.push(rule.gained().to_vec());
    }
    assert_eq!(
        table,
        [
            [-2, 1, 1],
            [-4, 2, 2],
            [1, -4, 3],
            [-1, -3, 4],
            [4, -2, -2],
            [2, -1, -1],
            [0, 0, 0]
        ]
    );
}

proptest! {
    #[test]
    fn over_a_cycle_turns_are_exact_and_never_a_whole_turn_ahead(
        weights in prop::collection::vec(1_u32..12, 1..8),
    ) {
        let backends = Backends::with_weights(weights.iter().copied());
        let mut rule = SmoothWeighted::default();
        rule.changed(&backends);
        let sum: u32 = weights.iter().sum();
        let cycle = sum / weights.iter().copied().fold(0, gcd);
        let mut taken = vec![0_u32; weights.len()];
        for turn in 1..=3 * cycle {
            let picked = rule.pick(Ask::default(), &backends, &mut Random::new(1)).unwrap();
            taken[picked] += 1;
            for (taken, weight) in taken.iter().zip(&weights) {
                prop_assert!(taken * sum < turn * weight + sum);
                prop_assert!(turn % cycle != 0 || taken * sum == turn * weight);
            }
        }
    }

    #[test]
    fn turns_in_a_row_are_as_exact_over_a_cycle(weights in prop::collection::vec(1_u32..12, 1..8)) {
        let backends = Backends::with_weights(weights.iter().copied());
        let mut rule = InARow::default();
        rule.changed(&backends);
        let common = weights.iter().copied().fold(0, gcd);
        let mut taken = vec![0; weights.len()];
        for _ in 0..weights.iter().sum::<u32>() / common {
            taken[rule.pick(Ask::default(), &backends, &mut Random::new(1)).unwrap()] += 1;
        }
        let due: Vec<u32> = weights.iter().map(|weight| weight / common).collect();
        prop_assert_eq!(taken, due);
    }

    #[test]
    fn no_rule_ever_picks_who_is_closed(
        open in prop::collection::vec(any::<bool>(), 1..9),
        loads in prop::collection::vec(0_u32..9, 9),
        positions in prop::collection::vec(any::<u64>(), 1..20),
    ) {
        let mut backends = Backends::with_weights(open.iter().map(|_| 3));
        for (number, is_open) in open.iter().enumerate() {
            backends.set_open(number, *is_open);
            backends.set_load(number, loads[number]);
        }
        let mut rules: Vec<Box<dyn Balance>> = vec![
            Box::new(RoundRobin::default()),
            Box::new(SmoothWeighted::default()),
            Box::new(InARow::default()),
            Box::new(Choices { draws: 1 }),
            Box::new(Choices { draws: 2 }),
            Box::new(LeastConnections),
            Box::new(PeakEwma::new(Span::from_secs(10))),
            Box::new(Remainder),
            Box::new(BoundedHash::new(Bound::from_thousandths(250))),
            Box::new(Maglev::new(101)),
        ];
        let mut random = Random::new(7);
        for rule in &mut rules {
            rule.changed(&backends);
            for position in &positions {
                let ask = Ask { position: *position, now: SimTime::ZERO };
                let picked = rule.pick(ask, &backends, &mut random);
                prop_assert_eq!(picked.is_some(), open.contains(&true));
                prop_assert!(picked.is_none_or(|number| open[number]));
            }
        }
    }

    #[test]
    fn under_a_bound_nobody_has_more_than_its_share(
        requests in prop::collection::vec((any::<u64>(), any::<bool>()), 1..300),
        thousandths in 0_u16..1_000,
        weights in prop::collection::vec(1_u32..5, 1..8),
    ) {
        let mut backends = Backends::with_weights(weights.iter().copied());
        let mut rule = BoundedHash::new(Bound::from_thousandths(thousandths));
        rule.changed(&backends);
        let mut out: Vec<usize> = Vec::new();
        let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        for (position, one_ends) in requests {
            let ask = Ask { position, now: SimTime::ZERO };
            let picked = rule.pick(ask, &backends, &mut Random::new(1)).unwrap();
            backends.count(picked, 1);
            out.push(picked);
            let share = f64::from(weights[picked]) / sum * out.len() as f64;
            let most = ((1.0 + f64::from(thousandths) / 1_000.0) * share - 1e-9).ceil();
            prop_assert!(f64::from(backends.all()[picked].load) <= most);
            if one_ends {
                backends.count(out.swap_remove(out.len() / 2), -1);
            }
        }
    }

    #[test]
    fn maglevs_table_is_full_and_fair_whoever_is_open(
        open in prop::collection::vec(any::<bool>(), 1..40),
        size in 40_u32..2_000,
    ) {
        let mut backends = Backends::with_weights(open.iter().map(|_| 1));
        for (number, is_open) in open.iter().enumerate() {
            backends.set_open(number, *is_open);
        }
        let mut rule = Maglev::new(next_prime(size));
        rule.changed(&backends);
        let shares = rule.shares(open.len());
        let of_open: Vec<u32> = backends.open().iter().map(|n| shares[*n as usize]).collect();
        if let (Some(least), Some(most)) = (of_open.iter().min(), of_open.iter().max()) {
            prop_assert!(most - least <= 1);
            prop_assert_eq!(of_open.iter().sum::<u32>(), next_prime(size));
        }
    }
}

#[test]
fn maglev_fills_its_table_as_the_paper_says() {
    // The algorithm of section 3.4 once more, written down literally from its Pseudocode 1 with
    // whole permutations, against ours.
    let (size, backends) = (97_u64, 6_u32);
    let progression = |backend: u32| {
        let name = format!("server-{backend}");
        let hash = |seed| xxhash_rust::xxh3::xxh3_64_with_seed(name.as_bytes(), seed);
        let (offset, skip) = (hash(1) % size, hash(2) % (size - 1) + 1);
        (0..size)
            .map(|j| (offset + j * skip) % size)
            .collect::<Vec<u64>>()
    };
    let permutations: Vec<Vec<u64>> = (0..backends).map(progression).collect();
    let mut next = vec![0; backends as usize];
    let mut entry = vec![-1_i64; size as usize];
    let mut filled = 0;
    'filling: loop {
        for i in 0..backends as usize {
            let mut c = permutations[i][next[i]];
            while entry[c as usize] >= 0 {
                next[i] += 1;
                c = permutations[i][next[i]];
            }
            entry[c as usize] = i as i64;
            next[i] += 1;
            filled += 1;
            if filled == size {
                break 'filling;
            }
        }
    }
    let mut ours = Maglev::new(size as u32);
    ours.changed(&Backends::with_weights((0..backends).map(|_| 1)));
    let slots: Vec<i64> = ours
        .slots()
        .iter()
        .map(|slot| slot.map_or(-1, i64::from))
        .collect();
    assert_eq!(slots, entry);
}

#[test]
fn a_loss_moves_few_slots_of_maglevs_and_almost_all_of_hash_mod_n() {
    let mut backends = Backends::with_weights((0..10).map(|_| 1));
    let mut rule = Maglev::new(1_009);
    rule.changed(&backends);
    let before = rule.clone();
    let keys: Vec<Ask> = (0..10_000_u32)
        .map(|key| Ask {
            position: hash(&key.to_le_bytes()),
            now: SimTime::ZERO,
        })
        .collect();
    let by_remainder = |backends: &Backends| -> Vec<Option<usize>> {
        let mut random = Random::new(1);
        keys.iter()
            .map(|key| Remainder.pick(*key, backends, &mut random))
            .collect()
    };
    let mod_10 = by_remainder(&backends);
    backends.set_open(3, false);
    rule.changed(&backends);
    let pairs = before.slots().iter().zip(rule.slots());
    let needless = pairs
        .filter(|(old, new)| **old != Some(3) && old != new)
        .count();
    assert!(needless < 1_009 / 8, "{needless} of 1009 slots");
    let mod_9 = by_remainder(&backends);
    let moved = mod_10.iter().zip(&mod_9).filter(|(a, b)| a != b).count();
    // All that do not happen to have the same owner among nine and ten: at least eight in ten.
    assert!(moved > 8_000, "{moved} of 10000 keys");
}

#[test]
fn a_table_whose_size_is_a_power_of_two_is_not_fair() {
    let unfair = (2..20).filter(|count| {
        let backends = Backends::with_weights((0..*count).map(|_| 1));
        let mut rule = Maglev::new(64);
        rule.changed(&backends);
        let shares = rule.shares(*count);
        let holes = rule.slots().iter().filter(|slot| slot.is_none()).count();
        holes > 0 || shares.iter().max() > shares.iter().min().map(|least| least + 1).as_ref()
    });
    assert!(unfair.count() > 10);
}

#[test]
fn of_two_drawn_the_less_busy_is_taken_for_what_it_is_worth() {
    let mut backends = Backends::with_weights([2, 1]);
    let mut rule = Choices { draws: 2 };
    for (loads, expected) in [
        ([0, 0], 0),
        ([1, 0], 0),
        ([2, 0], 1),
        ([2, 1], 0),
        ([4, 1], 1),
    ] {
        backends.set_load(0, loads[0]);
        backends.set_load(1, loads[1]);
        for seed in 0..20 {
            let picked = rule.pick(Ask::default(), &backends, &mut Random::new(seed));
            // At 1 and 0 out both would have one for each part: whoever was drawn first.
            let either = loads == [1, 0];
            assert!(either || picked == Some(expected), "{loads:?}: {picked:?}");
        }
    }
}

#[test]
fn least_connections_shares_ties_evenly_among_all() {
    let mut backends = Backends::with_weights([1, 1, 1, 1]);
    backends.set_load(2, 1);
    let mut random = Random::new(3);
    let mut taken = [0_u32; 4];
    for _ in 0..30_000 {
        taken[LeastConnections
            .pick(Ask::default(), &backends, &mut random)
            .unwrap()] += 1;
    }
    assert_eq!(taken[2], 0);
    for number in [0, 1, 3] {
        // Four standard deviations of a binomial variable.
        assert!(taken[number].abs_diff(10_000) < 4 * 82, "{taken:?}");
    }
}

#[test]
fn peak_ewma_costs_what_finagles_formula_gives() {
    let secs = SimTime::from_secs;
    let mut rule = PeakEwma::new(Span::from_secs(10));
    rule.changed(&Backends::with_weights([1, 1]));
    // A first answer counts as it is, a slower one at once, a faster one by and by.
    rule.answered(0, Span::from_millis(100), secs(0));
    assert!((rule.cost(0, 0, secs(0)) - 0.1).abs() < 1e-12);
    rule.answered(0, Span::from_millis(400), secs(1));
    assert!((rule.cost(0, 1, secs(1)) - 0.8).abs() < 1e-12);
    rule.answered(0, Span::from_millis(100), secs(6));
    let kept = libm::exp(-0.5);
    let mean = 0.4 * kept + 0.1 * (1.0 - kept);
    assert!((rule.cost(0, 0, secs(6)) - mean).abs() < 1e-12);
    // What is not heard of is forgotten, and then worth a try.
    assert!(rule.cost(0, 0, secs(60)) < 0.01);
    // Unknown and busy is worse than anything known; unknown and idle costs nothing.
    assert!(rule.cost(1, 1, secs(6)) > 1e5);
    assert_eq!(rule.cost(1, 0, secs(6)), 0.0);
}

#[test]
fn a_second_try_goes_to_somebody_else_as_long_as_there_is_somebody() {
    let mut random = Random::new(9);
    let backends = Backends::with_weights([1, 1, 1]);
    for _ in 0..200 {
        assert_ne!(another(&backends, 1, &mut random), Some(1));
    }
    assert_eq!(
        another(&Backends::with_weights([1]), 0, &mut random),
        Some(0)
    );
    assert_eq!(another(&Backends::default(), 0, &mut random), None);
}

#[test]
fn drawing_several_of_two_is_joining_the_shorter_queue() {
    let mut backends = Backends::with_weights([1, 1]);
    let mut random = Random::new(2);
    for load in 0..50 {
        backends.set_load(0, load);
        backends.set_load(1, 50 - load);
        let picked = Choices { draws: 2 }.pick(Ask::default(), &backends, &mut random);
        let shorter = usize::from(load > 25);
        assert!(load == 25 || picked == Some(shorter));
    }
}
