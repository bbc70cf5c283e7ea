//! Starting points: what there is to see.

use super::promises::{AS_CHANCE_ALLOWS, NEVER_DENIES, UNION};
use crate::catalog::Scenario;
use crate::value::Call;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        first_look(),
        planned_for(),
        overfull(),
        one_hash(),
        too_many_hashes(),
        crawled(),
        counting(),
        one_line(),
        two_crawlers(),
        cleared_bits(),
        never_added(),
        one_bit(),
        shared_factor(),
        unlike_filters(),
    ]
}

fn key(action: &str, key: &str) -> Call {
    Call::new(action).with("key", key)
}

fn many(action: &str, count: u32) -> Call {
    Call::new(action).with("count", count)
}

/// What a visitor sees first: the whole idea on 64 bits.
pub(super) fn first_look() -> Scenario {
    Scenario::new(
        "first-look",
        "A set in 64 bits",
        "Names are added and asked for, one bit at a time, until a name passes that nobody added.",
    )
    .knob("source", "typed")
    .knob("size_by", "bits")
    .knob("n", 15)
    .knob("m", 64)
    .knob("k", 3)
    .knob("step", 400.0)
    .at(0.5, key("add", "ada"))
    .at(5.0, key("add", "grace"))
    .at(10.0, key("ask", "ada"))
    .at(15.5, key("ask", "linus"))
    .at(21.0, Call::new("paste_keys").with("keys", "alan barbara donald edsger frances john leslie margaret niklaus radia"))
    .at(26.0, key("ask", FALSE_POSITIVE))
    .at(35.0, many("ask_many", 1_000))
    .caption(0.0, "Sixty-four bits, all of them off. They are going to remember a set of names.")
    .caption(0.9, "Add “ada”. A hash makes sixteen bytes of it: two numbers, a first half and a second.")
    .caption(1.7, "Three places follow: the first half, then one second half further, then two. Those bits are set.")
    .caption(5.0, "“grace” sets two bits more; her second one is a bit of “ada” already. The names are kept nowhere in it.")
    .caption(10.0, "Was “ada” added? All three of its bits are set: maybe. So the store is read, and has it.")
    .caption(15.5, "Was “linus” added? The first bit that is off settles it: never. That is certain, and nothing was read.")
    .caption(21.0, "Ten names more. The bits fill up, and some are shared.")
    .caption(26.0, "Another name that nobody added. Bit for bit, somebody else has been there.")
    .caption(29.0, "A false positive: beside the answer stands who set its bits. The store is read in vain, and that is all the harm.")
    .caption(35.0, "A thousand strangers at once: the part that passes is the part of bits set, to the power of three.")
    .caption(40.0, "Ten bits for each name would make it one in a hundred. Your turn: the challenge “One in a hundred”.")
    .lasts(46.0)
    .leads_to("one-in-a-hundred")
    .still(29.5)
    .claim("a name passes that nobody added", |run| run.value("wasted") >= 1.0)
    .claim("strangers pass about as often as theory says", |run| {
        let passed = run.ratio("passed", "strangers");
        (passed - run.value("expected")).abs() < 0.05
    })
    .claim("no member is denied", |run| run.value("denied") == 0.0)
}

/// A name whose bits the names of the first scenario have set.
const FALSE_POSITIVE: &str = "diane";

fn planned_for() -> Scenario {
    Scenario::new(
        "planned-for",
        "A thousand keys at one in a hundred",
        "The filter is sized for 1,000 keys and 1 %: 9,600 bits, seven hashes. Filled as planned it keeps its word.",
    )
    .knob("load", 500)
    .knob("pause", 400.0)
    .knob("step", 100.0)
    .at(4.0, many("add_many", 480))
    .at(8.0, many("ask_many", 20_000))
    .caption(0.0, "Half of the keys are in, and a third of the bits is set: strangers hardly ever pass.")
    .caption(4.0, "Now as many keys as it was planned for. Half of the bits are set, which is best.")
    .caption(8.0, "Twenty thousand strangers at once: about one in a hundred passes, within three sigmas of theory.")
    .lasts(14.0)
    .still(9.0)
    .claim("about one stranger in a hundred passes", |run| {
        (0.006..0.013).contains(&run.ratio("passed", "strangers"))
    })
    .claim("about half of the bits are set", |run| {
        (0.45..0.56).contains(&run.value("fill"))
    })
}

fn overfull() -> Scenario {
    Scenario::new(
        "overfull",
        "Past the size it was planned for",
        "Keys keep coming: at twice the plan one stranger in six passes, at four times the filter says maybe to most.",
    )
    .knob("load", 1_000)
    .knob("pause", 400.0)
    .knob("step", 100.0)
    .at(3.0, Call::new("fill").with("percent", 200))
    .at(4.0, many("ask_many", 5_000))
    .at(8.0, Call::new("fill").with("percent", 400))
    .at(9.0, many("ask_many", 5_000))
    .caption(0.0, "As many keys as planned for: one stranger in a hundred passes.")
    .caption(3.0, "Twice as many. Nothing overflows and nothing is refused; only the answers get worse.")
    .caption(8.0, "Four times as many: nearly every bit is set, and a filter that says maybe to everybody saves nothing.")
    .caption(10.0, "No member has been denied. A Bloom filter fails on one side only.")
    .lasts(14.0)
    .still(9.5)
    .claim("most strangers would pass", |run| run.value("expected") > 0.6)
    .claim("no member is denied", |run| run.value("denied") == 0.0)
}

fn one_hash() -> Scenario {
    Scenario::new(
        "one-hash",
        "Too few hashes",
        "The same 9,600 bits with one hash: a tenth of the bits is set, and one stranger in ten lands on one.",
    )
    .knob("size_by", "bits")
    .knob("k", 1)
    .knob("load", 1_000)
    .knob("pause", 400.0)
    .knob("step", 150.0)
    .at(3.0, many("ask_many", 5_000))
    .caption(0.0, "One bit for each key. Nine in ten bits are still off.")
    .caption(3.0, "A stranger has one bit to miss by: one in ten hits a bit that is set.")
    .caption(6.0, "More hashes set more bits, but a stranger must then hit every one of its own.")
    .lasts(10.0)
    .still(4.0)
    .claim("one stranger in ten passes", |run| {
        (0.08..0.12).contains(&run.ratio("passed", "strangers"))
    })
}

fn too_many_hashes() -> Scenario {
    Scenario::new(
        "too-many-hashes",
        "Too many hashes",
        "With 24 hashes the same keys set nine bits in ten: a stranger has many bits, and nearly all of them are taken.",
    )
    .knob("size_by", "bits")
    .knob("k", 24)
    .knob("load", 1_000)
    .knob("pause", 400.0)
    .knob("step", 80.0)
    .at(4.0, many("ask_many", 5_000))
    .caption(0.0, "Twenty-four bits for each key: after a thousand keys nine in ten bits are set.")
    .caption(4.0, "One stranger in eight passes. With seven hashes it is one in a hundred, from the same memory.")
    .caption(7.0, "The best number is m/n times ln 2. It leaves half of the bits set.")
    .lasts(10.0)
    .still(5.0)
    .claim("more than one stranger in ten passes", |run| {
        run.ratio("passed", "strangers") > 0.1
    })
}

fn crawled() -> Scenario {
    Scenario::new(
        "crawled",
        "Have I crawled this address?",
        "A crawler meets mostly new addresses. The filter answers from memory for all but one of a hundred of them.",
    )
    .knob("source", "urls")
    .knob("n", 2_000)
    .knob("load", 1_500)
    .knob("adds", 0.0)
    .knob("known", 0.25)
    .knob("step", 40.0)
    .knob("pause", 150.0)
    .at(6.0, many("ask_many", 2_000))
    .caption(0.0, "Fifteen hundred addresses are done. For every link on a page the crawler asks: again?")
    .caption(3.0, "Three links in four are new. A bit that is off says so, and the disk stays idle.")
    .caption(6.0, "Two thousand new links at once. Without the filter each of them would be a read.")
    .caption(9.0, "All this fits into 2.4 kB. The addresses themselves take sixteen times as much.")
    .lasts(13.0)
    .still(8.0)
    .claim("nearly all new addresses are answered from memory", |run| {
        run.value("saved") > 50.0 * run.value("wasted").max(1.0)
    })
}

fn counting() -> Scenario {
    Scenario::new(
        "counting",
        "A filter that can forget",
        "A counter of four bits in place of each bit: a key that goes takes one from each of its own, and nobody else is denied.",
    )
    .knob("source", "typed")
    .knob("mode", "counting")
    .knob("size_by", "bits")
    .knob("n", 20)
    .knob("m", 128)
    .knob("k", 4)
    .knob("step", 300.0)
    .at(0.4, Call::new("paste_keys").with("keys", "alan barbara donald edsger frances grace john leslie margaret niklaus"))
    .at(2.0, key("add", "ada"))
    .at(6.0, key("remove", "ada"))
    .at(10.0, key("ask", "ada"))
    .at(13.5, key("ask", "grace"))
    .caption(0.0, "A hundred and twenty-eight counters.")
    .caption(2.0, "Adding “ada” counts one more at each of its places. Some are shared with others.")
    .caption(6.0, "Removing it counts one less. Where others were, their count stays.")
    .caption(10.0, "“ada” is gone: a counter of its own is zero again.")
    .caption(13.5, "“grace” is still there. It takes four times the memory of plain bits.")
    .lasts(18.0)
    .still(7.8)
    .claim("a key was removed", |run| run.value("removed") == 1.0)
    .claim("and is denied now", |run| run.value("saved") == 1.0)
    .claim("no member is denied", |run| run.value("denied") == 0.0)
}

fn one_line() -> Scenario {
    Scenario::new(
        "one-cache-line",
        "All bits in one cache line",
        "A blocked filter fetches memory once per key. Some blocks get more keys than others, so it takes a little more memory to err as rarely.",
    )
    .knob("mode", "blocked")
    .knob("function", "xxh3")
    .knob("load", 980)
    .knob("pause", 400.0)
    .knob("step", 120.0)
    .at(4.0, many("ask_many", 20_000))
    .caption(0.0, "The hash picks one of twenty blocks of 512 bits; all bits of the key lie in it.")
    .caption(4.0, "Chance fills blocks unevenly, and the full ones err most. At 1 % that costs about 4 % more memory, and in blocks as few as here 7 %.")
    .caption(7.0, "What it buys: one fetch from memory where the plain filter makes up to seven.")
    .lasts(12.0)
    .still(5.0)
    .claim("about one stranger in a hundred passes", |run| {
        (0.006..0.018).contains(&run.ratio("passed", "strangers"))
    })
}

fn two_crawlers() -> Scenario {
    Scenario::new(
        "two-crawlers",
        "Two filters become one",
        "Two crawlers of one shape join what they have seen: bit by bit, either one. It is the filter of both sets.",
    )
    .knob("source", "urls")
    .knob("n", 60)
    .knob("size_by", "bits")
    .knob("m", 512)
    .knob("load", 25)
    .knob("adds", 0.3)
    .knob("step", 120.0)
    .knob("pause", 300.0)
    .at(4.0, many("merge", 25))
    .caption(0.0, "A crawler with twenty-five addresses in 512 bits.")
    .caption(4.0, "Another crawler sends its filter. A bit that is set in either is set: as if both had been one.")
    .caption(7.0, "No address had to be sent, and none could be: filters do not know their members.")
    .lasts(11.0)
    .still(4.5)
    .claim("all keys are there", |run| run.value("denied") == 0.0 && run.value("members") >= 50.0)
}

fn cleared_bits() -> Scenario {
    Scenario::new(
        "cleared-bits",
        "Removing a key by clearing its bits",
        "A filter without counters clears the bits of a key that leaves. They were the bits of others too.",
    )
    .knob("source", "typed")
    .knob("size_by", "bits")
    .knob("n", 15)
    .knob("m", 64)
    .knob("k", 3)
    .knob("removal", "clears")
    .knob("step", 400.0)
    .at(0.4, Call::new("paste_keys").with("keys", "ada alan barbara donald edsger frances grace john leslie margaret niklaus radia"))
    .at(2.0, key("remove", "ada"))
    .at(7.0, key("ask", DENIED_AFTER))
    .caption(0.0, "Twelve names in 64 bits, without counters.")
    .caption(2.0, "“ada” leaves, and takes its three bits along.")
    .caption(4.4, "Others had set the same bits. They are members, and the filter denies them now.")
    .caption(7.0, "One of them is asked for: no, says the filter, and a no is believed.")
    .lasts(12.0)
    .still(9.0)
    .breaks(&[NEVER_DENIES])
    .claim("a member is denied", |run| run.value("denied") >= 1.0)
}

/// A name that shares a bit with “ada” among those of the scenario.
const DENIED_AFTER: &str = "grace";

fn never_added() -> Scenario {
    Scenario::new(
        "never-added",
        "Removing what was never added",
        "A counting filter cannot tell a stranger that it takes for a member. Removed without a look into the store, it takes counts from others.",
    )
    .knob("mode", "counting")
    .knob("look_first", false)
    .knob("size_by", "bits")
    .knob("source", "typed")
    .knob("n", 15)
    .knob("m", 64)
    .knob("k", 3)
    .knob("step", 400.0)
    .at(0.4, Call::new("paste_keys").with("keys", "ada grace alan barbara donald edsger frances john leslie margaret niklaus radia"))
    .at(2.0, key("ask", FALSE_POSITIVE))
    .at(6.5, key("remove", FALSE_POSITIVE))
    .caption(0.0, "Twelve names in counters.")
    .caption(2.0, "This one was never added; the filter says maybe.")
    .caption(6.5, "It is removed on that word. Each of its counters goes down, and one of them was somebody’s last.")
    .caption(9.0, "A member is denied. Remove only what the store has.")
    .lasts(12.0)
    .still(9.3)
    .breaks(&[NEVER_DENIES])
    .claim("a member is denied", |run| run.value("denied") >= 1.0)
}

fn one_bit() -> Scenario {
    Scenario::new(
        "one-bit",
        "Seven hashes that are one",
        "The second hash is constant: all seven bits of a key are the same bit. The formula still says one in ten million.",
    )
    .knob("step_from", "zero")
    .knob("load", 1_000)
    .knob("pause", 400.0)
    .knob("step", 150.0)
    .at(4.0, many("ask_many", 2_000))
    .caption(0.0, "Seven steps, and each is nought: every key has one bit, asked for seven times.")
    .caption(4.0, "A tenth of the bits is set, to the power of seven: nothing should pass. One in ten does.")
    .caption(7.0, "The formula holds for independent hashes. These are copies of one.")
    .lasts(10.0)
    .still(5.0)
    .breaks(&[AS_CHANCE_ALLOWS])
    .claim("one stranger in ten passes", |run| {
        (0.07..0.13).contains(&run.ratio("passed", "strangers"))
    })
}

fn shared_factor() -> Scenario {
    Scenario::new(
        "shared-factor",
        "Steps that share a factor",
        "Every step is a multiple of 64, and so is the number of bits: the bits of a key stay in one column out of 64.",
    )
    .seed(2)
    .knob("step_from", "multiple-of-64")
    .knob("size_by", "bits")
    .knob("n", 100)
    .knob("m", 1_024)
    .knob("k", 7)
    .knob("load", 100)
    .knob("pause", 400.0)
    .knob("step", 150.0)
    .at(4.0, many("ask_many", 2_000))
    .caption(0.0, "Look at the arrows: whatever the key, they all end in one column.")
    .caption(4.0, "A column has sixteen bits, and a full column passes everyone who lands in it.")
    .caption(7.0, "The step and the number of bits must not share a factor that matters. Half a hash is a poor second hash.")
    .lasts(10.0)
    .still(3.2)
    .breaks(&[AS_CHANCE_ALLOWS])
    .claim("strangers pass several times as often as theory says", |run| {
        run.ratio("passed", "strangers") > 3.0 * run.value("expected")
    })
}

fn unlike_filters() -> Scenario {
    Scenario::new(
        "unlike-filters",
        "Joining unlike filters",
        "Two crawlers use different numbers of hashes. Laid over each other all the same, their bits mean nothing.",
    )
    .knob("same_shape", false)
    .knob("source", "urls")
    .knob("size_by", "bits")
    .knob("n", 60)
    .knob("m", 512)
    .knob("k", 5)
    .knob("load", 25)
    .knob("step", 120.0)
    .knob("pause", 300.0)
    .at(4.0, many("merge", 25).with("hashes", 2))
    .caption(0.0, "This crawler sets five bits for each address; the other one sets two.")
    .caption(4.0, "Laid over each other: the addresses of the other have two of their five bits.")
    .caption(6.0, "They were crawled, and the filter denies them. Nobody sees it from the bits.")
    .lasts(10.0)
    .still(4.5)
    .breaks(&[UNION, NEVER_DENIES])
    .claim("members are denied", |run| run.value("denied") > 10.0)
}
