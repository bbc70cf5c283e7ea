//! What the ring promises, on generated rings; compatibility with libmemcached and uhashring; the
//! closed forms against measured rings.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::algorithm::{
    Bound, Handover, HashRing, MAX_POINTS, Placement, PointIndex, RingError, Server, assign,
    assign_within, capacities, theory,
};

const CIRCLE: u128 = 1 << 64;

fn modern(points_per_weight: u32) -> Placement {
    Placement::Modern { points_per_weight }
}

fn name(node: u8) -> String {
    format!("node-{node}")
}

/// `nodes` nodes of weight 1.
fn equal_ring(placement: Placement, nodes: u8) -> HashRing<String> {
    HashRing::from_nodes(placement, (0..nodes).map(|node| (name(node), 1))).expect("distinct names")
}

fn placements() -> impl Strategy<Value = Placement> {
    prop_oneof![(1_u32..40).prop_map(modern), Just(Placement::Ketama)]
}

/// Members by number with weights that include the drained 0.
fn member_lists() -> impl Strategy<Value = Vec<(u8, u32)>> {
    proptest::collection::btree_map(0_u8..30, 0_u32..5, 0..12)
        .prop_map(|members| members.into_iter().collect())
}

fn ring_of(placement: Placement, members: &[(u8, u32)]) -> HashRing<String> {
    let nodes = members.iter().map(|(node, weight)| (name(*node), *weight));
    HashRing::from_nodes(placement, nodes).expect("distinct names and small weights")
}

/// The nodes clockwise from `position`, each once, the slow and obvious way.
fn clockwise(ring: &HashRing<String>, position: u64) -> Vec<String> {
    let mut points: Vec<(u64, String)> = ring
        .arcs()
        .map(|arc| (arc.through.wrapping_sub(position), arc.node.clone()))
        .collect();
    points.sort();
    let mut seen = BTreeSet::new();
    points
        .into_iter()
        .map(|(_, node)| node)
        .filter(|node| seen.insert(node.clone()))
        .collect()
}

/// Random positions and, because that is where it goes wrong, the points and their neighbours.
fn telling_positions(ring: &HashRing<String>, random: &[u64]) -> Vec<u64> {
    let edges = ring.arcs().take(50).flat_map(|arc| {
        [
            arc.through.wrapping_sub(1),
            arc.through,
            arc.through.wrapping_add(1),
        ]
    });
    edges
        .chain([0, 1, u64::MAX])
        .chain(random.iter().copied())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_position_has_exactly_one_owner_the_first_node_clockwise(
        placement in placements(),
        members in member_lists(),
        random in proptest::collection::vec(any::<u64>(), 30),
    ) {
        let ring = ring_of(placement, &members);
        for position in telling_positions(&ring, &random) {
            let nodes = clockwise(&ring, position);
            prop_assert_eq!(ring.owner_at(position), nodes.first());
        }
    }

    #[test]
    fn the_arcs_cover_the_circle_once(placement in placements(), members in member_lists()) {
        let ring = ring_of(placement, &members);
        let total: u128 = ring.arcs().map(|arc| arc.length).sum();
        prop_assert_eq!(total, if ring.point_count() == 0 { 0 } else { CIRCLE });
        prop_assert_eq!(ring.owned().iter().sum::<u128>(), total);
        for arc in ring.arcs().filter(|arc| arc.length > 0) {
            prop_assert_eq!(ring.owner_at(arc.through), Some(arc.node));
            prop_assert_eq!(ring.owner_at(arc.after.wrapping_add(1)), Some(arc.node));
        }
    }

    #[test]
    fn a_preference_list_is_the_first_distinct_nodes_clockwise(
        placement in placements(),
        members in member_lists(),
        random in proptest::collection::vec(any::<u64>(), 10),
        replicas in 0_usize..8,
    ) {
        let ring = ring_of(placement, &members);
        for position in telling_positions(&ring, &random) {
            let expected = clockwise(&ring, position);
            let list = ring.preference_list_at(position, replicas);
            prop_assert_eq!(list, expected.iter().take(replicas).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_next_points_without_repeats_are_the_preference_list(
        placement in placements(),
        members in member_lists(),
        random in proptest::collection::vec(any::<u64>(), 10),
        count in 0_usize..8,
    ) {
        let ring = ring_of(placement, &members);
        for position in telling_positions(&ring, &random) {
            let next = ring.next_points_at(position, count);
            prop_assert_eq!(next.len(), count.min(ring.point_count()));
            let mut seen = BTreeSet::new();
            let distinct: Vec<_> = next.into_iter().filter(|node| seen.insert(*node)).collect();
            prop_assert_eq!(&distinct, &ring.preference_list_at(position, distinct.len()));
        }
    }

    #[test]
    fn a_ring_changed_step_by_step_equals_one_built_at_once(
        placement in placements(),
        changes in proptest::collection::vec((0_u8..12, 0_u32..5, 0_u8..3), 1..40),
    ) {
        let mut ring = HashRing::new(placement);
        let mut members = std::collections::BTreeMap::new();
        for (node, weight, change) in changes {
            let known = members.contains_key(&node);
            let outcome = match change {
                0 => ring.add(name(node), weight),
                1 => ring.remove(&name(node)),
                _ => ring.set_weight(&name(node), weight),
            };
            prop_assert_eq!(outcome.is_ok(), known == (change != 0));
            if outcome.is_ok() {
                if change == 1 {
                    members.remove(&node);
                } else {
                    members.insert(node, weight);
                }
            }
            let members: Vec<_> = members.iter().map(|(node, weight)| (*node, *weight)).collect();
            prop_assert_eq!(&ring, &ring_of(placement, &members));
        }
    }

    #[test]
    fn the_order_in_which_nodes_come_does_not_matter(
        placement in placements(),
        members in member_lists().prop_shuffle(),
    ) {
        let mut ring = HashRing::new(placement);
        for (node, weight) in &members {
            ring.add(name(*node), *weight).expect("distinct names");
        }
        let mut sorted = members;
        sorted.sort_unstable();
        prop_assert_eq!(ring, ring_of(placement, &sorted));
    }

    #[test]
    fn adding_a_node_moves_keys_only_to_it_and_removing_it_moves_only_its_keys(
        points in 1_u32..40,
        members in member_lists(),
        newcomer in 30_u8..40,
        weight in 0_u32..5,
    ) {
        let without = ring_of(modern(points), &members);
        let mut with = without.clone();
        with.add(name(newcomer), weight).expect("its number is free");
        let newcomer = name(newcomer);
        for arc in without.handovers(&with) {
            prop_assert_eq!(arc.to, Some(&newcomer));
        }
        for arc in with.handovers(&without) {
            prop_assert_eq!(arc.from, Some(&newcomer));
        }
    }

    #[test]
    fn more_weight_only_gains_keys_and_less_only_loses_them(
        points in 1_u32..40,
        members in member_lists().prop_filter("needs a member", |members| !members.is_empty()),
        more in 1_u32..5,
    ) {
        let (node, weight) = members[members.len() / 2];
        let node = name(node);
        let light = ring_of(modern(points), &members);
        let mut heavy = light.clone();
        heavy.set_weight(&node, weight + more).expect("it is a member");
        for arc in light.handovers(&heavy) {
            prop_assert_eq!(arc.to, Some(&node));
        }
        for arc in heavy.handovers(&light) {
            prop_assert_eq!(arc.from, Some(&node));
        }
    }

    #[test]
    fn handovers_name_every_key_that_moved_and_no_other(
        placement in placements(),
        older in member_lists(),
        newer in member_lists(),
        random in proptest::collection::vec(any::<u64>(), 200),
    ) {
        let (older, newer) = (ring_of(placement, &older), ring_of(placement, &newer));
        let mut keys = telling_positions(&older, &random);
        keys.extend(telling_positions(&newer, &[]));
        keys.sort_unstable();
        let mut owners: Vec<_> = keys.iter().map(|key| older.owner_at(*key)).collect();
        for arc in older.handovers(&newer) {
            for index in arc.keys_within(&keys).into_iter().flatten() {
                prop_assert_eq!(owners[index], arc.from, "each key is in one stretch");
                owners[index] = arc.to;
            }
        }
        let expected: Vec<_> = keys.iter().map(|key| newer.owner_at(*key)).collect();
        prop_assert_eq!(owners, expected);
    }

    #[test]
    fn a_point_search_is_right_however_the_points_lie(
        clusters in proptest::collection::vec((any::<u64>(), 0_u64..40), 0..8),
        random in proptest::collection::vec(any::<u64>(), 20),
    ) {
        let mut positions: Vec<u64> = clusters
            .iter()
            .flat_map(|(start, length)| (0..*length).map(|step| start.saturating_add(step / 2)))
            .collect();
        positions.sort_unstable();
        let index = PointIndex::new(positions.clone());
        let edges = positions.iter().flat_map(|p| [p.saturating_sub(1), *p, p.saturating_add(1)]);
        for position in edges.chain([0, u64::MAX]).chain(random) {
            let expected = positions.iter().filter(|point| **point < position).count();
            prop_assert_eq!(index.first_from(position), expected);
        }
    }

    #[test]
    fn a_bound_holds_on_every_node_and_places_every_unit_on_the_first_with_room(
        placement in placements(),
        members in member_lists(),
        keys in proptest::collection::vec((any::<u64>(), 0_u64..20), 0..120),
        thousandths in 0_u16..1_500,
    ) {
        let ring = ring_of(placement, &members);
        let bound = Bound::from_thousandths(thousandths);
        let outcome = assign(&ring, Some(bound), keys.iter().copied());

        let with_points: Vec<_> = ring.members().filter(|member| member.points > 0).collect();
        let weight: u64 = with_points.iter().map(|member| u64::from(member.weight)).sum();
        let load: u64 = keys.iter().map(|(_, units)| units).sum();
        let capacity = |name: &String| {
            let member = with_points.iter().find(|member| member.node == *name)?;
            Some(bound.capacity(load, member.weight, weight))
        };

        let names: Vec<_> = ring.members().map(|member| member.node.clone()).collect();
        let mut expected_loads = vec![0; names.len()];
        let mut expected_portions = Vec::new();
        for (key, (position, units)) in keys.iter().enumerate() {
            let mut left = *units;
            for node in clockwise(&ring, *position) {
                let member = names.binary_search(&node).expect("a member");
                let room = capacity(&node).expect("it has points") - expected_loads[member];
                let taken = left.min(room);
                if taken > 0 {
                    expected_portions.push((key as u32, member as u32, taken));
                }
                expected_loads[member] += taken;
                left -= taken;
            }
            prop_assert!(left == 0 || ring.point_count() == 0, "nothing is left over");
        }
        let portions: Vec<_> = outcome
            .portions
            .iter()
            .map(|portion| (portion.key, portion.member, portion.units))
            .collect();
        prop_assert_eq!(portions, expected_portions);
        prop_assert_eq!(&outcome.loads, &expected_loads);
        prop_assert!(outcome.loads.iter().zip(&outcome.capacities).all(|(load, most)| load <= most));
    }

    #[test]
    fn more_room_than_the_bound_asks_for_is_used_up_to_what_was_given(
        members in member_lists(),
        keys in proptest::collection::vec((any::<u64>(), 0_u64..20), 0..60),
        more in proptest::collection::vec(0_u64..100, 12),
    ) {
        let ring = ring_of(modern(20), &members);
        let load: u64 = keys.iter().map(|(_, units)| units).sum();
        let least = capacities(&ring, Some(Bound::from_thousandths(100)), load);
        let given: Vec<u64> = least.iter().zip(more).map(|(least, more)| least + more).collect();
        let outcome = assign_within(&ring, given.clone(), keys.into_iter());
        prop_assert_eq!(&outcome.capacities, &given);
        prop_assert!(outcome.loads.iter().zip(&given).all(|(load, most)| load <= most));
        let placed: u64 = outcome.loads.iter().sum();
        prop_assert!(placed == load || ring.point_count() == 0);
    }

    #[test]
    fn a_bound_nobody_reaches_changes_nothing(
        members in member_lists(),
        keys in proptest::collection::vec((any::<u64>(), 1_u64..20), 0..60),
    ) {
        let ring = ring_of(modern(20), &members);
        let roomy = Bound::from_thousandths(65_000);
        let free = assign(&ring, None, keys.iter().copied());
        prop_assert_eq!(assign(&ring, Some(roomy), keys).portions, free.portions);
    }
}

#[test]
fn a_refused_change_leaves_the_ring_as_it_was_and_says_what_to_do() {
    let mut ring = equal_ring(modern(10), 2);
    let before = ring.clone();
    let check = |refused: Result<(), RingError>, sentence: &str| {
        assert_eq!(refused.expect_err(sentence).to_string(), sentence);
    };
    check(
        ring.add(name(1), 3),
        "node-1 is already on the ring; set its weight instead of adding it again",
    );
    check(
        ring.remove(&name(7)),
        "node-7 is not on the ring; add it first",
    );
    check(
        ring.set_weight(&name(7), 1),
        "node-7 is not on the ring; add it first",
    );
    check(
        ring.set_weight(&name(1), u32::MAX),
        "42949672960 points are more than the 16777216 a ring may have; use smaller weights",
    );
    assert_eq!(ring, before);
    let twice = HashRing::from_nodes(modern(10), [("a", 1), ("b", 1), ("a", 2)]);
    assert_eq!(twice, Err(RingError::AlreadyMember("a".to_owned())));
    assert_eq!(MAX_POINTS, 16_777_216);
}

#[test]
fn an_empty_or_drained_ring_owns_nothing() {
    let empty = HashRing::<String>::new(modern(10));
    let drained = ring_of(Placement::Ketama, &[(1, 0), (2, 0)]);
    for ring in [&empty, &drained] {
        assert_eq!(ring.owner(b"key"), None);
        assert!(ring.preference_list(b"key", 3).is_empty());
        assert_eq!(ring.walk(7).count(), 0);
        assert!(assign(ring, None, [(7, 1)]).portions.is_empty());
    }
    let one = equal_ring(modern(1), 1);
    let everything = empty.handovers(&one);
    assert_eq!(everything.len(), 1);
    assert_eq!(everything[0].length(), CIRCLE);
    assert_eq!(everything[0].from, None);
}

#[test]
fn a_point_is_the_documented_hash_of_name_and_index() {
    let ring = HashRing::from_nodes(modern(3), [("amber", 1)]).expect("one node");
    let mut expected: Vec<u64> = (0_u32..3)
        .map(|index| xxhash_rust::xxh3::xxh3_64(&[b"amber", &index.to_le_bytes()[..]].concat()))
        .collect();
    expected.sort_unstable();
    let points: Vec<u64> = ring.walk(0).map(|(position, _)| position).collect();
    assert_eq!(points, expected);
    // The hash itself, pinned: another version must not move anybody's keys.
    assert_eq!(
        modern(3).position(b"user:42"),
        xxhash_rust::xxh3::xxh3_64(b"user:42")
    );
    assert_eq!(modern(3).position(b""), 0x2d06_8005_38d3_94c2);
}

#[test]
fn nodes_that_share_a_point_resolve_the_same_way_in_either_order() {
    // These two names share one of their points under ketama; the key falls just before it.
    let (a, b) = (
        Server::new("twin-358", 11211),
        Server::new("twin-700", 11211),
    );
    let key = b"tie:312";
    let ring = |nodes: [(&Server, u32); 2]| {
        let mut ring = HashRing::new(Placement::Ketama);
        for (node, weight) in nodes {
            ring.add(node.clone(), weight).expect("distinct servers");
        }
        ring
    };
    let both = ring([(&a, 1), (&b, 1)]);
    assert_eq!(both, ring([(&b, 1), (&a, 1)]));
    assert_eq!(both.owner(key), Some(&a));
    assert_eq!(both.preference_list(key, 2), [&a, &b]);
    assert_eq!(both.arcs().filter(|arc| arc.length == 0).count(), 1);

    // The smaller one leaves and comes back: nothing remembers that it was away.
    let mut back = both.clone();
    back.remove(&a).expect("a member");
    assert_eq!(back.owner(key), Some(&b));
    back.add(a, 1).expect("it left");
    assert_eq!(back, both);
}

/// Why ketama is kept to its documented promise only: point counts depend on all weights.
#[test]
fn an_unequal_newcomer_under_ketama_also_moves_keys_between_the_others() {
    let ring = equal_ring(Placement::Ketama, 4);
    let mut with = ring.clone();
    with.add(name(9), 3).expect("free");
    let newcomer = name(9);
    let elsewhere = |arc: &Handover<'_, String>| arc.to != Some(&newcomer);
    assert!(ring.handovers(&with).iter().any(elsewhere));

    let mut with = ring.clone();
    with.add(name(9), 1).expect("free");
    assert!(!ring.handovers(&with).iter().any(elsewhere));
}

#[test]
fn capacity_is_the_exact_ceiling() {
    let check = |thousandths, load, weight, total, expected| {
        let bound = Bound::from_thousandths(thousandths);
        assert_eq!(bound.capacity(load, weight, total), expected);
    };
    check(0, 100, 1, 3, 34);
    check(0, 99, 1, 3, 33);
    check(250, 100, 1, 4, 32);
    check(50, 1, 1, 24, 1);
    check(250, 0, 1, 4, 0);
    check(1_000, 10, 2, 5, 8);
    check(250, 10, 0, 5, 0);
    check(250, 10, 0, 0, 0);
    check(u16::MAX, u64::MAX, u32::MAX, 1, u64::MAX);
}

#[test]
fn one_celebrity_key_is_spread_once_loads_are_bounded() {
    let ring = equal_ring(modern(100), 5);
    let position = ring.position(b"celebrity");
    let keys = [(position, 900), (position ^ (1 << 63), 100)];
    let free = assign(&ring, None, keys);
    assert!(free.loads.iter().max() >= Some(&900));
    let bounded = assign(&ring, Some(Bound::from_thousandths(200)), keys);
    assert_eq!(bounded.capacities, [240; 5]);
    assert_eq!(bounded.loads.iter().max(), Some(&240));
    assert_eq!(bounded.loads.iter().sum::<u64>(), 1_000);
    let served = bounded.portions.iter().filter(|portion| portion.key == 0);
    assert_eq!(served.count(), 4, "900 units need four nodes of 240");
}

/// One list of a vector file with what the peer answered for it.
#[derive(Default)]
struct Vector<'a> {
    title: &'a str,
    nodes: Vec<(&'a str, Option<u16>, u32)>,
    owners: Vec<usize>,
    checksum: u64,
    single: Vec<(&'a str, usize)>,
}

fn vectors(text: &str) -> Vec<Vector<'_>> {
    let mut vectors: Vec<Vector<'_>> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (word, rest) = line.split_once(' ').expect("every line has a value");
        if word == "list" {
            vectors.push(Vector {
                title: rest,
                ..Vector::default()
            });
            continue;
        }
        let vector = vectors.last_mut().expect("a list comes first");
        let fields: Vec<&str> = rest.split(' ').collect();
        let number = |field: &str| field.parse().expect("a number");
        match (word, fields.as_slice()) {
            ("server", [host, port, weight]) => {
                let port = port.parse().expect("a port");
                vector.nodes.push((host, Some(port), number(weight) as u32));
            }
            ("node", [name, weight]) => vector.nodes.push((name, None, number(weight) as u32)),
            ("owners", owners) => {
                vector.owners = owners.iter().map(|owner| number(owner)).collect();
            }
            ("checksum", [sum]) => vector.checksum = u64::from_str_radix(sum, 16).expect("hex"),
            ("owner", [key, owner]) => vector.single.push((key, number(owner))),
            (word, _) => panic!("unknown line {word:?}"),
        }
    }
    vectors
}

/// FNV-1a over one byte per owner.
fn checksum(owners: &[usize]) -> u64 {
    owners.iter().fold(0xcbf2_9ce4_8422_2325, |hash, owner| {
        (hash ^ *owner as u64).wrapping_mul(0x0100_0000_01b3)
    })
}

fn check_vector<N: Ord + Clone + AsRef<[u8]>>(vector: &Vector<'_>, nodes: &[(N, u32)]) {
    let ring = HashRing::from_nodes(Placement::Ketama, nodes.iter().cloned()).expect("distinct");
    let owner = |key: &str| {
        let owner = ring.owner(key.as_bytes()).expect("the ring has points");
        nodes
            .iter()
            .position(|(node, _)| node == owner)
            .expect("a member")
    };
    let owners: Vec<usize> = (0..10_000)
        .map(|key| owner(&format!("key:{key}")))
        .collect();
    assert_eq!(owners[..24], vector.owners, "{}", vector.title);
    assert_eq!(checksum(&owners), vector.checksum, "{}", vector.title);
    for (key, expected) in &vector.single {
        assert_eq!(owner(key), *expected, "{}: {key}", vector.title);
    }
}

#[test]
fn ketama_gives_every_key_the_owner_that_libmemcached_gives_it() {
    let vectors = vectors(include_str!("../vectors/libmemcached.txt"));
    assert_eq!(vectors.len(), 14);
    for vector in &vectors {
        let servers: Vec<_> = vector
            .nodes
            .iter()
            .map(|(host, port, weight)| (Server::new(host, port.expect("a port")), *weight))
            .collect();
        check_vector(vector, &servers);
    }
}

#[test]
fn ketama_gives_every_key_the_owner_that_uhashring_gives_it() {
    let vectors = vectors(include_str!("../vectors/uhashring.txt"));
    assert_eq!(vectors.len(), 3);
    for vector in &vectors {
        let nodes: Vec<_> = vector
            .nodes
            .iter()
            .map(|(name, _, weight)| (*name, *weight))
            .collect();
        check_vector(vector, &nodes);
    }
}

#[test]
fn shares_vary_as_the_beta_distribution_says() {
    for (nodes, points) in [(4_u8, 1_u32), (4, 16), (10, 100)] {
        let shares: Vec<f64> = (0..400)
            .flat_map(|round| {
                let names = (0..nodes).map(|node| (format!("{round}/{node}"), 1));
                let ring = HashRing::from_nodes(modern(points), names).expect("distinct names");
                ring.owned()
            })
            .map(|owned| owned as f64 / CIRCLE as f64)
            .collect();
        let mean = 1.0 / f64::from(nodes);
        let variance = shares
            .iter()
            .map(|share| (share - mean) * (share - mean))
            .sum::<f64>()
            / shares.len() as f64;
        let (measured, expected) = (
            variance.sqrt() / mean,
            theory::share_variation(u32::from(nodes), points),
        );
        assert!(
            (measured / expected - 1.0).abs() < 0.08,
            "{nodes} nodes x {points}: {measured} against {expected}"
        );

        // The 5th to 95th percentile holds nine in ten.
        let others = u64::from(points) * (u64::from(nodes) - 1);
        let band = [0.05, 0.95].map(|p| theory::share_quantile(u64::from(points), others, p));
        let inside = shares
            .iter()
            .filter(|share| band[0] <= **share && **share <= band[1])
            .count();
        let part = inside as f64 / shares.len() as f64;
        assert!(
            (part - 0.9).abs() < 0.03,
            "{nodes} nodes x {points}: {part} inside"
        );
    }
}

#[test]
fn quantiles_agree_with_the_cases_that_have_a_formula() {
    let check = |own, others, probability: f64, expected: f64| {
        let quantile = theory::share_quantile(own, others, probability);
        assert!(
            (quantile - expected).abs() < 1e-9,
            "{own} {others}: {quantile} {expected}"
        );
    };
    check(1, 1, 0.3, 0.3);
    check(1, 2, 0.75, 0.5); // 1 - (1 - x)^2
    check(3, 1, 0.125, 0.5); // x^3
    check(500, 500, 0.5, 0.5);
    // Beta(1000, 23000): scipy.stats.beta.ppf
    check(1_000, 23_000, 0.025, 0.039_175_004_487);
    check(1_000, 23_000, 0.975, 0.044_230_676_421);
    check(0, 5, 0.5, 0.0);
    check(5, 0, 0.5, 1.0);
}

#[test]
fn adding_moves_a_fraction_of_the_keys_and_mod_n_moves_almost_all() {
    let (nodes, keys) = (8_u8, 50_000_u32);
    let placement = modern(200);
    let ring = equal_ring(placement, nodes);
    let mut with = ring.clone();
    with.add(name(nodes), 1).expect("free");

    let positions: Vec<u64> = (0..keys)
        .map(|key| placement.position(format!("key:{key}").as_bytes()))
        .collect();
    let moved = |differs: &dyn Fn(u64) -> bool| {
        positions
            .iter()
            .filter(|position| differs(**position))
            .count() as f64
            / f64::from(keys)
    };
    let on_ring = moved(&|position| ring.owner_at(position) != with.owner_at(position));
    let n = usize::from(nodes);
    let modulo = moved(&|at| placement.modulo(at, n) != placement.modulo(at, n + 1));
    assert!(
        (on_ring - theory::moved_on_add(8)).abs() < 0.02,
        "{on_ring}"
    );
    assert!(
        (modulo - theory::moved_on_add_modulo(8)).abs() < 0.01,
        "{modulo}"
    );

    // Node 3 leaves and those behind it move up.
    let renamed = |index: usize| if index < 3 { index } else { index + 1 };
    let modulo = moved(&|at| placement.modulo(at, n) != placement.modulo(at, n - 1).map(renamed));
    assert!(
        (modulo - theory::moved_on_remove_modulo(8)).abs() < 0.01,
        "{modulo}"
    );
}

#[test]
fn the_unluckiest_of_single_points_owns_what_theory_expects() {
    let rounds = 4_000;
    let total: f64 = (0..rounds)
        .map(|round| {
            let names = (0..4).map(|node| (format!("{round}/{node}"), 1));
            let ring = HashRing::from_nodes(modern(1), names).expect("distinct names");
            let largest = ring.owned().into_iter().max().expect("four nodes");
            largest as f64 / CIRCLE as f64
        })
        .sum();
    let expected = theory::largest_share_of_single_points(4);
    assert!((expected - 25.0 / 48.0).abs() < 1e-12);
    assert!((total / f64::from(rounds) - expected).abs() < 0.01);
}
