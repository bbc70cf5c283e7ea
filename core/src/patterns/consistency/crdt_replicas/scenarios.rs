//! Starting points: what is worth seeing.

use super::model::{
    ADDED_IS_PRESENT, ALL_CONVERGE, EVERY_COUNT_ONCE, RUN_STAYS, SAME_EDITS_SAME_STATE,
    WRITE_REPLACES,
};
use crate::catalog::Scenario;
use crate::lab::Outcome;
use crate::value::Call;

/// Every scenario, the first to be shown first.
pub(super) fn all() -> Vec<Scenario> {
    vec![
        shopping_cart(),
        sent_once(),
        one_sentence(),
        interleaved(),
        fast_clock(),
        fast_clock_cured(),
        resurrection(),
        lost_likes(),
        counted_twice(),
        bad_network(),
        kept_conflict(),
        quantities(),
        heavy_states(),
    ]
}

fn on(name: &str, node: u32) -> Call {
    Call::new(name).with("node", node)
}

fn add(node: u32, element: &str) -> Call {
    on("add", node).with("element", element)
}

fn remove(node: u32, element: &str) -> Call {
    on("remove", node).with("element", element)
}

fn write(node: u32, value: &str) -> Call {
    on("write", node).with("value", value)
}

fn put(node: u32, key: &str, value: &str) -> Call {
    on("put", node).with("key", key).with("value", value)
}

/// Everyone has everything, and all copies are the same.
fn agree(outcome: &Outcome) -> bool {
    outcome.value("lacking") == 0.0 && outcome.value("readings") == 1.0
}

const AGREE: &str = "In the end all copies are the same.";

/// Two phones with one list, one of them without a signal for a while.
fn tunnel(scenario: Scenario) -> Scenario {
    scenario
        .knob("replicas", 2)
        .knob("interval", 700.0)
        .knob("latency", 350.0)
        .at(0.3, add(0, "tea"))
        .at(0.9, add(1, "milk"))
        .at(1.6, add(0, "bread"))
        .at(4.0, on("offline", 1))
        .at(4.7, remove(0, "milk"))
        .at(5.5, add(1, "olives"))
        .at(6.3, add(1, "milk"))
        .at(7.1, remove(1, "bread"))
        .at(7.9, add(0, "figs"))
        .at(10.0, on("online", 1))
}

/// What a visitor sees first.
pub(super) fn shopping_cart() -> Scenario {
    tunnel(Scenario::new(
        "shopping-cart",
        "Two phones and a tunnel",
        "One list on two phones. One of them rides into a tunnel, both go on editing, and when the \
         signal is back the lists merge without a question.",
    ))
    .caption(
        0.0,
        "Ann and Bo shop from one list. Each phone holds a copy and edits it at once.",
    )
    .caption(
        4.0,
        "Bo rides into a tunnel. Both go on: Ann takes milk off the list …",
    )
    .caption(
        6.3,
        "… while Bo, who cannot know that, asks for milk again and drops the bread.",
    )
    .caption(
        10.0,
        "The signal is back. Each sends only what the other has not confirmed.",
    )
    .caption(
        12.0,
        "The bread is gone, since Bo had seen it. The milk stays: Ann had not seen Bo ask again.",
    )
    .lasts(14.0)
    .leads_to("three-truths")
    .still(8.6)
    .claim(AGREE, agree)
    .claim(
        "Eight edits were made, and each reached both phones.",
        |outcome| outcome.value("edits") == 8.0 && outcome.value("convergence") == 8.0,
    )
}

fn sent_once() -> Scenario {
    tunnel(Scenario::new(
        "sent-once",
        "The tunnel, and everything sent once",
        "The same afternoon, and each change goes out once, whether or not it arrives. What Ann \
         does while Bo is in the tunnel never reaches him.",
    ))
    .knob("send_again", false)
    .caption(0.0, "What has been sent counts as arrived.")
    .caption(
        4.7,
        "Bo is in the tunnel. Ann takes milk off the list, and what her phone sends is lost.",
    )
    .caption(
        10.0,
        "The signal is back. Bo's phone has not sent anything yet, and does so now …",
    )
    .caption(
        12.5,
        "… but Ann's figs were sent into the tunnel and will not be sent again.",
    )
    .lasts(22.0)
    .still(13.0)
    .breaks(&[ALL_CONVERGE])
    .claim("In the end Bo lacks two of Ann's edits.", |outcome| {
        outcome.value("lacking") == 2.0
    })
}

/// Types `words` key by key.
fn typing(scenario: Scenario, node: u32, from: f64, behind: &str, words: &str) -> Scenario {
    const KEY_SECONDS: f64 = 0.2;
    let keys = words.chars().enumerate();
    keys.fold(scenario, |scenario, (index, key)| {
        let call = on("keys", node).with("text", key.to_string());
        let call = if index == 0 {
            call.with("behind", behind)
        } else {
            call
        };
        scenario.at(from + KEY_SECONDS * index as f64, call)
    })
}

/// A sentence of Ann's, and two words typed into it at once.
fn two_words(scenario: Scenario) -> Scenario {
    let scenario = scenario
        .knob("data", "text")
        .knob("replicas", 2)
        .knob("sync", "operations")
        .knob("latency", 600.0)
        .at(0.1, on("edit", 0).with("text", "We meet at noon."));
    let scenario = typing(scenario, 0, 2.0, "We meet ", "on Monday ");
    let mut scenario = typing(scenario, 1, 2.1, "We meet ", "for lunch ");
    scenario.script.sort_by_key(|(at, _)| *at);
    scenario
}

fn interleaved() -> Scenario {
    two_words(Scenario::new(
        "interleaved",
        "Letter by letter in each other",
        "The same two words where a character has a place in the text, halfway between its \
         neighbours, instead of the one before it. Both phones agree, and nobody can read it.",
    ))
    .knob("runs_hang", false)
    .caption(
        0.0,
        "Each letter's place is the fraction halfway between its neighbours.",
    )
    .caption(
        2.0,
        "Both type behind “We meet ”: they halve the same gaps, and get the same places.",
    )
    .caption(
        4.6,
        "Where two letters have one place both stay, one beside the other, letter after letter.",
    )
    .lasts(8.0)
    .still(6.0)
    .breaks(&[RUN_STAYS])
    .claim(AGREE, agree)
}

fn one_sentence() -> Scenario {
    two_words(Scenario::new(
        "one-sentence",
        "Two people in one sentence",
        "Both type at the same place at the same time, half a second apart. Their words end up one \
         after the other, not letter by letter in each other.",
    ))
    .at(
        6.5,
        on("keys", 1).with("text", " 🍜").with("behind", "noon"),
    )
    .at(
        6.7,
        on("keys", 0)
            .with("text", " בצהריים")
            .with("behind", "noon"),
    )
    .caption(0.0, "A sentence of Ann's goes to Bo, as one operation.")
    .caption(
        2.0,
        "Both type behind “We meet ”, key by key. What the other types comes late.",
    )
    .caption(
        4.6,
        "Each letter hangs on the one typed before it, so each run stays in one piece.",
    )
    .caption(
        6.5,
        "An emoji and Hebrew at one place: whole, and in the same order for both.",
    )
    .lasts(10.0)
    .still(3.3)
    .claim(AGREE, agree)
}

fn with_a_fast_clock(scenario: Scenario) -> Scenario {
    scenario
        .knob("data", "lww-register")
        .knob("interval", 600.0)
        .at(
            0.1,
            Call::new("fault.skew")
                .with("node", 0)
                .with("offset_ms", 60_000),
        )
        .at(0.5, write(0, "10:00"))
        .at(4.0, write(1, "11:00"))
        .at(7.0, write(2, "12:00"))
}

fn fast_clock() -> Scenario {
    with_a_fast_clock(Scenario::new(
        "fast-clock",
        "The clock that runs fast",
        "The last write wins, and the stamp is what the clock shows. One clock is a minute ahead: \
         for a minute, whatever anyone writes after it is thrown away.",
    ))
    .knob("stamps_above_seen", false)
    .caption(
        0.0,
        "Ann's clock is a minute ahead. She sets the meeting to 10:00.",
    )
    .caption(
        4.0,
        "Bo has read 10:00 and writes 11:00. His stamp is lower: the write vanishes.",
    )
    .caption(
        7.0,
        "So does Cleo's. Nobody gets an error, and all copies agree on the wrong time.",
    )
    .lasts(10.0)
    .still(4.6)
    .breaks(&[WRITE_REPLACES])
    .claim(
        "The copies agree, on a value that was replaced twice.",
        agree,
    )
}

fn fast_clock_cured() -> Scenario {
    with_a_fast_clock(Scenario::new(
        "fast-clock-cured",
        "The same clock, cured",
        "The same run with stamps that lie above what their author saw: an answer is never older \
         than its question.",
    ))
    .caption(
        0.0,
        "Ann's clock is a minute ahead again. She sets the meeting to 10:00.",
    )
    .caption(
        4.0,
        "Bo's stamp is raised above the one he saw: 11:00 replaces 10:00 everywhere.",
    )
    .caption(7.0, "And Cleo's 12:00 replaces that.")
    .lasts(10.0)
    .still(4.6)
    .claim(AGREE, agree)
}

fn resurrection() -> Scenario {
    Scenario::new(
        "resurrection",
        "The union that resurrects",
        "Merging sets by union looks right until something is removed: any copy that still has it \
         brings it back, for ever.",
    )
    .knob("causal_context", false)
    .knob("sync", "states")
    .knob("interval", 900.0)
    .at(0.2, add(0, "milk"))
    .at(0.6, add(1, "tea"))
    .at(5.0, remove(0, "milk"))
    .at(9.0, remove(1, "milk"))
    .caption(
        0.0,
        "Three copies of a set without a causal context: to merge is to unite.",
    )
    .caption(
        5.0,
        "Ann removes milk. Her next message says nothing of it: it only lacks milk.",
    )
    .caption(5.3, "A copy from Bo or Cleo arrives, and milk is back.")
    .caption(
        9.0,
        "Bo tries as well. It is no use while anyone remembers.",
    )
    .lasts(13.0)
    .still(7.0)
    .breaks(&[ADDED_IS_PRESENT])
    .claim(
        "All copies agree in the end, with milk in all of them.",
        |outcome| outcome.value("readings") == 1.0,
    )
}

fn lost_likes() -> Scenario {
    let likes = Scenario::new(
        "lost-likes",
        "A counter that is one number",
        "Each replica reads the number, adds one and writes it back; the later write wins. Likes \
         given at the same time overwrite each other.",
    )
    .knob("data", "g-counter")
    .knob("own_counts", false)
    .knob("interval", 800.0);
    [0.3, 2.3, 4.3, 6.3]
        .into_iter()
        .fold(likes, |likes, at| {
            (0..3).fold(likes, |likes, node| {
                likes.at(at + 0.1 * f64::from(node), on("count", node))
            })
        })
        .caption(
            0.0,
            "Three replicas of one number. All three get a like in the same moment.",
        )
        .caption(
            1.5,
            "Each wrote 1. The numbers are merged, and 1 is what they agree on.",
        )
        .caption(6.3, "Twelve likes were given. The number of them is gone.")
        .lasts(10.0)
        .still(3.6)
        .breaks(&[EVERY_COUNT_ONCE])
        .claim("Twelve likes were given.", |outcome| {
            outcome.value("edits") == 12.0
        })
}

fn counted_twice() -> Scenario {
    Scenario::new(
        "counted-twice",
        "Delivered at least once",
        "A “+1” travels through a network that now and then delivers twice. Nobody looks at its \
         number, so it counts twice where that happens, and only there.",
    )
    .knob("data", "g-counter")
    .knob("sync", "operations")
    .knob("deliver_once", false)
    .knob("duplicate", 40.0)
    .at(0.3, on("count", 0))
    .at(1.8, on("count", 1))
    .at(3.3, on("count", 2))
    .caption(
        0.0,
        "Each like goes to the others as “one more”. Four of ten messages come twice.",
    )
    .caption(
        2.5,
        "What comes again is carried out again: one copy is ahead of the others.",
    )
    .caption(
        6.0,
        "Three likes, known to all, and the numbers differ for good.",
    )
    .lasts(9.0)
    .still(5.0)
    .breaks(&[SAME_EDITS_SAME_STATE, EVERY_COUNT_ONCE])
    .claim(
        "Three likes are known to all, and they do not agree.",
        |outcome| outcome.value("lacking") == 0.0 && outcome.value("readings") > 1.0,
    )
}

fn bad_network() -> Scenario {
    let likes = Scenario::new(
        "bad-network",
        "Exact on a bad network",
        "A third of all messages is lost, a third comes twice, a third is overtaken. Five counters \
         still agree on the exact number.",
    )
    .knob("data", "pn-counter")
    .knob("replicas", 5)
    .knob("sync", "operations")
    .knob("interval", 600.0)
    .knob("loss", 33.0)
    .knob("duplicate", 33.0)
    .knob("reorder", 33.0)
    .knob("rate", 2.0)
    .seed(4);
    likes
        .at(0.2, on("count", 0).with("by", 5))
        .at(10.0, Call::new("set").with("rate", 0.0))
        .caption(
            0.0,
            "Operations on a network that loses, doubles and reorders a third of them.",
        )
        .caption(
            3.0,
            "Duplicates are recognised by their number. Early ones wait for their cause.",
        )
        .caption(
            10.0,
            "No more edits. What was lost is sent again until it is confirmed.",
        )
        .caption(14.0, "Everything has arrived: all copies read the same.")
        .lasts(24.0)
        .still(5.0)
        .claim(AGREE, agree)
}

fn kept_conflict() -> Scenario {
    Scenario::new(
        "kept-conflict",
        "A conflict that is kept",
        "Two people answer at once. Instead of losing one of the answers, the register shows both \
         until someone who has seen both decides.",
    )
    .knob("data", "mv-register")
    .knob("interval", 600.0)
    .at(0.3, write(0, "blue"))
    .at(3.0, Call::new("fault.partition").with("nodes", "1"))
    .at(3.5, write(0, "green"))
    .at(4.2, write(1, "red"))
    .at(6.0, Call::new("fault.repair"))
    .at(9.5, write(2, "teal"))
    .caption(0.0, "The door is to be blue.")
    .caption(
        3.0,
        "Bo is cut off. Ann writes green, Bo writes red: neither has seen the other.",
    )
    .caption(6.0, "The links are mended, and the two answers meet.")
    .caption(7.4, "Every copy shows both.")
    .caption(
        9.5,
        "Cleo has seen both and writes teal, which replaces both.",
    )
    .lasts(13.0)
    .still(8.5)
    .claim(AGREE, agree)
}

fn quantities() -> Scenario {
    Scenario::new(
        "what-if",
        "What if that edit had not been made",
        "A map of quantities, edited by three people. Leave one edit out of history and see what \
         everyone would read now.",
    )
    .knob("data", "or-map")
    .knob("interval", 600.0)
    .at(0.3, put(0, "tea", "1"))
    .at(1.0, put(1, "rice", "2"))
    .at(3.0, on("offline", 2))
    .at(3.5, put(2, "tea", "5"))
    .at(4.2, remove(0, "tea"))
    .at(6.0, on("online", 2))
    .at(9.0, Call::new("without").with("edit", 3))
    .at(11.5, Call::new("without").with("edit", 4))
    .caption(0.0, "Keys with values, each value replicated data itself.")
    .caption(
        3.0,
        "Cleo is offline and wants five teas; Ann takes tea off the list.",
    )
    .caption(6.0, "Cleo is online again, and both edits meet.")
    .caption(
        7.1,
        "Merged: Ann had not seen Cleo's five, so tea is there with five.",
    )
    .caption(9.0, "Without Cleo's edit the tea would be gone.")
    .caption(
        11.5,
        "Without Ann's removal the five would stand all the same.",
    )
    .lasts(14.0)
    .still(9.6)
    .claim(AGREE, agree)
}

fn heavy_states() -> Scenario {
    Scenario::new(
        "heavy-states",
        "All of it, every time",
        "A set of two hundred elements is sent whole for every change. Switch what is sent to \
         deltas or operations and compare the bytes.",
    )
    .knob("sync", "states")
    .knob("size", 200)
    .knob("replicas", 4)
    .knob("interval", 1_200.0)
    .at(0.3, add(0, "tea"))
    .at(2.5, add(1, "milk"))
    .at(5.0, add(2, "bread"))
    .caption(
        0.0,
        "One element is added. What travels is the whole set, again and again.",
    )
    .caption(
        4.0,
        "Most messages bring nothing new. On a bad network that is the strength of it.",
    )
    .lasts(12.0)
    .still(1.4)
    .claim(AGREE, agree)
    .claim("More than 50 kB were sent for three words.", |outcome| {
        outcome.value("bytes") > 50_000.0
    })
}
