//! Starting points and sweeps: what there is to see, and what theory says of it.

use super::algorithm::theory;
use super::model::{BOUNDED, DISTINCT, JOINING, LEAVING, ONE_OWNER};
use crate::catalog::Scenario;
use crate::lab::{Experiment, Theory};
use crate::staging::fault;
use crate::time::{SimTime, Span};
use crate::value::{Call, Value};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        losing_a_node(),
        unlucky(),
        two_hundred_points(),
        keys_in_flight(),
        typed_key(),
        celebrity(),
        the_heir_has_it(),
        weights(),
        mod_n_alone(),
        ketama_unequal(),
        two_lists(),
        room_kept(),
        next_points(),
    ]
}

/// What a visitor sees first.
pub(super) fn losing_a_node() -> Scenario {
    Scenario::new(
        "losing-a-node",
        "Losing a node, both ways",
        "One of eight nodes crashes. On the ring an eighth of the keys needs a new home; under hash mod n seven eighths do.",
    )
    .knob("nodes", 8)
    .knob("vnodes", 200)
    .knob("compare", true)
    .at(3.0, fault("crash").with("node", 4))
    .at(10.0, fault("restart").with("node", 4))
    .caption(0.0, "The same 2,000 keys under two rules. Each key is a point: its angle is its hash, its track is its node.")
    .caption(3.0, "D crashes. For half a second nobody knows.")
    .caption(3.5, "On the ring only D’s keys move on. Under hash mod n nearly every key gets another node.")
    .caption(7.0, "The large red points were D’s: the nodes that own them now fetch each when it is first asked for.")
    .caption(10.0, "D is back, and empty. On the ring its old keys are its own again; hash mod n moves nearly everything once more.")
    .lasts(16.0)
    .leads_to("free-loss")
    .still(4.6)
    .claim("the ring moves about an eighth of the keys", |run| {
        (0.06..0.2).contains(&run.value("last_moved"))
    })
    .claim("hash mod n moves about seven eighths", |run| {
        (0.83..0.92).contains(&run.value("modulo_last_moved"))
    })
}

fn unlucky() -> Scenario {
    Scenario::new(
        "unlucky",
        "Four nodes, one point each",
        "With a single point per node the largest of four arcs is 52 % of the circle on average. Somebody is unlucky.",
    )
    .seed(UNLUCKY_SEED)
    .knob("nodes", 4)
    .knob("vnodes", 1)
    .caption(0.0, "One point per node cuts the circle into four arcs, and chance cuts unevenly.")
    .caption(4.0, "One node has more than half of all keys: a random arc is long more often than one thinks.")
    .caption(9.0, "The whiskers show where nine in ten such nodes are: theory is no surprise, only no help.")
    .lasts(14.0)
    .still(5.0)
    .claim("one node has more than half of the keys", |run| run.value("hottest") > 2.0)
}

/// A seed whose four addresses cut the circle badly, as many do.
const UNLUCKY_SEED: u64 = 9;

fn two_hundred_points() -> Scenario {
    Scenario::new(
        "two-hundred-points",
        "The same nodes, 200 points each",
        "The same four addresses with 200 points each: shares within a few percent of a quarter.",
    )
    .seed(UNLUCKY_SEED)
    .knob("nodes", 4)
    .knob("vnodes", 200)
    .caption(0.0, "The same four nodes, each cut into 200 points: many small arcs even out.")
    .caption(5.0, "The spread shrinks as one over the square root of the points: 77 % with one, 6 % with 200.")
    .lasts(12.0)
    .still(5.0)
    .claim("no node has more than 1.2 times its share", |run| run.value("hottest") < 1.2)
}

fn keys_in_flight() -> Scenario {
    Scenario::new(
        "keys-in-flight",
        "Keys in flight",
        "Nodes join one after the other, then one leaves: each time only its own keys fly.",
    )
    .knob("nodes", 4)
    .knob("vnodes", 60)
    .knob("keys", 3_000)
    .at(2.0, Call::new("add_node"))
    .at(7.0, Call::new("add_node"))
    .at(12.0, Call::new("remove_node").with("node", 2))
    .caption(0.0, "Four nodes share 3,000 keys.")
    .caption(
        2.0,
        "E joins. Everything that moves, moves to E’s track, and nothing moves between the others.",
    )
    .caption(7.0, "F joins, and takes a sixth of the keys from all five.")
    .caption(
        12.0,
        "B leaves in good order: its keys fly to whoever comes next on the ring.",
    )
    .caption(14.6, "All of them have arrived, and no key is missing.")
    .lasts(17.0)
    .still(3.3)
    .claim("three changes move less than the keys there are", |run| {
        run.value("moved") < 3_000.0
    })
    .claim("everything has arrived", |run| run.value("cold") == 0.0)
}

fn typed_key() -> Scenario {
    Scenario::new(
        "typed-key",
        "The way of one key",
        "Type a key: its hash, its walk to the next point, its preference list, and who inherits it.",
    )
    .knob("vnodes", 4)
    .knob("keys", 600)
    .knob("replicas", 3)
    .knob("rate", 4.0)
    .seed(5)
    .at(1.5, Call::new("look_up").with("key", "user:42"))
    .at(7.0, fault("crash").with("node", 4))
    .at(10.0, Call::new("look_up").with("key", "user:42"))
    .caption(0.0, "Five nodes with four points each; every key is on three nodes, hence on three tracks.")
    .caption(1.5, "The key user:42 is hashed to its place. The first point clockwise owns it; the next two nodes keep copies.")
    .caption(7.0, "The owner crashes. Every key it owned has copies on the next two nodes.")
    .caption(10.0, "The same key again: whoever is first on its list now has it already.")
    .lasts(14.0)
    .still(3.0)
    .claim("no lookup misses", |run| run.value("misses") == 0.0)
}

fn celebrity() -> Scenario {
    Scenario::new(
        "celebrity",
        "One celebrity key",
        "One key draws 40 % of all lookups. More points do not help; a bound on loads does.",
    )
    .knob("nodes", 6)
    .knob("vnodes", 200)
    .knob("keys", 1_000)
    .knob("rate", 24.0)
    .at(2.0, Call::new("heat").with("key", "user:7").with("percent", 40))
    .at(8.0, Call::new("set").with("bound", 0.25))
    .caption(0.0, "A thousand keys, all equally popular, on six nodes.")
    .caption(2.0, "The key user:7 becomes a celebrity: 40 % of all lookups go to its one owner.")
    .caption(8.0, "With a bound of 1.25 times the average the owner is full at once: the rest walks on to the next nodes.")
    .caption(11.0, "Now several nodes serve the celebrity, and no node has more than the bound.")
    .lasts(16.0)
    .still(10.0)
    .claim("the bound holds at the end", |run| run.value("hottest") <= 1.251)
    .claim("without it one node had more than twice its share", |run| run.mean("hottest") > 1.7)
}

fn the_heir_has_it() -> Scenario {
    Scenario::new(
        "the-heir-has-it",
        "The heir has it already",
        "With two copies the node that inherits a key is the one that had the second copy: a crash costs no miss.",
    )
    .knob("nodes", 6)
    .knob("keys", 1_500)
    .knob("replicas", 2)
    .at(3.0, fault("crash").with("node", 3))
    .caption(0.0, "Every key is on two tracks: on its owner and on the next node clockwise.")
    .caption(3.0, "C crashes. The next node on the ring becomes the owner, and has the key.")
    .caption(4.0, "What flies now are second copies: from the surviving one to the node that is second from now on.")
    .caption(6.1, "They have arrived: every key is on two tracks again.")
    .lasts(12.0)
    .still(4.3)
    .claim("no lookup misses", |run| run.value("misses") == 0.0)
}

fn weights() -> Scenario {
    Scenario::new(
        "weights",
        "A bigger node",
        "A node of weight 3 has three times the points, and three times the keys. Weight 0 drains it.",
    )
    .knob("nodes", 4)
    .knob("vnodes", 120)
    .at(2.0, Call::new("set_weight").with("node", 1).with("weight", 3))
    .at(7.0, Call::new("set_weight").with("node", 2).with("weight", 0))
    .caption(0.0, "Four equal nodes.")
    .caption(2.0, "A gets weight 3: three times the points, so half of all keys. Everything that moves, moves to A.")
    .caption(7.0, "B gets weight 0: it stays a member, owns nothing, and may be taken down in peace.")
    .lasts(12.0)
    .still(3.2)
    .claim("loads stay fair by weight", |run| run.value("hottest") < 1.35)
}

fn mod_n_alone() -> Scenario {
    Scenario::new(
        "mod-n-alone",
        "Without the ring",
        "Hash mod n as the rule: perfectly even, until the number of nodes changes.",
    )
    .knob("nodes", 6)
    .knob("rule", "modulo")
    .at(2.5, Call::new("add_node"))
    .at(8.0, Call::new("remove_node").with("node", 3))
    .caption(
        0.0,
        "The hash modulo the number of nodes: each track is evenly full, in no order.",
    )
    .caption(
        2.5,
        "One node joins, and six keys in seven change places, most of them between old nodes.",
    )
    .caption(
        8.0,
        "One leaves: everybody behind it moves up, and nearly all keys move again.",
    )
    .lasts(14.0)
    .still(3.8)
    .breaks(&[JOINING, LEAVING])
    .claim("nearly all keys move", |run| run.value("last_moved") > 0.8)
}

fn ketama_unequal() -> Scenario {
    Scenario::new(
        "ketama-unequal",
        "Ketama’s small print",
        "Ketama shares out points by weight among all members: a heavier newcomer takes points from the others, and keys move between them.",
    )
    .knob("nodes", 4)
    .knob("rule", "ketama")
    .at(2.0, Call::new("add_node").with("weight", 1))
    .at(7.0, Call::new("add_node").with("weight", 4))
    .caption(0.0, "Four memcached servers as libmemcached places them: 160 points each.")
    .caption(2.0, "An equal fifth joins: all keys that move go to it, as promised.")
    .caption(7.0, "A sixth with weight 4 joins. The weights sum to more, so every old server gets fewer points.")
    .caption(9.0, "The arcs of the vanished points pass between old servers: keys moved that need not have.")
    .lasts(13.0)
    .still(8.2)
    .breaks(&[JOINING])
    .claim("the heavy one takes about four ninths", |run| {
        (0.4..0.6).contains(&run.value("last_moved"))
    })
}

fn two_lists() -> Scenario {
    Scenario::new(
        "two-lists",
        "Two member lists",
        "Half of the clients hear of a change two seconds late. Until then a key has two owners, one for each half.",
    )
    .knob("one_list", false)
    .knob("nodes", 4)
    .knob("keys", 400)
    .knob("rate", 20.0)
    .knob("hand_over", false)
    .at(2.0, Call::new("add_node"))
    .at(7.0, Call::new("remove_node").with("node", 2))
    .caption(0.0, "Two groups of clients, and the same member list for both.")
    .caption(2.0, "E joins. One group asks E for its keys; the other has not heard and asks the former owners.")
    .caption(4.0, "They have heard: every key has one owner again.")
    .caption(7.0, "B leaves. For two seconds half of the clients go on asking it: a miss each time, and a lost write if they wrote.")
    .caption(9.0, "They have heard, and nobody asks B any more.")
    .lasts(12.0)
    .still(3.0)
    .breaks(&[ONE_OWNER])
    .claim("keys have two owners for a while", |run| run.violates(ONE_OWNER))
}

fn room_kept() -> Scenario {
    Scenario::new(
        "room-kept",
        "A bound that is looked at once",
        "Under a bound the room of a node shrinks when another joins. Here it does not: who was full stays as full as before.",
    )
    .knob("shrink_rooms", false)
    .knob("nodes", 4)
    .knob("vnodes", 20)
    .knob("keys", 1_000)
    .knob("bound", 0.1)
    .at(2.5, Call::new("add_node"))
    .caption(0.0, "Four nodes, none of them above 1.1 times its fair share.")
    .caption(2.5, "A fifth joins, and fair is a fifth. Nobody gives up more than the newcomer’s arcs, and A is over the bound.")
    .lasts(8.0)
    .still(4.6)
    .breaks(&[BOUNDED])
    .claim("a node is above the bound", |run| run.value("hottest") > 1.11)
}

fn next_points() -> Scenario {
    Scenario::new(
        "next-points",
        "Two copies on one node",
        "The second copy goes to the next point on the ring, and now and then that is another point of the same node.",
    )
    .knob("skip_met", false)
    .knob("nodes", 6)
    .knob("keys", 1_500)
    .knob("replicas", 2)
    .at(1.5, Call::new("look_up").with("key", "user:11"))
    .at(5.0, fault("crash").with("node", 4))
    .caption(0.0, "The same six nodes and two copies as in “The heir has it already”, without skipping a node that is on the list.")
    .caption(1.5, "The list of user:11 begins with D and D: both copies are one.")
    .caption(5.0, "D crashes. Where it had both copies, the heir has none.")
    .lasts(10.0)
    .still(6.3)
    .breaks(&[DISTINCT])
    .claim("the crash loses keys that had two copies", |run| run.value("cold") > 0.0)
}

pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        evenness_by_points(),
        moved_by_nodes(),
        moved_by_nodes_modulo(),
        hottest_by_bound(),
        misses_by_copies(),
    ]
}

fn numbers(values: &[f64]) -> Vec<Value> {
    values.iter().map(|value| Value::from(*value)).collect()
}

fn wholes(values: &[i64]) -> Vec<Value> {
    values.iter().map(|value| Value::from(*value)).collect()
}

fn at(millis: u64, call: Call) -> Vec<(SimTime, Call)> {
    vec![(SimTime::from_millis(millis), call)]
}

fn evenness_by_points() -> Experiment {
    Experiment {
        slug: "evenness-by-points",
        name: "Evenness against points",
        question: "How many points per node does it take for even shares?",
        x: "vnodes",
        values: wholes(&[1, 4, 16, 64, 256, 1_000]),
        lines: None,
        knobs: vec![
            ("nodes", Value::from(12)),
            ("rate", Value::from(0.0)),
            ("keys", Value::from(100)),
        ],
        script: Vec::new(),
        y: "standard deviation of the nodes’ shares over their mean",
        measure: |run| run.value("unevenness"),
        lasts: Span::from_millis(10),
        seeds: 60,
        theory: Theory::Curve {
            source: "shares are Beta(v, (n - 1) v): the coefficient of variation is √((n - 1) / (n v + 1))",
            at: |points| theory::share_variation(12, points as u32),
            // The spread within one ring of twelve is a little less than that over many rings.
            tolerance: 0.1,
        },
    }
}

fn moved_by_nodes() -> Experiment {
    Experiment {
        slug: "moved-by-nodes",
        name: "Keys moved when a node joins",
        question: "What part of the keys moves when one more node joins the ring?",
        x: "nodes",
        values: wholes(&[1, 2, 4, 8, 16, 23]),
        lines: None,
        knobs: vec![
            ("vnodes", Value::from(200)),
            ("rate", Value::from(0.0)),
            ("keys", Value::from(5_000)),
        ],
        script: at(5, Call::new("add_node")),
        y: "part of all keys that moved",
        measure: |run| run.value("last_moved"),
        lasts: Span::from_millis(10),
        seeds: 30,
        theory: Theory::Curve {
            source: "the newcomer owns 1 / (n + 1) of the circle on average, and only that moves",
            at: |nodes| theory::moved_on_add(nodes as u32),
            tolerance: 0.03,
        },
    }
}

fn moved_by_nodes_modulo() -> Experiment {
    Experiment {
        slug: "moved-by-nodes-mod-n",
        name: "The same under hash mod n",
        question: "What part of the keys moves when one more node joins, without a ring?",
        lines: None,
        knobs: vec![
            ("rate", Value::from(0.0)),
            ("keys", Value::from(20_000)),
            ("compare", Value::from(true)),
        ],
        measure: |run| run.value("modulo_last_moved"),
        seeds: 2,
        theory: Theory::Curve {
            source: "of n (n + 1) residues n give the same node under both moduli: n / (n + 1) move",
            at: |nodes| theory::moved_on_add_modulo(nodes as u32),
            tolerance: 0.03,
        },
        ..moved_by_nodes()
    }
}

fn hottest_by_bound() -> Experiment {
    Experiment {
        slug: "hottest-by-bound",
        name: "The hottest node under a bound",
        question: "What does a bound make of a celebrity key with 40 % of all lookups on eight nodes?",
        x: "bound",
        values: numbers(&[0.05, 0.1, 0.25, 0.5, 0.75, 1.0]),
        lines: None,
        knobs: vec![("nodes", Value::from(8)), ("rate", Value::from(0.0))],
        script: at(
            5,
            Call::new("heat").with("key", "user:7").with("percent", 40),
        ),
        y: "load of the hottest node over the average",
        measure: |run| run.value("hottest"),
        lasts: Span::from_millis(10),
        seeds: 10,
        theory: Theory::Curve {
            source: "the owner of 40 % of the load on eight nodes is full at (1 + e) times the average",
            at: |bound| 1.0 + bound,
            tolerance: 0.005,
        },
    }
}

fn misses_by_copies() -> Experiment {
    Experiment {
        slug: "misses-by-copies",
        name: "Misses after a crash against copies",
        question: "What part of the lookups misses once one of eight nodes is lost?",
        x: "replicas",
        values: wholes(&[1, 2, 3]),
        lines: None,
        knobs: vec![
            ("nodes", Value::from(8)),
            ("vnodes", Value::from(200)),
            ("rate", Value::from(0.0)),
        ],
        script: at(5, fault("crash").with("node", 3)),
        y: "part of all lookups that would miss",
        measure: |run| run.value("cold"),
        lasts: Span::from_secs(1),
        seeds: 30,
        theory: Theory::Curve {
            source: "the lost node owned 1 / n of the keys; with a second copy the heir has them",
            at: |copies| {
                if copies < 2.0 {
                    theory::moved_on_remove(8)
                } else {
                    0.0
                }
            },
            tolerance: 0.03,
        },
    }
}
