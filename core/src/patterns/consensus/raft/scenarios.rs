//! Starting points: what there is to see.

use super::model::audit::{COMPLETE, ELECTED, ELECTION, LINEAR, MACHINE, MATCHING};
use crate::catalog::Scenario;
use crate::prelude::*;
use crate::staging::fault;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        first_election(),
        split_vote(),
        minority(),
        bridge(),
        figure_7(),
        figure_8(),
        figure_8_safe(),
        stale_read(),
        slow_clock(),
        added_while_down(),
        handed_over(),
        returner(),
        half_is_not_enough(),
        forgotten_vote(),
        twice(),
        in_step(),
        bad_day(),
    ]
}

/// A call on a node, by its number: servers first, then clients.
fn on(name: &str, node: i64) -> Call {
    Call::new(name).with("node", node)
}

fn crash(node: i64) -> Call {
    fault("crash").with("node", node)
}

fn restart(node: i64) -> Call {
    fault("restart").with("node", node)
}

fn cut_off(nodes: &'static str) -> Call {
    fault("partition").with("nodes", nodes)
}

fn client(name: &str, number: u32) -> Call {
    Call::new(name).with("client", number)
}

/// What a visitor sees first.
pub(super) fn first_election() -> Scenario {
    Scenario::new(
        "tour",
        "An election, a log, a crash",
        "Five servers elect a leader, which copies what clients want to the others. Then it dies, and another one takes over without losing anything.",
    )
    .pace(0.12)
    .at(0.25, on("timeout", 0))
    .at(1.9, crash(0))
    .at(3.6, restart(0))
    .caption(0.0, "Five servers are to behave as one. Nobody leads. The arc is each one’s patience, of random length.")
    .caption(0.25, "S1 loses patience first. It asks whether it could win, then begins term 1, votes for itself and asks the others.")
    .caption(0.32, "Each has one vote in a term. Three of five are enough, and any two groups of three share a server: so a term has one leader.")
    .caption(0.4, "S1 leads. Its heartbeats keep the others patient, and a client’s write goes to it alone.")
    .caption(0.75, "The leader writes an entry to its log and copies it. Dashed: not certain yet.")
    .caption(1.1, "Once a majority has an entry on disk it is committed, drawn solid: no crash of two servers can undo it. Only now the client hears “done”.")
    .caption(1.9, "The leader dies. Nobody is told; the others just hear nothing any more.")
    .caption(2.4, "One of them loses patience and stands for term 2. Who has a longer log would refuse it: so whoever wins has everything that is committed.")
    .caption(3.0, "A new leader, and the clients go on. Two of five may be down.")
    .caption(3.6, "S1 is back with what was on its disk. It hears of the newer term, follows, and gets what it lacks.")
    .caption(4.8, "That is all of Raft: one leader at a time, one log, and never less than a majority. Your turn: under “Break”, make two servers lead at once, and see why it does no harm.")
    .lasts(6.0)
    .leads_to("two-leaders")
    .still(1.02)
    .claim("two leaders were elected, one after the other", |run| run.value("leaders") == 2.0)
    .claim("writes were confirmed before and after", |run| run.value("writes_done") >= 4.0)
    .claim("nothing was given up", |run| run.value("given_up") == 0.0)
}

fn split_vote() -> Scenario {
    Scenario::new(
        "split-vote",
        "A split vote",
        "Timeouts with hardly any random part: several servers stand at once, each votes for itself, and nobody wins. Chance decides the next round.",
    )
    .seed(2)
    .knob("pre_vote", false)
    .knob("spread", 8)
    .knob("busy", false)
    .pace(0.1)
    .caption(0.0, "The random part of the timeouts is only a few times as long as a message takes.")
    .caption(0.4, "Several lose patience before they hear of each other. Each has its own vote already.")
    .caption(0.46, "Nobody gets three of five. The term ends without a leader.")
    .caption(0.7, "They draw new timeouts and stand again, until one is clearly the first.")
    .caption(1.0, "S2 was: it leads term 2, and its heartbeats keep the others patient.")
    .lasts(4.0)
    .still(0.44)
    .claim("more than one stood", |run| run.value("elections") >= 4.0)
    .claim("in the end somebody leads", |run| run.value("led") == 1.0)
}

fn minority() -> Scenario {
    Scenario::new(
        "minority",
        "A leader cut off with a minority",
        "The old leader keeps accepting requests and commits none of them. The majority elects another one. When the link is mended the old one gives way.",
    )
    .knob("check_quorum", false)
    .knob("pause", 250.0)
    .pace(0.2)
    .at(0.1, on("timeout", 0))
    .at(1.5, cut_off("0 1 5"))
    .at(4.5, fault("repair"))
    .caption(0.0, "S1 will lead.")
    .caption(0.3, "S1 leads, and clients write.")
    .caption(1.5, "S1, S2 and client 1 are cut off from the rest.")
    .caption(1.8, "S1 still believes that it leads, and takes client 1’s write into its log. But two of five are no majority: it will not be committed.")
    .caption(2.6, "The other three have elected a leader in a later term, and it does commit. What S1 has instead is struck out: it will have to go.")
    .caption(4.5, "The link is mended. S1 hears of the later term and steps down.")
    .caption(4.8, "Its uncommitted entries conflict with the new leader’s and go. No client was ever told that they were done.")
    .lasts(7.0)
    .still(3.4)
    .claim("a second leader was elected", |run| run.value("leaders") >= 2.0)
    .claim("entries were overruled", |run| run.value("overruled") >= 1.0)
}

fn bridge() -> Scenario {
    Scenario::new(
        "bridge",
        "Two halves and a bridge",
        "Only one server reaches all the others. Whoever does not hear the leader stands for election, and the bridge hears both: without a question beforehand power changes hands again and again.",
    )
    .seed(23)
    .knob("pre_vote", false)
    .knob("check_quorum", false)
    .knob("busy", false)
    .pace(0.2)
    .at(0.1, on("timeout", 0))
    .at(1.0, cut_off("0 1 5").with("bridge", "2"))
    .at(5.0, fault("repair"))
    .caption(0.0, "S1 will lead.")
    .caption(0.3, "S1 leads, and all hear it.")
    .caption(1.0, "S1 and S2 no longer reach S4 and S5. S3, between them, reaches everyone.")
    .caption(1.35, "S4 and S5 hear no leader. One of them stands in a later term, and S3 does not refuse: three of five.")
    .caption(2.1, "S3 has told the old leader of the later term. Now it is the other half that hears no leader and stands.")
    .caption(3.1, "S1 and S2 lack entries by now, and S3 refuses them. But their terms unseat the leader all the same.")
    .caption(4.0, "Nothing is lost, yet for half of the time nobody leads. With pre-vote S3 would answer: I hear a leader.")
    .caption(5.0, "The links are mended. All hear the last leader, and it stays.")
    .lasts(7.0)
    .still(2.95)
    .claim("power changed hands again and again", |run| run.value("leaders") >= 4.0)
    .claim("in the end somebody leads", |run| run.value("led") == 1.0)
}

fn figure_7() -> Scenario {
    Scenario::new(
        "figure-7",
        "Figure 7: six followers",
        "The paper’s six followers lack entries, have some too many, or both. The new leader brings each to its own log, guided by the terms they name.",
    )
    .knob("servers", 7)
    .knob("begin", "figure-7")
    .knob("clients", 1)
    .knob("busy", false)
    .knob("snapshot", 0)
    .knob("latency", 40.0)
    .knob("jitter", 0)
    .pace(0.08)
    .at(0.1, on("timeout", 0))
    .caption(0.0, "The numbers are terms. S1 comes to power for term 8; S2 to S7 are the followers a to f of the paper’s figure 7.")
    .caption(0.2, "S4 and S5 (c and d) have longer or newer logs and refuse their vote. Five of seven are enough: what they have more was never committed.")
    .caption(0.34, "S1 leads and adds an entry of term 8. It first asks everyone whether their logs agree right before it.")
    .caption(0.43, "Who differs refuses, and names the term it has there and where that begins. The leader jumps back over a whole term at once.")
    .caption(0.55, "From the last point on which they agree, the leader’s entries replace the others. Struck out: will go.")
    .caption(0.8, "All seven logs are the same. The leader never changed its own.")
    .lasts(1.6)
    .still(0.5)
    .claim("four followers had entries that were overruled", |run| run.value("overruled") == 4.0)
    .claim("everything is committed", |run| run.value("committed") == 11.0)
}

/// Figure 8 of the paper, by faults and timeouts at fixed instants.
fn story_of_figure_8(slug: &'static str, name: &'static str, summary: &'static str) -> Scenario {
    Scenario::new(slug, name, summary)
        .knob("noop", false)
        .knob("batch", 1)
        .knob("pre_vote", false)
        .knob("check_quorum", false)
        .knob("snapshot", 0)
        .knob("busy", false)
        .knob("jitter", 0)
        .knob("election", 20_000.0)
        .knob("patience", 20_000.0)
        .knob("heartbeat", 200.0)
        .pace(0.25)
        .at(0.2, on("timeout", 0))
        .at(0.5, client("write", 1))
        .at(1.2, cut_off("0 1 5"))
        .at(1.3, client("write", 1))
        .at(1.7, crash(0))
        .at(1.8, fault("repair"))
        .at(2.0, on("timeout", 4))
        .at(2.5, cut_off("4 6"))
        .at(2.6, client("write", 2))
        .at(2.9, crash(4))
        .at(3.0, fault("repair"))
        .at(3.2, restart(0))
        .at(3.3, on("timeout", 0))
        .at(3.6, on("timeout", 0))
        .at(4.6, crash(0))
        .at(4.8, restart(4))
        .at(4.9, on("timeout", 4))
        .at(5.2, on("timeout", 4))
        .at(6.2, restart(0))
        .caption(0.0, "S1 will lead term 1.")
        .caption(0.7, "S1 leads term 1, and its first entry is on all five.")
        .caption(1.2, "(a) S1 is cut off with S2: its second entry reaches nobody else.")
        .caption(1.7, "(b) S1 dies. S5 is elected by S3 and S4 in term 2, and takes another second entry, which reaches nobody.")
        .caption(2.9, "(c) S5 dies. S1 is back, is elected again in a later term, and goes on copying its old second entry.")
        .lasts(7.5)
}

fn figure_8() -> Scenario {
    story_of_figure_8(
        "figure-8",
        "Figure 8: counting copies of an old entry",
        "An entry of an earlier term is on a majority, and is overwritten all the same. A leader that counts such copies as committed breaks its word.",
    )
    .knob("own_term", false)
    .caption(4.0, "A majority has the old entry, and this S1 counts copies of any term: it calls it committed, and tells the client so.")
    .caption(4.6, "(d) S1 dies. S5’s last entry is of a later term than that of the others, so they may vote for it.")
    .caption(5.4, "S5 leads without the entry that was committed, and overwrites it.")
    .still(5.42)
    .breaks(&[COMPLETE, MACHINE])
    .claim("both writes and the first one were confirmed", |run| run.value("writes_done") >= 2.0)
    .claim("logs were overruled", |run| run.value("overruled") >= 2.0)
}

fn figure_8_safe() -> Scenario {
    story_of_figure_8(
        "figure-8-safe",
        "Figure 8 with the rule that saves it",
        "The same story, but a leader counts copies only of entries of its own term. The old entry is on a majority and yet promised to nobody.",
    )
    .caption(4.0, "A majority has the old entry, but it is not of S1’s own term: S1 does not count it. The client goes on waiting.")
    .caption(4.6, "(d) S1 dies. S5 is elected and overwrites the old entry.")
    .caption(5.4, "Nobody was told that it was done, so nothing is lost. Had S1 committed an entry of its own term on top, S5 could not have won: that is (e) in the figure.")
    .still(4.4)
    .claim("only the first write was confirmed", |run| run.value("writes_done") == 1.0)
    .claim("logs were overruled", |run| run.value("overruled") >= 2.0)
}

fn stale_read() -> Scenario {
    Scenario::new(
        "stale-read",
        "A stale read",
        "A leader that has been replaced and does not know it answers reads from its memory. Its client sees the past.",
    )
    .knob("reads", "nothing")
    .knob("check_quorum", false)
    .knob("busy", false)
    .pace(0.25)
    .at(0.1, on("timeout", 0))
    .at(0.5, client("write", 1))
    .at(1.0, cut_off("0 5"))
    .at(2.4, client("write", 2))
    .at(4.0, client("read", 1))
    .caption(0.0, "Leaders here answer reads at once, without asking anybody.")
    .caption(0.5, "Client 1 writes 1.")
    .caption(1.0, "The leader and client 1 are cut off. The leader notices nothing: it leads, as far as it knows.")
    .caption(2.0, "The others have elected a new leader.")
    .caption(2.4, "Client 2 writes 2 there, and hears that it is done.")
    .caption(4.0, "Client 1 reads after that, and is told 1. Asking a majority first would have shown the old leader that it leads no more.")
    .lasts(5.5)
    .still(4.03)
    .breaks(&[LINEAR])
    .claim("both wrote and one read", |run| run.value("writes_done") == 2.0 && run.value("reads_done") == 1.0)
}

fn slow_clock() -> Scenario {
    Scenario::new(
        "slow-clock",
        "A lease by a slow clock",
        "A leader answers reads alone as long as nobody else can have been elected: by its own clock, which runs at a fifth of true time.",
    )
    .knob("reads", "lease")
    .knob("busy", false)
    .pace(0.2)
    .at(0.1, on("timeout", 0))
    .at(0.5, client("write", 1))
    .at(0.8, fault("skew").with("node", 0).with("rate_percent", 20))
    .at(1.0, cut_off("0 5"))
    .at(1.9, client("write", 2))
    .at(2.4, client("read", 1))
    .caption(0.0, "The ring inside a leader is its lease: so long nobody else can be elected, for the others do not stand while they have heard from it lately.")
    .caption(0.8, "The leader’s clock slows down to a fifth.")
    .caption(1.0, "It is cut off with client 1. Its lease runs out in 400 ms, but these are long ones.")
    .caption(1.9, "The others’ clocks are right. They have a new leader, and client 2 writes there.")
    .caption(2.4, "The old leader’s lease has not run out by its own clock. It answers with the old value.")
    .lasts(4.0)
    .still(2.43)
    .breaks(&[LINEAR])
    .claim("both wrote and one read", |run| run.value("writes_done") == 2.0 && run.value("reads_done") == 1.0)
}

fn added_while_down() -> Scenario {
    Scenario::new(
        "added-while-down",
        "A server added while one is down",
        "Three servers, one of them down. A fourth joins, catches up and gets a vote: now it takes three, and the next failure stops everything.",
    )
    .knob("servers", 3)
    .knob("pause", 250.0)
    .knob("snapshot", 6)
    .pace(0.25)
    .at(0.1, on("timeout", 0))
    .at(1.5, crash(2))
    .at(2.5, Call::new("add_server"))
    .at(4.0, crash(1))
    .at(6.0, restart(2))
    .caption(0.0, "Three servers: two are a majority.")
    .caption(1.5, "S3 dies. Two are left, which is just enough.")
    .caption(2.5, "S4 joins. It has nothing, so it catches up first, without a vote: otherwise it would stand in the way of a majority.")
    .caption(2.8, "With an entry in the log it has a vote. From now on it takes three of four.")
    .caption(4.0, "S2 dies as well: two of four. Nothing is committed any more.")
    .caption(6.0, "S3 is back and lacks a lot. It gets what the others have, and all goes on.")
    .lasts(8.5)
    .still(3.1)
    .claim("the change was committed and work went on", |run| run.value("led") == 1.0)
    .claim("for a while nothing worked", |run| run.mean("led") < 0.9)
}

fn handed_over() -> Scenario {
    Scenario::new(
        "handed-over",
        "Handing over",
        "A leader that is to be taken down brings its heir up to date and tells it to stand at once: hardly a pause, where a crash costs a timeout.",
    )
    .knob("pause", 250.0)
    .pace(0.15)
    .at(0.1, on("timeout", 0))
    .at(1.5, Call::new("transfer").with("node", 2))
    .at(2.5, Call::new("remove_server").with("node", 0))
    .caption(0.0, "S1 will lead.")
    .caption(0.3, "S1 leads.")
    .caption(1.5, "It is to hand over to S3: it takes no more requests, sends S3 what it lacks, and says “stand now”.")
    .caption(1.62, "S3 has not waited for its patience to end, and the others did not mind that they heard a leader. Now it leads.")
    .caption(2.5, "S1 can leave now: with an entry in the log it has no vote any more.")
    .lasts(4.0)
    .still(1.6)
    .claim("two leaders, and no candidacy but theirs", |run| run.value("leaders") == 2.0 && run.value("elections") == 2.0)
    .claim("nearly always somebody led", |run| run.mean("led") > 0.9)
}

fn returner() -> Scenario {
    Scenario::new(
        "returner",
        "The one that comes back",
        "Without a question beforehand, a server that was cut off raises its term again and again, and deposes a healthy leader when it is back.",
    )
    .knob("pre_vote", false)
    .pace(0.25)
    .at(0.1, on("timeout", 0))
    .at(1.0, cut_off("4"))
    .at(4.0, fault("repair"))
    .caption(0.0, "S1 will lead. Servers do not ask beforehand whether they could win.")
    .caption(1.0, "S5 is cut off. It stands for one term after the other, alone.")
    .caption(4.0, "The link is mended. Its term is the latest by far: S1 hears of it and steps down, though nobody needed a new leader.")
    .caption(4.6, "S5’s log is too old to win, so the others elect a leader. With a pre-vote none of this would have happened.")
    .lasts(6.5)
    .still(4.06)
    .claim("a leader was deposed", |run| run.value("leaders") >= 2.0)
    .claim("terms were wasted", |run| run.value("term") >= 5.0)
}

fn half_is_not_enough() -> Scenario {
    Scenario::new(
        "half",
        "Half is not enough",
        "Four servers for which two votes suffice, cut in the middle: both halves elect a leader in the same term and commit what they like.",
    )
    .knob("servers", 4)
    .knob("quorum", "half")
    .knob("pause", 250.0)
    .pace(0.2)
    .at(0.1, cut_off("0 1 4"))
    .at(0.2, on("timeout", 0))
    .at(0.2, on("timeout", 2))
    .at(2.6, fault("repair"))
    .caption(0.0, "Here half of the servers is called enough.")
    .caption(0.1, "The network is cut in the middle.")
    .caption(0.2, "S1 and S3 stand at the same time, each with one other server on its side.")
    .caption(0.35, "Two leaders of the same term. Two halves need not have a server in common.")
    .caption(1.2, "Both commit, and both tell their clients “done”.")
    .caption(2.6, "The link is mended: one side’s promises have to be broken.")
    .lasts(4.0)
    .still(1.3)
    .breaks(&[ELECTION, MATCHING, MACHINE])
    .claim("two leaders were elected", |run| run.value("leaders") >= 2.0)
}

fn forgotten_vote() -> Scenario {
    Scenario::new(
        "forgotten-vote",
        "A vote forgotten",
        "A server votes, dies, and comes back without knowing that it voted. In the same term it votes for another.",
    )
    .knob("servers", 3)
    .knob("keep_vote", false)
    .knob("pre_vote", false)
    .knob("busy", false)
    .knob("jitter", 0)
    .pace(0.05)
    .at(0.1, fault("hold").with("from", 0).with("to", 1))
    .at(0.1, fault("hold").with("from", 1).with("to", 0))
    .at(0.1, on("timeout", 0))
    .at(0.17, crash(2))
    .at(0.19, restart(2))
    .at(0.2, on("timeout", 1))
    .caption(0.0, "S1 and S2 will not hear from each other. S3 decides.")
    .caption(0.1, "S1 stands for term 1, and S3 votes for it.")
    .caption(0.17, "S3 dies and is back at once. This server keeps its vote in memory only.")
    .caption(0.2, "S2 stands for term 1 as well. S3 is in term 1 and does not know of any vote.")
    .caption(0.25, "Two votes each: two leaders in one term.")
    .lasts(0.6)
    .still(0.26)
    .breaks(&[ELECTION])
    .claim("two were elected", |run| run.value("leaders") >= 2.0)
}

fn twice() -> Scenario {
    Scenario::new(
        "twice",
        "Written twice",
        "An answer does not arrive, and the client asks again. Without sessions the servers take it for another request and undo what came in between.",
    )
    .knob("servers", 3)
    .knob("sessions", false)
    .knob("busy", false)
    .pace(0.15)
    .at(0.1, on("timeout", 0))
    .at(0.5, fault("hold").with("from", 0).with("to", 3))
    .at(0.6, client("write", 1))
    .at(0.8, client("read", 2))
    .at(1.0, client("write", 2))
    .at(1.6, client("read", 2))
    .caption(0.0, "S1 will lead. Nothing from it will reach client 1.")
    .caption(0.6, "Client 1 writes 1. It is committed, but the answer does not come.")
    .caption(0.8, "Client 2 sees 1 and writes 2 over it.")
    .caption(1.1, "Client 1 has waited for long enough and asks again: the same request, but these servers do not know it.")
    .caption(1.6, "Client 2 reads 1, which it has overwritten itself.")
    .lasts(2.2)
    .still(1.65)
    .breaks(&[LINEAR])
    .claim("client 2 read twice", |run| run.value("reads_done") == 2.0)
}

fn in_step() -> Scenario {
    Scenario::new(
        "in-step",
        "All in step",
        "Timeouts without chance: all servers stand at the same instant, again and again, and nobody ever leads.",
    )
    .knob("chance", false)
    .knob("election", 100.0)
    .knob("heartbeat", 25.0)
    .knob("latency", 5.0)
    .knob("jitter", 0)
    .knob("disk", 0.0)
    .knob("busy", false)
    .pace(0.1)
    .caption(0.0, "All have the same patience.")
    .caption(0.1, "All lose it at once, ask each other, and all say yes. Then all stand, and each has voted for itself.")
    .caption(0.5, "The next round is the same. No message was lost and no server is down: only chance is missing.")
    .caption(6.5, "A majority could talk all the time. There is still no leader.")
    .lasts(8.0)
    .still(0.11)
    .breaks(&[ELECTED])
    .claim("many stood", |run| run.value("elections") >= 100.0)
    .claim("nobody led", |run| run.value("leaders") == 0.0)
}

fn bad_day() -> Scenario {
    Scenario::new(
        "bad-day",
        "A bad day",
        "Messages are lost, doubled and overtaken, servers die and are cut off, a leader is paused. Every promise holds.",
    )
    .seed(3)
    .knob("clients", 3)
    .knob("pause", 120.0)
    .knob("loss", 3.0)
    .knob("duplicates", 3.0)
    .knob("reorder", 10.0)
    .knob("jitter", 60)
    .pace(0.5)
    .at(2.0, crash(0))
    .at(4.0, cut_off("1 2"))
    .at(5.5, restart(0))
    .at(7.0, fault("repair"))
    .at(8.0, fault("pause").with("node", 3))
    .at(10.0, fault("resume").with("node", 3))
    .at(11.0, fault("slow").with("node", 4).with("factor", 8))
    .at(13.0, crash(1))
    .at(13.2, crash(2))
    .at(15.0, restart(1))
    .at(16.0, restart(2))
    .caption(0.0, "Five servers on a network that loses, doubles and delays.")
    .caption(2.0, "S1 dies.")
    .caption(4.0, "S2 and S3 are cut off. With S1 down, two are left: no majority, and nothing is committed.")
    .caption(5.5, "S1 is back: three of five again.")
    .caption(7.0, "The links are mended: all five hear each other.")
    .caption(8.0, "S4 stops for two seconds and then goes on as if nothing had happened, whatever it was.")
    .caption(11.0, "S5 is eight times as slow as it was.")
    .caption(13.0, "Two die at once.")
    .caption(15.0, "S2 is back: four of five.")
    .caption(16.0, "All five are there. No client was told anything that one single server would not have told.")
    .lasts(20.0)
    .still(4.4)
    .claim("a lot was committed", |run| run.value("committed") >= 60.0)
    .claim("in the end somebody leads", |run| run.value("led") == 1.0)
}
